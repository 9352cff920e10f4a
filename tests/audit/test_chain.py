"""The audit record: append-only in the database, chained by hash, and read through filters."""

from datetime import date
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from apps.audit import guards
from apps.audit.actors import Actor, command
from apps.audit.models import Entry
from apps.audit.selectors import entries_matching, verify_chain
from apps.audit.services import record

pytestmark = pytest.mark.django_db

ACTOR = command("test")


def write(tenant_id: UUID, *actions: str) -> list[Entry]:
    with transaction.atomic():
        return [
            record(
                action,
                actor=ACTOR,
                tenant_id=tenant_id,
                before={"n": 1},
                after={"n": None, "d": date(2026, 1, 2)},
            )
            for action in actions
        ]


@pytest.fixture
def unguarded() -> object:
    """Take the triggers away, as somebody with the database in their hands would."""
    guards.remove(connection)
    yield
    guards.install(connection)


REFUSED = {
    "postgresql": (
        "UPDATE audit_entry SET actor_name = 'x'",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
    ),
    "sqlite": (
        "UPDATE audit_entry SET actor_name = 'x'",
        "DELETE FROM audit_entry",
        "INSERT OR REPLACE INTO audit_entry SELECT * FROM audit_entry",
    ),
}


@pytest.mark.parametrize("statement", REFUSED[connection.vendor])
def test_the_database_refuses_to_change_or_delete_an_entry(statement: str) -> None:
    write(uuid4(), "thing.made")
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert Entry.objects.get().actor_name == ACTOR.name


@pytest.mark.django_db(transaction=True)
def test_an_entry_outside_a_transaction_is_a_mistake() -> None:
    with pytest.raises(transaction.TransactionManagementError):
        record("thing.made", actor=ACTOR, tenant_id=None)


def test_a_chain_that_nobody_touched_is_whole() -> None:
    first, second = uuid4(), uuid4()
    write(first, "a.b", "a.c")
    write(second, "a.b")
    write(first, "a.d")
    report = verify_chain(first)
    assert (report.is_whole, report.checked) == (True, 3)
    assert verify_chain(second).checked == 1
    assert verify_chain(uuid4()).is_whole


def test_a_changed_entry_is_found(unguarded: object) -> None:
    tenant = uuid4()
    write(tenant, "a.b", "a.c", "a.d")
    Entry.objects.filter(tenant_id=tenant, sequence=2).update(actor_name="somebody else")
    report = verify_chain(tenant)
    assert (report.is_whole, report.broken_at, report.checked) == (False, 2, 1)


def test_an_entry_taken_out_is_found(unguarded: object) -> None:
    tenant = uuid4()
    write(tenant, "a.b", "a.c", "a.d")
    Entry.objects.filter(tenant_id=tenant, sequence=2).delete()
    assert verify_chain(tenant).broken_at == 2


def test_entries_cut_off_at_the_end_are_found(unguarded: object) -> None:
    tenant = uuid4()
    write(tenant, "a.b", "a.c", "a.d")
    Entry.objects.filter(tenant_id=tenant, sequence=3).delete()
    report = verify_chain(tenant)
    assert (report.broken_at, report.reason) == (3, "The newest entries are missing.")


def test_an_entry_put_in_is_found(unguarded: object) -> None:
    tenant = uuid4()
    forged = write(tenant, "a.b", "a.c")[1]
    forged.pk, forged.sequence, forged.action = None, 3, "a.forged"
    forged.save(force_insert=True)
    assert verify_chain(tenant).broken_at == 3


def test_entries_are_found_by_person_action_target_and_day() -> None:
    tenant = uuid4()
    with transaction.atomic():
        record("member.invited", actor=Actor(kind="person", name="ann@example.com"), tenant_id=tenant)
    write(tenant, "plan.set")
    at = Entry.objects.get(action="plan.set").at.date()
    found = entries_matching(tenant, zone="UTC", person="ANN")
    assert [entry.action for entry in found] == ["member.invited"]
    assert entries_matching(tenant, zone="UTC", action="plan.set").count() == 1
    assert entries_matching(tenant, zone="UTC", first=at, last=at).count() == 2
    assert entries_matching(tenant, zone="UTC", last=date(2020, 1, 1)).count() == 0
    assert entries_matching(uuid4(), zone="UTC").count() == 0

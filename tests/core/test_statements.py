"""Statements of one text, run past the cursors: values there and back, faults, transactions."""

from contextlib import suppress
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.db.utils import OperationalError
from django.test.utils import CaptureQueriesContext

from apps.core import statements
from apps.tenants.models import Tenant
from apps.usage import sql
from tests import factories

SLUG = "SELECT slug FROM tenants_tenant WHERE id = %s"
RENAME = "UPDATE tenants_tenant SET name = %s, suspended_at = %s WHERE id = %s"


# Without a transaction of the test's own around it, as web processes read.
@pytest.mark.django_db(transaction=True)
def test_values_of_every_kind_reach_the_database_and_come_back() -> None:
    tenant = factories.TenantFactory.create(slug="one")
    at = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
    for name, moment in (("50 % off, %s and $1", at), ("Ünïcode", None), ("", at)):
        assert statements.run(RENAME, [name, moment and sql.instant(moment), sql.key(tenant.pk)]) == []
        tenant.refresh_from_db()
        assert (tenant.name, tenant.suspended_at) == (name, moment)
    assert statements.run(SLUG, [sql.key(tenant.pk)]) == [("one",)]
    assert statements.run(SLUG, [sql.key(uuid4())]) == []
    of_forty = "SELECT count(*) FROM tenants_tenant WHERE 40 %% 3 = 1 AND slug = %s"
    assert statements.run(of_forty, ["one"]) == [(1,)]


@pytest.mark.django_db(transaction=True)
def test_a_fault_is_djangos_and_the_connection_goes_on() -> None:
    tenant = factories.TenantFactory.create(slug="one")
    other = factories.TenantFactory.create(slug="two")
    with pytest.raises(IntegrityError):
        statements.run("UPDATE tenants_tenant SET slug = %s WHERE id = %s", ["one", sql.key(other.pk)])
    with pytest.raises((ProgrammingError, OperationalError)):
        statements.run("SELECT nothing FROM nowhere WHERE id = %s", [1])
    assert statements.run(SLUG, [sql.key(tenant.pk)]) == [("one",)]


@pytest.mark.django_db(transaction=True)
def test_it_is_part_of_the_transaction_around_it() -> None:
    tenant = factories.TenantFactory.create(name="Before")
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        statements.run(RENAME, ["After", None, sql.key(tenant.pk)])
        assert Tenant.objects.get(pk=tenant.pk).name == "After"
        raise ZeroDivisionError
    assert Tenant.objects.get(pk=tenant.pk).name == "Before"


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("forget", ["a rollback", "DEALLOCATE ALL"])
def test_what_the_server_has_forgotten_is_told_again(forget: str) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite keeps its statements by itself.")
    tenant = factories.TenantFactory.create(slug="one")
    for _ in range(3):
        assert statements.run(SLUG, [sql.key(tenant.pk)]) == [("one",)]
        if forget == "a rollback":
            # psycopg forgets what it prepared itself, and with it everything of the connection.
            with suppress(ZeroDivisionError), transaction.atomic():
                for number in range(5):
                    statements.run(RENAME, [f"Name {number}", None, sql.key(tenant.pk)])
                raise ZeroDivisionError
        else:
            with connection.cursor() as cursor:
                cursor.execute(forget)
        assert statements.run(SLUG, [sql.key(tenant.pk)]) == [("one",)]


@pytest.mark.django_db(transaction=True)
def test_more_statements_than_are_kept_are_answered_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    tenant = factories.TenantFactory.create()
    monkeypatch.setattr(statements, "_MOST_NAMES", 2)
    connection.close()
    for number in range(5):
        found = statements.run(f"SELECT {number} FROM tenants_tenant WHERE id = %s", [sql.key(tenant.pk)])
        assert found == [(number,)]


@pytest.mark.django_db
def test_who_listens_to_the_connection_hears_of_it() -> None:
    with CaptureQueriesContext(connection) as heard:
        statements.run(SLUG, [sql.key(uuid4())])
    assert len(heard) == 1

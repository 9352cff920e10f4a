"""Calls that end at the same time are written by one statement on SQLite, each under its own condition."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.utils import timezone

from apps.core import statements, writer
from apps.usage import services
from apps.usage.models import Call
from apps.usage.services import CallRecord, Condition, NotRecorded, record_call

pytestmark = pytest.mark.django_db(transaction=True)

HOLDS, DOES_NOT = Condition("%s = %s", (1, 1)), Condition("%s = %s", (1, 2))
THREADS = 8


def a_call(name: str) -> CallRecord:
    return CallRecord(
        tenant_id=uuid4(),
        client_id=uuid4(),
        client_name=name,
        method="GET",
        endpoint="customers",
        status=200,
        received_at=timezone.now(),
        ms=1,
    )


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that are written."""
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL takes as many commits at a time as there are connections.")
    write, found = writer.write, []

    def note(sql: str, parameters: Sequence[Any]) -> int:
        found.append(sql)
        return write(sql, parameters)

    monkeypatch.setattr(writer, "write", note)
    return found


def recorded() -> set[str]:
    return set(Call.objects.values_list("client_name", flat=True))


def test_calls_of_every_kind_are_written_by_one_statement(asked: list[str]) -> None:
    entries = [
        (a_call("plain"), None),
        (a_call("held"), HOLDS),
        (a_call("also %s"), None),
        (a_call("?"), HOLDS),
    ]
    assert services._write_all(entries) == [True] * 4
    assert recorded() == {"plain", "held", "also %s", "?"}
    assert len(asked) == 1


def test_one_that_changed_meanwhile_takes_nobody_along(asked: list[str]) -> None:
    entries = [(a_call("first"), HOLDS), (a_call("changed"), DOES_NOT), (a_call("last"), None)]
    assert services._write_all(entries) == [True, False, True]
    assert recorded() == {"first", "last"}


def test_each_thread_hears_of_its_own_call(asked: list[str]) -> None:
    together = Barrier(THREADS)

    def record(number: int) -> bool:
        together.wait(30)
        try:
            record_call(a_call(str(number)), HOLDS if number % 3 else DOES_NOT)
        except NotRecorded:
            return False
        finally:
            connections.close_all()
        return True

    for _ in range(10):
        Call.objects.all().delete()
        with ThreadPoolExecutor(THREADS) as pool:
            heard = list(pool.map(record, range(THREADS)))
        assert heard == [bool(number % 3) for number in range(THREADS)]
        assert recorded() == {str(number) for number in range(THREADS) if number % 3}


def test_what_the_database_refuses_is_told_and_the_next_call_is_written(asked: list[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TRIGGER refuse BEFORE INSERT ON usage_call BEGIN SELECT RAISE(ABORT, 'full'); END"
        )
    try:
        with pytest.raises(DatabaseError, match="full"):
            record_call(a_call("lost"))
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER refuse")
    record_call(a_call("there"))
    assert recorded() == {"there"}


def test_a_call_in_a_transaction_is_written_by_nobody_else(asked: list[str]) -> None:
    assert statements.may_be_shared()
    with transaction.atomic():
        assert not statements.may_be_shared()
        record_call(a_call("within"))
        transaction.set_rollback(True)
    assert not Call.objects.exists()

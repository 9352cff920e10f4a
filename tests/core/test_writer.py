"""The connection by which a process writes calls to SQLite waits for others, for short and for long, not for ever."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DatabaseError, OperationalError, connection

from apps.core import writer
from apps.usage.models import CountedTo

pytestmark = pytest.mark.django_db(transaction=True)
WRITE = "INSERT INTO usage_countedto (at) VALUES (%s)"


@pytest.fixture(autouse=True)
def other() -> Iterator[sqlite3.Connection]:
    """Somebody else's connection to the same file."""
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL takes as many writers at a time as there are connections.")
    opened = sqlite3.connect(
        str(connection.settings_dict["NAME"]), isolation_level=None, check_same_thread=False
    )
    yield opened
    opened.close()


def test_what_is_written_is_there_for_everybody(other: sqlite3.Connection) -> None:
    assert writer.write(WRITE, ["2026-11-28"]) == 1
    assert CountedTo.objects.count() == 1
    assert other.execute("SELECT count(*) FROM usage_countedto").fetchone() == (1,)


def test_threads_share_the_connection_one_after_the_other() -> None:
    for _ in range(3):
        with ThreadPoolExecutor(1) as thread:
            assert thread.submit(writer.write, WRITE, ["2026-11-28"]).result(30) == 1
    assert CountedTo.objects.count() == 3


@pytest.mark.parametrize("seconds", [0.01, 0.3])
def test_it_waits_for_whoever_writes(other: sqlite3.Connection, seconds: float) -> None:
    other.execute("BEGIN IMMEDIATE")
    end = threading.Timer(seconds, other.execute, ["COMMIT"])
    end.start()
    assert writer.write(WRITE, ["2026-11-28"]) == 1
    end.join(30)
    assert CountedTo.objects.count() == 1


def test_it_gives_up_in_the_end_and_writes_again_later(
    other: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "_PATIENCE_SECONDS", 0.2)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(OperationalError, match="locked"):
        writer.write(WRITE, ["2026-11-28"])
    other.execute("ROLLBACK")
    assert writer.write(WRITE, ["2026-11-28"]) == 1


def test_what_waiting_does_not_mend_is_told_at_once() -> None:
    began = time.monotonic()
    with pytest.raises(DatabaseError, match="no such table"):
        writer.write("INSERT INTO nowhere VALUES (%s)", [1])
    assert time.monotonic() - began < 10

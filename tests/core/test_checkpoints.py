"""The write-ahead log of SQLite: what is written reaches the database while others write on."""

import sqlite3
from collections.abc import Iterator
from itertools import count
from threading import Event
from unittest.mock import Mock

import pytest
from django.db import connection

from apps.core import checkpoints, writer

pytestmark = pytest.mark.django_db(transaction=True)
WRITE = "INSERT INTO usage_countedto (at) VALUES (%s)"


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL carries its log over by itself.")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    monkeypatch.setattr(checkpoints, "EVERY", 5)
    monkeypatch.setattr(checkpoints, "_commits", count(1))
    yield
    assert checkpoints._under_way.acquire(timeout=30), "a thread is still at it"
    checkpoints._under_way.release()


def carried_over() -> int:
    """How many rows the file of the database holds by itself, without its log."""
    with sqlite3.connect(f"file:{connection.settings_dict['NAME']}?immutable=1", uri=True) as alone:
        found: int = alone.execute("SELECT count(*) FROM usage_countedto").fetchone()[0]
    alone.close()
    return found


def reaches(number: int) -> bool:
    pause = Event()
    return any(carried_over() == number or pause.wait(0.05) for _ in range(600))


def test_the_log_is_carried_over_by_nobody_who_writes() -> None:
    before = carried_over()
    for _ in range(4):
        writer.write(WRITE, ["2026-11-28"])
    assert carried_over() == before, "it was carried over before its time"
    writer.write(WRITE, ["2026-11-28"])
    assert reaches(before + 5)


def test_one_at_a_time_and_again_after_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(checkpoints, "_GOES", ("PRAGMA wal_checkpoint(PASSIVE)", "no statement"))
        broken.setattr(checkpoints.logger, "warning", told := Mock())
        for _ in range(5):
            writer.write(WRITE, ["2026-11-28"])
        assert checkpoints._under_way.acquire(timeout=30)
    told.assert_called_once()
    before = carried_over()
    for _ in range(5):
        writer.write(WRITE, ["2026-11-28"])
    assert carried_over() == before, "another one came while one was under way"
    checkpoints._under_way.release()
    for _ in range(5):
        writer.write(WRITE, ["2026-11-28"])
    assert reaches(before + 10)

"""The ledger in weeks: on PostgreSQL each UTC week of calls is a table of its own, which is dropped when it is old.

Partitions are made ahead, by the migration and by a job. What falls outside them, such as history from elsewhere or a
call when nothing was made ahead, goes to the default partition, so that no insert ever fails for want of one; the job
moves it to its week. SQLite has one table and nothing here does anything.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

DEFAULT = "usage_call_default"
WEEK = timedelta(days=7)
AHEAD, BEHIND = 4, 13
_FIRST_MONDAY = datetime(1970, 1, 5, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Partition:
    """The calls received in one week of UTC."""

    start: datetime

    @property
    def end(self) -> datetime:
        """The instant at which the next week starts."""
        return self.start + WEEK

    @property
    def table(self) -> str:
        """The table's name, after the Monday."""
        return f"usage_call_w{self.start:%Y%m%d}"


def is_partitioned() -> bool:
    """Whether this database keeps the ledger in weeks."""
    return connection.vendor == "postgresql"


def partition_of(instant: datetime) -> Partition:
    """The week of UTC that an instant is in."""
    return Partition(_FIRST_MONDAY + (instant - _FIRST_MONDAY) // WEEK * WEEK)


def existing() -> list[Partition]:
    """The partitions that there are, the oldest first."""
    if not is_partitioned():
        return []
    return _existing(connection)


def _existing(database: BaseDatabaseWrapper) -> list[Partition]:
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
            "WHERE i.inhparent = 'usage_call'::regclass AND c.relname <> %s ORDER BY c.relname",
            [DEFAULT],
        )
        names = [name for (name,) in cursor.fetchall()]
    return [
        Partition(datetime.strptime(name.removeprefix("usage_call_w"), "%Y%m%d").replace(tzinfo=UTC))
        for name in names
    ]


def keep() -> int:
    """Make the partitions that are missing around this week; returns how many. May run twice and in parallel."""
    if not is_partitioned():
        return 0
    return sum(_make(connection, partition) for partition in missing(connection, timezone.now()))


def missing(database: BaseDatabaseWrapper, now: datetime) -> Iterator[Partition]:
    """The partitions around an instant that are not there."""
    there = {partition.start for partition in _existing(database)}
    this = partition_of(now).start
    for number in range(-BEHIND, AHEAD + 1):
        if this + number * WEEK not in there:
            yield Partition(this + number * WEEK)


def make_missing(database: BaseDatabaseWrapper, now: datetime) -> None:
    """Make the partitions around an instant; for the migration."""
    for partition in missing(database, now):
        _make(database, partition)


def _make(database: BaseDatabaseWrapper, partition: Partition) -> bool:
    """Make a partition, with the calls of its week that are in the default one; whether it was not there yet."""
    span = [partition.start, partition.end]
    with transaction.atomic(using=database.alias), database.cursor() as cursor:
        # One at a time; and nobody puts a call of this week into the default partition meanwhile.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('usage_call partitions'))")
        cursor.execute("SELECT to_regclass(%s)", [partition.table])
        if cursor.fetchone()[0] is not None:
            return False
        cursor.execute(f"LOCK TABLE {DEFAULT} IN ACCESS EXCLUSIVE MODE")
        cursor.execute(
            f"CREATE TABLE {partition.table} (LIKE usage_call INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"
        )
        cursor.execute(
            f"WITH moved AS (DELETE FROM {DEFAULT} WHERE received_at >= %s AND received_at < %s RETURNING *) "  # noqa: S608
            f"INSERT INTO {partition.table} SELECT * FROM moved",
            span,
        )
        cursor.execute(
            f"ALTER TABLE usage_call ATTACH PARTITION {partition.table} FOR VALUES FROM (%s) TO (%s)", span
        )
    return True

"""The counters, derived from the ledger by recomputing whole quarter hours.

`CountedTo.at` is the one fact that ties the two together: the counters hold exactly the calls recorded before it.
A read adds the calls recorded since, in the same statement, so that it is exact at every instant and whichever
transaction commits first. The row's lock lets one process at a time change the counters.
"""

import logging
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from apps.usage import days, partitions, sql
from apps.usage.models import Call, CountedTo
from apps.usage.partitions import Partition

logger = logging.getLogger(__name__)

# A call is recorded a moment before its transaction commits. Long enough for SQLite's longest wait for its lock and for
# the clocks of several machines; on PostgreSQL the transactions that are still open are looked at as well.
MARGIN = timedelta(seconds=60)
BEGINNING = datetime(1, 1, 2, tzinfo=UTC)
_KEY = "tenant_id, quarter, client_id, endpoint, status, call_class"


def counted_to() -> datetime | None:
    """The instant before whose recording every call is in the counters; None if nothing was ever counted."""
    return CountedTo.objects.values_list("at", flat=True).first()


@transaction.atomic
def roll_up() -> datetime:
    """Recompute the quarter hours that got calls since the last time; returns the instant counted up to.

    May run twice, in parallel, and be killed: the counters and the instant change together or not at all.
    """
    mark = lock()
    target = _target(mark)
    if target < mark.at:
        logger.warning("The clock was set back: calls are counted anew up to %s.", target)
        _recount(mark, target)
    elif target > mark.at:
        with connection.cursor() as cursor:
            since = [sql.instant(mark.at), sql.instant(target)]
            cursor.execute(_recompute_sql(), [*since, since[1]])
            cursor.execute(days.forget_sql(_changed_sql()), since)
        mark.at = target
        mark.save()
    return mark.at


@transaction.atomic
def rebuild() -> int:
    """Recompute every counter from the calls that are kept; returns how many there are then."""
    mark = lock()
    return _recount(mark, _target(mark))


def _target(mark: CountedTo) -> datetime:
    """Up to where calls can be counted: never back, unless the clock was.

    Once that was set back, calls are recorded before an instant up to which everything counts as counted, and would be
    in no sum. So the counters go back with it, which takes a recount.
    """
    safe = _safe()
    return safe if mark.at > timezone.now() else max(mark.at, safe)


def _recount(mark: CountedTo, target: datetime) -> int:
    """Make the counters hold exactly the calls recorded before an instant; returns how many counters there are."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM usage_daysum")
        (_rebuild_postgresql if connection.vendor == "postgresql" else _rebuild_sqlite)(cursor, target)
        cursor.execute("SELECT count(*) FROM usage_counter")
        count: int = cursor.fetchone()[0]
    mark.at = target
    mark.save()
    return count


@transaction.atomic
def sum_days() -> int:
    """Add up the local days that are over, for the pages; returns how many sums that made. May run in parallel."""
    return days.sum_up(lock().at)


def has_calls_received(tenant_id: UUID, start: datetime, end: datetime) -> bool:
    """Whether the ledger has a call of a tenant in a span of time."""
    return Call.objects.filter(tenant_id=tenant_id, received_at__gte=start, received_at__lt=end).exists()


def has_calls_to_prune(
    tenant_id: UUID, *, received: tuple[datetime, datetime], recorded_before: datetime
) -> bool:
    """Whether a week of a tenant still has calls, recorded before an instant, that are deleted one by one."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT 1 FROM {_loose()} WHERE {_OF_A_WEEK} LIMIT 1",  # noqa: S608  # constants of this module
            [sql.key(tenant_id), *(sql.instant(edge) for edge in received), sql.instant(recorded_before)],
        )
        return cursor.fetchone() is not None


@transaction.atomic
def prune(tenant_id: UUID, *, received: tuple[datetime, datetime], recorded_before: datetime) -> int:
    """Delete a tenant's old calls of a week and keep their numbers in the counters; returns how many calls went.

    On PostgreSQL only those in the default partition: the others go with their whole week, see `drop`.
    """
    mark = lock()
    limits = [
        sql.key(tenant_id),
        *(sql.instant(edge) for edge in received),
        sql.instant(min(recorded_before, mark.at)),
    ]
    with connection.cursor() as cursor:
        cursor.execute(_retire_sql(_loose(), _OF_A_WEEK), limits)
        cursor.execute(f"DELETE FROM {_loose()} WHERE {_OF_A_WEEK}", limits)  # noqa: S608  # constants of this module
        return int(cursor.rowcount)


def is_old(partition: Partition, *, recorded_before: datetime) -> bool:
    """Whether every call of a partition was recorded before an instant; an empty one is old once its week is."""
    with connection.cursor() as cursor:
        # A sequential scan that ends at the first call that is too young: at once, for all but the oldest weeks.
        cursor.execute(
            f"SELECT EXISTS (SELECT 1 FROM {partition.table} WHERE recorded_at >= %s), "  # noqa: S608
            f"EXISTS (SELECT 1 FROM {partition.table})",
            [recorded_before],
        )
        has_young, has_any = cursor.fetchone()
    return not has_young and (has_any or partition.end <= recorded_before)


@transaction.atomic
def drop(partition: Partition, *, recorded_before: datetime) -> int:
    """Drop a week of the ledger and keep its numbers in the counters; returns how many calls went.

    Waits a few seconds at most for those who use the table, because whoever comes after waits behind: then
    OperationalError, and the job comes again.
    """
    mark = lock()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '3s'")
        cursor.execute(f"LOCK TABLE {partition.table} IN SHARE MODE")
        if not is_old(partition, recorded_before=min(recorded_before, mark.at)):
            return 0
        cursor.execute(f"SELECT count(*) FROM {partition.table}")  # noqa: S608  # named by a date
        count: int = cursor.fetchone()[0]
        cursor.execute(_retire_sql(partition.table, "true"))
        cursor.execute(f"DROP TABLE {partition.table}")
    return count


_OF_A_WEEK = "tenant_id = %s AND received_at >= %s AND received_at < %s AND recorded_at < %s"


def _loose() -> str:
    """The table whose calls are deleted one by one when they are old."""
    return partitions.DEFAULT if partitions.is_partitioned() else "usage_call"


def _retire_sql(table: str, where: str) -> str:
    """Move the numbers of calls that go from what is recomputed to what is remembered."""
    return (
        f"INSERT INTO usage_counter ({_KEY}, kept, pruned) "  # noqa: S608  # constants of this module
        f"SELECT tenant_id, {sql.quarter('received_at')}, client_id, endpoint, status, call_class, 0, count(*) "
        f"FROM {table} WHERE {where} GROUP BY 1, 2, 3, 4, 5, 6 "
        f"ON CONFLICT ({_KEY}) DO UPDATE SET kept = usage_counter.kept - excluded.pruned, "
        "pruned = usage_counter.pruned + excluded.pruned"
    )


def lock() -> CountedTo:
    """The row that says how far the counters are, locked until the transaction ends."""
    CountedTo.objects.bulk_create([CountedTo(pk=1, at=BEGINNING)], ignore_conflicts=True)
    return CountedTo.objects.select_for_update().get(pk=1)


def _safe() -> datetime:
    """An instant before whose recording every call is certain to be committed, or gone for good."""
    safe = timezone.now() - MARGIN
    oldest = oldest_open_transaction()
    return min(safe, oldest - MARGIN) if oldest else safe


def oldest_open_transaction() -> datetime | None:
    """When the oldest transaction of another connection began, on PostgreSQL; SQLite has one writer, who waits."""
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT min(xact_start) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        oldest: datetime | None = cursor.fetchone()[0]
    return oldest


def _changed_sql() -> str:
    """The quarter hours of each tenant that got calls recorded in a span."""
    quarter = sql.quarter("received_at")
    since = "recorded_at >= %s AND recorded_at < %s"
    if connection.vendor == "postgresql":
        return (
            "SELECT t.id AS tenant_id, c.quarter FROM tenants_tenant t CROSS JOIN LATERAL "  # noqa: S608  # constants
            f"(SELECT DISTINCT {quarter} AS quarter FROM usage_call WHERE tenant_id = t.id AND {since}) c"
        )
    return (
        f"SELECT DISTINCT t.id AS tenant_id, {quarter} AS quarter FROM tenants_tenant t "  # noqa: S608
        f"CROSS JOIN usage_call c ON c.tenant_id = t.id AND {since}"
    )


def _recompute_sql() -> str:
    """Upsert every counter of the quarter hours that got calls recorded in a span: a count never shrinks here."""
    start, end = sql.quarter_start("d.quarter"), sql.quarter_start("d.quarter + 1")
    of_quarter = f"c.tenant_id = d.tenant_id AND c.received_at >= {start} AND c.received_at < {end}"
    if connection.vendor == "postgresql":
        # Each quarter by itself, by the index: how many of them there are is nothing that PostgreSQL can guess.
        counted = (
            "SELECT d.tenant_id, d.quarter, q.*, 0 FROM changed d CROSS JOIN LATERAL ("  # noqa: S608
            "SELECT c.client_id, c.endpoint, c.status, c.call_class, count(*) "
            f"FROM usage_call c WHERE {of_quarter} AND c.recorded_at < %s GROUP BY 1, 2, 3, 4) q WHERE true"
        )
    else:
        # SQLite takes the tables of a CROSS JOIN in the order in which they stand.
        counted = (
            "SELECT d.tenant_id, d.quarter, c.client_id, c.endpoint, c.status, c.call_class, count(*), 0 "  # noqa: S608
            f"FROM changed d CROSS JOIN usage_call c WHERE {of_quarter} "
            "AND c.recorded_at < %s GROUP BY 1, 2, 3, 4, 5, 6"
        )
    return (
        f"WITH changed AS ({_changed_sql()}) INSERT INTO usage_counter ({_KEY}, kept, pruned) {counted} "
        f"ON CONFLICT ({_KEY}) DO UPDATE SET kept = excluded.kept"
    )


def _counted_sql() -> str:
    """Count every call recorded before an instant."""
    return (
        f"SELECT tenant_id, {sql.quarter('received_at')} AS quarter, client_id, endpoint, status, call_class, "  # noqa: S608
        "count(*) AS kept FROM usage_call WHERE recorded_at < %s GROUP BY 1, 2, 3, 4, 5, 6"
    )


def _store_sql(source: str) -> str:
    """Store what was counted, in the order of the unique index, which then grows at its end instead of everywhere."""
    return (
        f"INSERT INTO usage_counter ({_KEY}, kept, pruned) SELECT {_KEY}, kept, 0 FROM {source} "  # noqa: S608
        f"ORDER BY {_KEY} ON CONFLICT ({_KEY}) DO UPDATE SET kept = excluded.kept"
    )


def _rebuild_sqlite(cursor: CursorWrapper, target: datetime) -> None:
    cursor.execute("DELETE FROM usage_counter WHERE pruned = 0")
    cursor.execute("UPDATE usage_counter SET kept = 0")
    cursor.execute(_store_sql(f"({_counted_sql()}) AS counted WHERE true"), [sql.instant(target)])


def _rebuild_postgresql(cursor: CursorWrapper, target: datetime) -> None:
    """Write what differs alone: a row that was deleted and written again stays in the way of those who read."""
    # An INSERT is never planned for several processes, and groups that don't fit in memory are counted on disk.
    cursor.execute("SET LOCAL work_mem = '256MB'")
    cursor.execute(f"CREATE TEMP TABLE counted ON COMMIT DROP AS {_counted_sql()}", [target])
    cursor.execute("ANALYZE counted")
    same = " AND ".join(f"u.{column} = c.{column}" for column in _KEY.split(", "))
    cursor.execute(
        "UPDATE usage_counter u SET kept = 0 "  # noqa: S608  # constants of this module
        f"WHERE kept <> 0 AND NOT EXISTS (SELECT 1 FROM counted c WHERE {same})"
    )
    cursor.execute("DELETE FROM usage_counter WHERE kept = 0 AND pruned = 0")
    cursor.execute(
        _store_sql(
            f"counted c WHERE NOT EXISTS (SELECT 1 FROM usage_counter u WHERE {same} AND u.kept = c.kept)"  # noqa: S608  # constants
        )
    )
    cursor.execute("DROP TABLE counted")


def quarters_recorded_since(
    tenant_id: UUID, since: datetime, *, outside: tuple[datetime, datetime]
) -> list[datetime]:
    """The quarter hours outside a span of time, by their start, that got calls recorded since an instant."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT {sql.quarter('received_at')} FROM usage_call "  # noqa: S608  # constants
            "WHERE tenant_id = %s AND recorded_at >= %s AND NOT (received_at >= %s AND received_at < %s)",
            [sql.key(tenant_id), sql.instant(since), *(sql.instant(edge) for edge in outside)],
        )
        return [sql.start_of_quarter(number) for (number,) in cursor.fetchall()]


def has_calls_recorded_since(tenant_id: UUID, since: datetime) -> bool:
    """Whether a tenant had any call recorded since an instant."""
    return Call.objects.filter(tenant_id=tenant_id, recorded_at__gte=since).exists()

"""Sums of whole local days, derived from the counters, and the one read that adds everything up.

A tenant of ten million calls has 100,000 counters in a week and a thousand sums of days.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from apps.core.weeks import local_days
from apps.tenants.models import Tenant
from apps.tenants.zones import Calendar
from apps.usage import sql
from apps.usage.levels import Level
from apps.usage.models import CountedTo

# As far back as a page looks without being asked: this week, the four of the forecast, and some that people page to.
LOOK_BACK = timedelta(weeks=9)
# No local day has more quarter hours than this.
_LONGEST = 200
_BEFORE_ALL = datetime.fromisoformat("0001-01-02T00:00:00+00:00")
Span = tuple[int, int]


def read(
    tenant_id: UUID, spans: list[tuple[datetime, datetime]], client_id: UUID | None = None
) -> list[tuple[Any, ...]]:
    """Count a tenant's calls in adjoining spans of time exactly, from sums, counters and calls not yet in them.

    Each row is (number of the span, client, endpoint, status, class, calls). The spans have to begin and end on
    quarter hours. One statement, so that what it adds up belongs to one instant.
    """
    live, parameters = _live(tenant_id, spans, client_id)
    statement = (
        f"{live} SELECT n, CAST(client_id AS text), endpoint, status, call_class, CAST(sum(calls) AS bigint) FROM ("  # noqa: S608
        f"SELECT n, client_id, endpoint, status, call_class, calls FROM {_sums(Level.DETAIL)} "
        f"{_OF_CLIENT if client_id else ''} UNION ALL SELECT * FROM live) AS counted "
        "GROUP BY n, client_id, endpoint, status, call_class HAVING sum(calls) > 0 ORDER BY 1, 2, 3, 4, 5"
    )
    key = sql.key(tenant_id)
    return _rows(statement, [*parameters, key, *([sql.key(client_id)] if client_id else [])])


def read_apart(
    tenant_id: UUID, spans: list[tuple[datetime, datetime]]
) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """The same calls by all but the client, and by client and class alone: as exact, and few rows of many clients.

    The rows of the first are (number of the span, endpoint, status, class, calls), of the second (client, class,
    calls). One statement too, so that both add up to the same.
    """
    live, parameters = _live(tenant_id, spans, None)
    statement = (
        f"{live} SELECT n, CAST(NULL AS text), endpoint, status, call_class, CAST(sum(calls) AS bigint) FROM ("  # noqa: S608
        f"SELECT n, endpoint, status, call_class, calls FROM {_sums(Level.WHOLE)} "
        "UNION ALL SELECT n, endpoint, status, call_class, calls FROM live) AS whole "
        "GROUP BY n, endpoint, status, call_class HAVING sum(calls) > 0 "
        "UNION ALL SELECT 0, CAST(client_id AS text), '', 0, call_class, CAST(sum(calls) AS bigint) FROM ("
        f"SELECT client_id, call_class, calls FROM {_sums(Level.CLIENT)} "
        "UNION ALL SELECT client_id, call_class, calls FROM live) AS callers "
        "GROUP BY client_id, call_class HAVING sum(calls) > 0"
    )
    key = sql.key(tenant_id)
    rows = _rows(statement, [*parameters, key, key])
    whole = [(span, *rest) for span, client, *rest in rows if client is None]
    callers = [(client, call_class, calls) for _, client, _, _, call_class, calls in rows if client]
    return whole, callers


_OF_CLIENT = "AND client_id = %s"


def _sums(level: Level) -> str:
    """The sums of the days that are spans."""
    return f"span CROSS JOIN usage_daysum WHERE tenant_id = %s AND start = a AND stop = b AND level = {level.value}"


def _live(
    tenant_id: UUID, spans: list[tuple[datetime, datetime]], client_id: UUID | None
) -> tuple[str, list[Any]]:
    """The start of a statement that has the spans, and what no sum holds: counters, and calls not yet in them."""
    numbered = ", ".join(
        f"({number}, {sql.quarter_of(start)}, {sql.quarter_of(end)})"
        for number, (start, end) in enumerate(spans)
    )
    cases = " ".join(
        f"WHEN {sql.quarter('received_at')} < {sql.quarter_of(end)} THEN {number}"
        for number, (_, end) in enumerate(spans)
    )
    of_client = _OF_CLIENT if client_id else ""
    hint = CountedTo.objects.values_list("at", flat=True).first()
    # Once calls are counted, those that are not are few, and found by when they were recorded.
    received = sql.not_by_index("received_at") if hint else "received_at"
    statement = (
        f"WITH span(n, a, b) AS (VALUES {numbered}), live AS MATERIALIZED ("  # noqa: S608  # numbers and constants
        "SELECT n, client_id, endpoint, status, call_class, kept + pruned AS calls FROM span CROSS JOIN usage_counter "
        f"WHERE tenant_id = %s AND quarter >= a AND quarter < b {of_client} "
        "AND NOT EXISTS (SELECT 1 FROM usage_daysum s "
        f"WHERE s.tenant_id = %s AND s.start = a AND s.stop = b AND s.level = {Level.WHOLE.value}) "
        f"UNION ALL SELECT CASE {cases} END, client_id, endpoint, status, call_class, count(*) "
        f"FROM usage_call WHERE tenant_id = %s AND {received} >= %s AND {received} < %s {of_client} "
        # The first bound says nothing new but is known when the statement is planned: few calls, found by an index.
        "AND recorded_at >= %s AND recorded_at >= COALESCE((SELECT at FROM usage_countedto WHERE id = 1), %s) "
        "GROUP BY 1, 2, 3, 4, 5)"
    )
    key = sql.key(tenant_id)
    client = [sql.key(client_id)] if client_id else []
    before_all = sql.instant(_BEFORE_ALL)
    edges = [sql.instant(spans[0][0]), sql.instant(spans[-1][1])]
    counted = [sql.instant(hint) if hint else before_all, before_all]
    return statement, [key, *client, key, key, *edges, *client, *counted]


def _rows(statement: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
    """The rows of a statement, with a UUID made once for each client: thousands of rows name a few again and again."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows = cursor.fetchall()
    keys = {text: UUID(text) for text in {row[1] for row in rows} if text}
    return [(span, keys.get(text), *rest) for span, text, *rest in rows]


def forget_sql(changed: str) -> str:
    """Delete the sums of the days that quarter hours belong to; `changed` selects tenant_id and quarter."""
    levels = ", ".join(f"({level.value})" for level in Level)
    return (
        f"WITH level(l) AS (VALUES {levels}) "  # noqa: S608  # constants of this app
        "DELETE FROM usage_daysum WHERE (tenant_id, level, start, stop) IN ("
        f"SELECT DISTINCT s.tenant_id, l, s.start, s.stop FROM ({changed}) AS changed JOIN usage_daysum s "
        f"ON s.tenant_id = changed.tenant_id AND s.level = {Level.WHOLE.value} AND s.stop > changed.quarter "
        f"AND s.start <= changed.quarter AND s.start > changed.quarter - {_LONGEST} CROSS JOIN level)"
    )


def sum_up(counted: datetime) -> int:
    """Add up the days that are over and counted whole, for every tenant; returns how many rows that made.

    The caller holds the lock of the counters, which hold the calls recorded before `counted`.
    """
    return sum(_sum_up(tenant, counted) for tenant in Tenant.objects.all())


def _sum_up(tenant: Tenant, counted: datetime) -> int:
    missing = sorted(_days_over(tenant, counted) - _summed(tenant))
    if not missing:
        return 0
    spans = ", ".join(f"({start}, {stop})" for start, stop in missing)
    key, nobody = sql.key(tenant.pk), sql.key(UUID(int=0))
    counters = "usage_counter WHERE tenant_id = %s AND quarter >= a AND quarter < b"
    # The coarse sums are made of the detailed ones, which are fewer than the counters.
    details = f"usage_daysum WHERE tenant_id = %s AND start = a AND stop = b AND level = {Level.DETAIL.value}"
    made = _store(spans, Level.DETAIL, "client_id, endpoint, status", "kept + pruned", counters, [key])
    if made:
        made += _store(spans, Level.WHOLE, "%s, endpoint, status", "calls", details, [nobody, key])
        made += _store(spans, Level.CLIENT, "client_id, '', 0", "calls", details, [key])
    return made


def _store(spans: str, level: Level, told: str, calls: str, source: str, parameters: list[Any]) -> int:
    """Add up what is told apart of the days; returns how many rows that made."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO usage_daysum "  # noqa: S608  # numbers and constants of this module
            "(tenant_id, start, stop, level, client_id, endpoint, status, call_class, calls) "
            f"WITH span(a, b) AS (VALUES {spans}) "
            f"SELECT tenant_id, a, b, {level.value}, {told}, call_class, sum({calls}) FROM span CROSS JOIN {source} "
            "GROUP BY 1, 2, 3, 4, 5, 6, 7, 8",
            parameters,
        )
        return int(cursor.rowcount)


def _days_over(tenant: Tenant, until: datetime) -> set[Span]:
    weeks = Calendar(tenant).weeks(until - LOOK_BACK, until)
    return {
        (sql.quarter_of(start), sql.quarter_of(end))
        for week in weeks
        for _, start, end in local_days(week)
        if end <= until
    }


def _summed(tenant: Tenant) -> set[Span]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT start, stop FROM usage_daysum WHERE tenant_id = %s AND level = %s",
            [sql.key(tenant.pk), Level.WHOLE],
        )
        rows: Iterable[Span] = cursor.fetchall()
    return {(start, stop) for start, stop in rows}

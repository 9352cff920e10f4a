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
    numbered = ", ".join(
        f"({number}, {sql.quarter_of(start)}, {sql.quarter_of(end)})"
        for number, (start, end) in enumerate(spans)
    )
    cases = " ".join(
        f"WHEN {sql.quarter('received_at')} < {sql.quarter_of(end)} THEN {number}"
        for number, (_, end) in enumerate(spans)
    )
    of_client = "AND client_id = %s" if client_id else ""
    statement = (
        f"WITH span(n, a, b) AS (VALUES {numbered}) "  # noqa: S608  # numbers and constants of this module
        # Text and whole numbers, which cost the driver nothing; thousands of rows name a few clients again and again.
        "SELECT n, CAST(client_id AS text), endpoint, status, call_class, CAST(sum(calls) AS bigint) FROM ("
        "SELECT n, client_id, endpoint, status, call_class, calls FROM span CROSS JOIN usage_daysum "
        f"WHERE tenant_id = %s AND start = a AND stop = b {of_client} "
        "UNION ALL SELECT n, client_id, endpoint, status, call_class, kept + pruned FROM span CROSS JOIN usage_counter "
        f"WHERE tenant_id = %s AND quarter >= a AND quarter < b {of_client} AND NOT EXISTS "
        "(SELECT 1 FROM usage_daysum s WHERE s.tenant_id = %s AND s.start = a AND s.stop = b) "
        f"UNION ALL SELECT CASE {cases} END, client_id, endpoint, status, call_class, count(*) "
        f"FROM usage_call WHERE tenant_id = %s AND received_at >= %s AND received_at < %s {of_client} "
        # The first bound says nothing new but is known when the statement is planned: few calls, found by an index.
        "AND recorded_at >= %s AND recorded_at >= COALESCE((SELECT at FROM usage_countedto WHERE id = 1), %s) "
        "GROUP BY 1, 2, 3, 4, 5) AS counted "
        "GROUP BY n, client_id, endpoint, status, call_class HAVING sum(calls) > 0 ORDER BY 1, 2, 3, 4, 5"
    )
    key = sql.key(tenant_id)
    client = [sql.key(client_id)] if client_id else []
    edges = [sql.instant(spans[0][0]), sql.instant(spans[-1][1])]
    before_all = sql.instant(_BEFORE_ALL)
    hint = CountedTo.objects.values_list("at", flat=True).first()
    parameters = [key, *client, key, *client, key, key, *edges, *client]
    parameters += [sql.instant(hint) if hint else before_all, before_all]
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows = cursor.fetchall()
    keys = {text: UUID(text) for text in {row[1] for row in rows}}
    return [(span, keys[text], *rest) for span, text, *rest in rows]


def forget_sql(changed: str) -> str:
    """Delete the sums of the days that quarter hours belong to; `changed` selects tenant_id and quarter."""
    return (
        "DELETE FROM usage_daysum WHERE (tenant_id, start, stop) IN ("  # noqa: S608  # constants of this app
        f"SELECT DISTINCT s.tenant_id, s.start, s.stop FROM ({changed}) AS changed JOIN usage_daysum s "
        "ON s.tenant_id = changed.tenant_id AND s.stop > changed.quarter "
        f"AND s.start <= changed.quarter AND s.start > changed.quarter - {_LONGEST})"
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
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO usage_daysum (tenant_id, start, stop, client_id, endpoint, status, call_class, calls) "  # noqa: S608  # numbers
            f"WITH span(a, b) AS (VALUES {spans}) "
            "SELECT tenant_id, a, b, client_id, endpoint, status, call_class, sum(kept + pruned) "
            "FROM span CROSS JOIN usage_counter WHERE tenant_id = %s AND quarter >= a AND quarter < b "
            "GROUP BY 1, 2, 3, 4, 5, 6, 7",
            [sql.key(tenant.pk)],
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
            "SELECT DISTINCT start, stop FROM usage_daysum WHERE tenant_id = %s", [sql.key(tenant.pk)]
        )
        rows: Iterable[Span] = cursor.fetchall()
    return {(start, stop) for start, stop in rows}

"""How many calls a filter of the request log stands for, from the counters: those that are no longer kept included."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from apps.core.weeks import bucket_of, day_start
from apps.tenants.models import Tenant
from apps.usage import days
from apps.usage.classes import CallClass
from apps.usage.forms import METERED

# The longest week is that of a change of zone; more than that would be read for every page of the log.
LONGEST = timedelta(days=15)
NOT_COUNTED_BY = ("customer", "reason", "address", "request_id", "recorded_since", "recorded_until")


def tally(tenant: Tenant, asked: Mapping[str, Any]) -> int | None:
    """The calls of a valid filter; None where it asks for something that counters don't know."""
    since, until = asked["since"], asked["until"]
    if any(asked.get(name) for name in NOT_COUNTED_BY) or since is None or until is None:
        return None
    if bucket_of(since) != since or bucket_of(until) != until or not since < until <= since + LONGEST:
        return None
    rows = days.read(tenant.pk, list(_days(since, until, ZoneInfo(tenant.zone))), asked["client"])
    return sum(
        calls
        for _, _, endpoint, status, call_class, calls in rows
        if asked["endpoint"] in ("", endpoint)
        and asked["status"] in ("", str(status), f"{status // 100}xx")
        and (
            asked["call_class"] in ("", call_class)
            or (asked["call_class"] == METERED and call_class != CallClass.TOKEN)
        )
    )


def _days(since: datetime, until: datetime, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """A span cut at the local midnights in it, because sums are kept of whole local days."""
    day, start = since.astimezone(zone).date(), since
    while start < until:
        day += timedelta(days=1)
        end = min(day_start(day, zone), until)
        if end > start:
            yield start, end
            start = end

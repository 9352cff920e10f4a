"""The caller's own use, an addition of Gatepass."""

import re
from datetime import date

from django.core.exceptions import ValidationError
from django.db.models import Count
from django.utils import timezone

from apps.core.weeks import Week
from apps.partner_api.answers import Answer, bad_request
from apps.partner_api.calls import ApiCall
from apps.partner_api.declare import DATE, Query, endpoint
from apps.partner_api.schemas import UsageOut
from apps.tenants.plans import terms_of_week
from apps.tenants.zones import Calendar
from apps.usage.classes import CallClass
from apps.usage.selectors import calls_of_client

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@endpoint(
    "GET",
    "/usage",
    name="usage",
    summary="The caller's own calls of a week, with the organisation's allowance and limits",
    query=(
        Query(
            "week",
            "The Monday of a week, in the tenant's zone; without it the week that runs now.",
            DATE,
        ),
    ),
    addition=True,
    returns={200: UsageOut},
)
def usage(call: ApiCall) -> Answer:
    """A call like any other: it counts itself from the next one on."""
    calendar = Calendar(call.tenant)
    week = _week(call, calendar)
    counts = dict.fromkeys((kind.value for kind in CallClass), 0)
    rows = calls_of_client(call.tenant, call.who.client_id).order_by()
    rows = rows.filter(received_at__gte=week.start, received_at__lt=week.end)
    counts |= dict(rows.values_list("call_class").annotate(Count("id")))
    return Answer(
        {
            "week": calendar.monday(week),
            "start": week.start.astimezone(week.zone),
            "end": week.end.astimezone(week.zone),
            "allowance": terms_of_week(call.tenant, week).included,
            "calls": counts,
            "limits": {"ordersPerMinute": call.who.orders_per_minute},
        }
    )


def _week(call: ApiCall, calendar: Calendar) -> Week:
    text = call.query("week")
    if not text:
        return calendar.week_containing(timezone.now())
    try:
        # Python would also take 2026-W40-1.
        if not _DATE.fullmatch(text):
            raise ValueError
        return calendar.week_called(date.fromisoformat(text))
    except (ValueError, ValidationError):
        raise bad_request("The query parameter week is a Monday as YYYY-MM-DD.") from None

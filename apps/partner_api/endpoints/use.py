"""The caller's own use, an addition of Gatepass."""

from datetime import date
from zoneinfo import ZoneInfo

from django.db.models import Count
from django.utils import timezone

from apps.core.weeks import Week, week_of, week_starting
from apps.partner_api.answers import Answer, bad_request
from apps.partner_api.calls import ApiCall
from apps.partner_api.declare import DATE, Query, endpoint
from apps.partner_api.schemas import UsageOut
from apps.tenants.plans import terms_of_week
from apps.usage.classes import CallClass
from apps.usage.selectors import calls_of_client


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
    week = _week(call)
    zone = ZoneInfo(call.who.tenant_zone)
    counts = dict.fromkeys((kind.value for kind in CallClass), 0)
    rows = calls_of_client(call.tenant, call.who.client_id).order_by()
    rows = rows.filter(received_at__gte=week.start, received_at__lt=week.end)
    counts |= dict(rows.values_list("call_class").annotate(Count("id")))
    return Answer(
        {
            "week": week.first_day,
            "start": week.start.astimezone(zone),
            "end": week.end.astimezone(zone),
            "allowance": terms_of_week(call.tenant, week).included,
            "calls": counts,
            "limits": {"ordersPerMinute": call.who.orders_per_minute},
        }
    )


def _week(call: ApiCall) -> Week:
    text = call.query("week")
    if not text:
        return week_of(timezone.now(), call.who.tenant_zone)
    try:
        if len(text) != 10 or not text.isascii():
            raise ValueError
        return week_starting(date.fromisoformat(text), call.who.tenant_zone)
    except (ValueError, OverflowError):
        raise bad_request("The query parameter week is a Monday as YYYY-MM-DD.") from None

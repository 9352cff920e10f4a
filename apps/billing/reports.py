"""What the pages of billing show, made of a week's calls; every figure leads to the calls behind it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils import timezone

from apps.billing.bills import Bill, CreditGiven, bill_of_week, client_names, waiting_credits
from apps.billing.forecast import forecast
from apps.billing.services import DUE_AFTER, hold_up, open_weeks
from apps.clients.models import ApiClient
from apps.core.charts import Bar
from apps.core.money import Money
from apps.core.weeks import Week, local_days
from apps.tenants.access import Access
from apps.tenants.models import Tenant
from apps.tenants.zones import Calendar
from apps.usage.classes import CallClass
from apps.usage.counters import counted_to
from apps.usage.weekly import STATUS_CLASSES, WeekUsage, usage_of_week

TOP = 10
WEEKS_OFFERED = 26
OPEN_SHOWN = 8
CLIENTS_OFFERED = 200


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of calls, what it counts, and where those calls are listed."""

    label: str
    calls: int
    url: str


@dataclass(frozen=True, slots=True)
class Day:
    """A local day: calls by status class, and those that are billable."""

    day: date
    by_status: list[tuple[str, int]]
    total: int
    billable: int
    url: str


class Log:
    """Addresses of the request log that show the calls behind a figure."""

    def __init__(self, tenant: Tenant, week: Week, client_id: UUID | None = None) -> None:
        self._path = reverse("usage:calls", args=[tenant.slug])
        self._zone = ZoneInfo(tenant.zone)
        self._week = week
        self._fixed = {"client": str(client_id)} if client_id else {}

    def of(self, start: datetime | None = None, end: datetime | None = None, **filters: object) -> str:
        """The log from `start` to `end`, the whole week by default, with filters."""
        query = {
            **self._fixed,
            "since": self._local(start or self._week.start),
            "until": self._local(end or self._week.end),
            **filters,
        }
        return f"{self._path}?{urlencode(query)}"

    def _local(self, instant: datetime) -> str:
        return f"{instant.astimezone(self._zone):%Y-%m-%dT%H:%M}"


def usage_context(tenant: Tenant, calendar: Calendar, week: Week, client_id: UUID | None) -> dict[str, Any]:
    """Everything the page API Client Usage shows."""
    usage = usage_of_week(tenant, week, client_id)
    metered, log = usage.metered, Log(tenant, week, client_id)
    days = _days(metered, log)
    bill = None if client_id else bill_of_week(tenant, week, calendar, usage)
    late = metered.billable.total - bill.price.billable if bill and bill.is_closed else 0
    return {
        "week": week,
        "bill": bill,
        "late": late,
        "cap": cap_of(tenant),
        "metered": metered.total,
        "billable": metered.billable.total,
        "classes": _classes(usage, log),
        "days": days,
        "bars": [
            Bar(f"{each.day:%a} {each.day.day}", tuple(calls for _, calls in each.by_status)) for each in days
        ],
        "series": STATUS_CLASSES,
        "week_by_status": [(name, metered.by("status_class")[name]) for name in STATUS_CLASSES],
        "endpoints": _endpoints(metered, log),
        "errors": _errors(metered, log),
        "clients": [] if client_id else _clients(tenant, metered, week, bill),
    }


def _classes(usage: WeekUsage, log: Log) -> list[Figure]:
    counted = usage.by("call_class")
    return [Figure(kind.label, counted[kind], log.of(call_class=kind.value)) for kind in CallClass]


def _days(usage: WeekUsage, log: Log) -> list[Day]:
    by_status, billable = usage.by_two("day", "status_class"), usage.billable.by("day")
    rows = []
    for day, start, end in local_days(usage.week):
        counts = [(name, by_status[day, name]) for name in STATUS_CLASSES]
        total = sum(calls for _, calls in counts)
        rows.append(Day(day, counts, total, billable[day], log.of(start, end)))
    return rows


def _endpoints(usage: WeekUsage, log: Log) -> list[tuple[Figure, int]]:
    billable = usage.billable.by("endpoint")
    return [
        (Figure(str(name), calls, log.of(endpoint=name)), billable[name])
        for name, calls in usage.by("endpoint").most_common()
    ]


def _errors(usage: WeekUsage, log: Log) -> list[Figure]:
    errors = {
        pair: calls for pair, calls in usage.by_two("endpoint", "status").items() if int(str(pair[1])) >= 400
    }
    top = sorted(errors.items(), key=lambda item: (-item[1], str(item[0])))[:TOP]
    return [
        Figure(f"{status} on {endpoint}", calls, log.of(endpoint=endpoint, status=status))
        for (endpoint, status), calls in top
    ]


def _clients(tenant: Tenant, usage: WeekUsage, week: Week, bill: Bill | None) -> list[tuple[Figure, int]]:
    calls, billable = usage.by("client_id"), usage.billable.by("client_id")
    keys = [key for key in calls if isinstance(key, UUID)]
    names = {line.api_client_id: line.name for line in bill.lines} if bill else {}
    unnamed = [key for key in keys if key not in names]
    names |= {key: name for key, (_, name) in client_names(tenant, unnamed).items()}
    return [
        (Figure(names[key], calls[key], Log(tenant, week, key).of()), billable[key])
        for key in sorted(keys, key=lambda key: (-calls[key], names[key]))
    ]


def export_rows(tenant: Tenant, usage: WeekUsage) -> list[tuple[object, ...]]:
    """The lines of the report's CSV: the billable ones add up to what the week is charged by."""
    keys = {part.client_id for part in usage.parts}
    names = client_names(tenant, list(keys))
    return [
        (part.day, *names[part.client_id], part.endpoint, part.status, part.call_class.label, part.calls)
        for part in usage.parts
    ]


EXPORT_HEADER = ("date", "client_id", "client", "endpoint", "status", "class", "calls")


def mondays_offered(tenant: Tenant, calendar: Calendar, chosen: date) -> list[date]:
    """The Mondays of the running week, of those before it, and of the one that is shown."""
    week = calendar.week_containing(timezone.now())
    offered = []
    for _ in range(WEEKS_OFFERED):
        offered.append(calendar.monday(week))
        week = calendar.week_before(week)
    return offered if chosen in offered else [*offered, chosen]


def clients_offered(access: Access, chosen: ApiClient | None) -> list[ApiClient]:
    """The clients to choose from, and the one that is shown, even if it was deleted."""
    offered = list(ApiClient.objects.all().visible_to(access).order_by("name_key")[:CLIENTS_OFFERED])
    return offered if chosen is None or chosen in offered else [*offered, chosen]


def statement_context(tenant: Tenant, bill: Bill) -> dict[str, Any]:
    """Everything the page of a statement shows."""
    log = Log(tenant, bill.week)
    return {
        "bill": bill,
        "bars": [Bar(f"{day:%a} {day.day}", (calls,)) for day, calls in bill.days],
        "price": bill.money(bill.price.price_minor),
        "lines": [
            (
                line,
                bill.money(line.charge_minor),
                Log(tenant, bill.week, line.api_client_id).of(call_class="billable"),
            )
            for line in bill.lines
        ],
        "late": [(late, bill.money(late.charge_minor)) for late in bill.adjustments],
        "credits": [(credit, bill.money(-credit.amount_minor)) for credit in bill.credits],
        "waiting": waiting_lines(tenant, bill) if not bill.is_closed else [],
        "free": [
            Figure(label, bill.classes[name], log.of(call_class=kind.value))
            for label, name, kind in (
                ("Refused (401, 403)", "refused", CallClass.REFUSED),
                ("Throttled (429)", "throttled", CallClass.THROTTLED),
                ("Our errors (5xx)", "our_errors", CallClass.OUR_ERROR),
                ("Sandbox", "sandbox", CallClass.SANDBOX),
            )
        ],
        "billable_url": log.of(call_class="billable"),
    }


def waiting_lines(tenant: Tenant, bill: Bill) -> list[tuple[CreditGiven, Money]]:
    """The credits that stand on no statement yet, with their amounts."""
    return [(credit, bill.money(credit.amount_minor)) for credit in waiting_credits(tenant)]


@dataclass(frozen=True, slots=True)
class Cap:
    """The weekly cap that a tenant has set, and until when it stops calls, if it does now."""

    calls: int
    stops_until: datetime | None


def cap_of(tenant: Tenant) -> Cap | None:
    """The tenant's cap; None where it has set none."""
    if tenant.call_cap is None:
        return None
    until = tenant.capped_until
    return Cap(tenant.call_cap, until if until and until > timezone.now() else None)


@dataclass(frozen=True, slots=True)
class OpenWeek:
    """A week that is over and has no statement yet."""

    bill: Bill
    due: datetime
    held_up: str


def open_rows(tenant: Tenant, calendar: Calendar) -> list[OpenWeek]:
    """The latest weeks that are over and have no statement: when each is closed, or what it waits for."""
    now = timezone.now()
    weeks = [week for week in open_weeks(tenant, calendar, now) if week.end <= now][-OPEN_SHOWN:]
    counted = counted_to() if weeks else None
    return [
        OpenWeek(
            bill_of_week(tenant, week, calendar),
            due := week.end + DUE_AFTER,
            hold_up(week, counted) if counted and due <= now else "",
        )
        for week in reversed(weeks)
    ]


def meter_context(tenant: Tenant) -> dict[str, Any]:
    """Everything the live meter of the running week shows."""
    calendar, now = Calendar(tenant), timezone.now()
    week = calendar.week_containing(now)
    bill = bill_of_week(tenant, week, calendar)
    expected = _forecast(tenant, calendar, bill, now)
    return {"bill": bill, "forecast": expected, "now": now, "cap": cap_of(tenant)}


def _forecast(tenant: Tenant, calendar: Calendar, bill: Bill, now: datetime) -> tuple[int, int] | None:
    """The range in which the running week may end, from the same weekdays of the four weeks before."""
    earlier, week = [], bill.week
    for _ in range(4):
        week = calendar.week_before(week)
        usage = usage_of_week(tenant, week).billable
        by_day = usage.by("day")
        earlier.append([by_day[day] for day in usage.days])
    places = [place for place, (_, start, end) in enumerate(local_days(bill.week)) if start <= now < end]
    return forecast([calls for _, calls in bill.days], places[0] if places else 0, earlier)

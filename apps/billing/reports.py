"""What the pages of billing show, made of a week's calls; every figure leads to the calls behind it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils import timezone

from apps.billing.bills import Bill, CreditGiven, LateCalls, bill_of_week, client_names, waiting_credits
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
from apps.usage.forms import METERED, local_text
from apps.usage.weekly import STATUS_CLASSES, WeekUsage, parts_of_week, usage_of_week

TOP = 10
WEEKS_OFFERED = 26
OPEN_SHOWN = 8
CLIENTS_OFFERED = 200
# A week of a thousand clients is read in the CSV; on the page those count that called most.
CLIENTS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of calls, what it counts, and where those calls are listed."""

    label: str
    calls: int
    url: str


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table of calls: all of them, those that are billable, and where each are listed."""

    label: str
    all: Figure
    billable: Figure


@dataclass(frozen=True, slots=True)
class Day:
    """A local day, or the week: calls by status class, all of them, and those that are billable."""

    day: date
    by_status: list[Figure]
    all: Figure
    billable: Figure


class Log:
    """Addresses of the request log that show the calls behind a figure."""

    def __init__(self, tenant: Tenant, week: Week, client_id: UUID | None = None) -> None:
        self._path = reverse("usage:calls", args=[tenant.slug])
        self._zone = ZoneInfo(tenant.zone)
        self._week = week
        # The reports leave token requests out, and what a figure leads to does so too.
        self._fixed = {"call_class": METERED} | ({"client": str(client_id)} if client_id else {})

    def of(self, start: datetime | None = None, end: datetime | None = None, /, **filters: object) -> str:
        """The log from `start` to `end`, the whole week by default, with filters."""
        query = {
            **self._fixed,
            "since": self._local(start or self._week.start),
            "until": self._local(end or self._week.end),
            **filters,
        }
        return f"{self._path}?{urlencode(query)}"

    def _local(self, instant: datetime) -> str:
        return local_text(instant, self._zone, "minutes")


def usage_context(tenant: Tenant, calendar: Calendar, week: Week, client_id: UUID | None) -> dict[str, Any]:
    """Everything the page API Client Usage shows."""
    usage = usage_of_week(tenant, week, client_id)
    metered, log = usage.metered, Log(tenant, week, client_id)
    days = _days(metered, log)
    bill = None if client_id else bill_of_week(tenant, week, calendar, usage, with_lines=False)
    late = metered.billable.total - bill.price.billable if bill and bill.is_closed else 0
    return {
        "week": week,
        "bill": bill,
        "late": late,
        "cap": cap_of(tenant),
        "classes": _classes(usage, log),
        "days": days,
        "whole": _day(week.first_day, metered.by("status_class"), metered.billable.total, log),
        "bars": [
            Bar(f"{each.day:%a} {each.day.day}", tuple(part.calls for part in each.by_status))
            for each in days
        ],
        "series": STATUS_CLASSES,
        "endpoints": _endpoints(metered, log),
        "errors": _errors(metered, log),
        **({} if client_id else _clients(tenant, metered, week)),
    }


def _classes(usage: WeekUsage, log: Log) -> list[Figure]:
    counted = usage.by("call_class")
    return [Figure(kind.label, counted[kind], log.of(call_class=kind.value)) for kind in CallClass]


def _days(usage: WeekUsage, log: Log) -> list[Day]:
    by_status, billable = usage.by("day", "status_class"), usage.billable.by("day")
    return [
        _day(day, {name: by_status[day, name] for name in STATUS_CLASSES}, billable[day], log, start, end)
        for day, start, end in local_days(usage.week)
    ]


def _day(
    day: date,
    by_status: Mapping[str, int],
    billable: int,
    log: Log,
    start: datetime | None = None,
    end: datetime | None = None,
) -> Day:
    figures = [
        Figure(name, by_status.get(name, 0), log.of(start, end, status=name)) for name in STATUS_CLASSES
    ]
    return Day(
        day,
        figures,
        Figure("All calls", sum(figure.calls for figure in figures), log.of(start, end)),
        Figure("Billable", billable, log.of(start, end, call_class=CallClass.BILLABLE.value)),
    )


def _row(label: str, calls: int, billable: int, log: Log, **filters: object) -> Row:
    return Row(
        label,
        Figure("Calls", calls, log.of(**filters)),
        Figure("Billable", billable, log.of(**filters, call_class=CallClass.BILLABLE.value)),
    )


def _endpoints(usage: WeekUsage, log: Log) -> list[Row]:
    billable = usage.billable.by("endpoint")
    return [
        _row(str(name), calls, billable[name], log, endpoint=name)
        for name, calls in usage.by("endpoint").most_common()
    ]


def _errors(usage: WeekUsage, log: Log) -> list[Figure]:
    errors = {
        pair: calls for pair, calls in usage.by("endpoint", "status").items() if int(str(pair[1])) >= 400
    }
    top = sorted(errors.items(), key=lambda item: (-item[1], str(item[0])))[:TOP]
    return [
        Figure(f"{status} on {endpoint}", calls, log.of(endpoint=endpoint, status=status))
        for (endpoint, status), calls in top
    ]


def _clients(tenant: Tenant, usage: WeekUsage, week: Week) -> dict[str, Any]:
    """The clients that called most, and what the others come to together."""
    calls, billable = usage.by_client, usage.billable.by_client
    ordered = sorted(calls, key=lambda key: (-calls[key], str(key)))
    shown, others = ordered[:CLIENTS_SHOWN], ordered[CLIENTS_SHOWN:]
    names = {key: name for key, (_, name) in client_names(tenant, shown).items()}
    return {
        "clients": [_row(names[key], calls[key], billable[key], Log(tenant, week, key)) for key in shown],
        "others": len(others),
        "others_calls": sum(calls[key] for key in others),
        "others_billable": sum(billable[key] for key in others),
    }


def export_rows(tenant: Tenant, week: Week, client_id: UUID | None) -> list[tuple[object, ...]]:
    """The lines of the report's CSV: the billable ones add up to what the week is charged by."""
    parts = [each for each in parts_of_week(tenant, week, client_id) if each.call_class != CallClass.TOKEN]
    names = client_names(tenant, list({part.client_id for part in parts}))
    return [
        (part.day, *names[part.client_id], part.endpoint, part.status, part.call_class.label, part.calls)
        for part in parts
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
        "days": _billable_days(bill, log),
        "price": bill.money(bill.price.price_minor),
        "lines": [
            (
                line,
                bill.money(line.charge_minor),
                Log(tenant, bill.week, line.api_client_id).of(call_class="billable"),
            )
            for line in bill.lines
        ],
        "late": [(late, bill.money(late.charge_minor), _late_url(tenant, late)) for late in bill.adjustments],
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


def _billable_days(bill: Bill, log: Log) -> list[tuple[date, Figure]]:
    """The days of a bill; a day of a closed week is found by its date."""
    spans = {day: (start, end) for day, start, end in local_days(bill.week)}
    return [
        (day, Figure("Billable", calls, log.of(*spans[day], call_class=CallClass.BILLABLE.value)))
        for day, calls in bill.days
    ]


def _late_url(tenant: Tenant, late: LateCalls) -> str:
    """The calls that came late: of their week, recorded after it was billed and before it was corrected."""
    log = Log(tenant, late.of_week)
    since, until = (local_text(instant, ZoneInfo(tenant.zone), "microseconds") for instant in late.recorded)
    return log.of(call_class=CallClass.BILLABLE.value, recorded_since=since, recorded_until=until)


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
            bill_of_week(tenant, week, calendar, with_lines=False),
            due := week.end + DUE_AFTER,
            hold_up(week, counted) if counted and due <= now else "",
        )
        for week in reversed(weeks)
    ]


def meter_context(tenant: Tenant) -> dict[str, Any]:
    """Everything the live meter of the running week shows."""
    calendar, now = Calendar(tenant), timezone.now()
    week = calendar.week_containing(now)
    bill = bill_of_week(tenant, week, calendar, with_lines=False)
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

"""What a tenant's week comes to, in one form whether it is closed or still running."""

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Coalesce

from apps.billing.models import Adjustment, Credit, Statement
from apps.billing.pricing import Inclusion, Price, shares
from apps.clients.models import ApiClient
from apps.core.money import Money
from apps.core.weeks import Week
from apps.tenants.models import Tenant
from apps.tenants.plans import terms_of_week
from apps.tenants.zones import Calendar
from apps.usage.classes import CallClass
from apps.usage.selectors import names_of_clients
from apps.usage.weekly import WeekUsage, usage_of_week


@dataclass(frozen=True, slots=True)
class Line:
    """One client's part of a week."""

    api_client_id: UUID
    client_id: str
    name: str
    billable: int
    charge_minor: int


@dataclass(frozen=True, slots=True)
class LateCalls:
    """Calls of an earlier week that came after its statement."""

    week: date
    calls: int
    charge_minor: int
    of_week: Week
    recorded: tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class CreditGiven:
    """What support gave back, and why."""

    given_at: datetime
    reason: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Bill:
    """A week's account."""

    state: str
    monday: date
    week: Week
    currency: str
    price: Price
    classes: dict[str, int]
    days: list[tuple[date, int]]
    lines: list[Line]
    adjustments: list[LateCalls]
    inclusion: Inclusion | None = None
    credits: list[CreditGiven] = field(default_factory=list)
    closed_at: datetime | None = None
    digest: str = ""

    @property
    def is_closed(self) -> bool:
        """Whether it will never change."""
        return self.state == "closed"

    @property
    def charge(self) -> Money:
        """What the week's own calls cost."""
        return self.money(self.price.charge_minor)

    @property
    def adjusted(self) -> Money:
        """What the late calls of earlier weeks cost."""
        return self.money(sum(late.charge_minor for late in self.adjustments))

    @property
    def total(self) -> Money:
        """What is to be paid; below zero where credits are higher."""
        return self.charge + self.adjusted - self.credited

    @property
    def credited(self) -> Money:
        """What support gave back."""
        return self.money(sum(credit.amount_minor for credit in self.credits))

    def money(self, minor: int) -> Money:
        """An amount in the bill's currency."""
        return Money(minor, self.currency)

    @property
    def sentence(self) -> str:
        """The whole bill in one sentence that anyone understands."""
        used = f"You used {self.price.billable:,} of {self.price.included:,} included calls"
        if not self.price.excess:
            return f"{used}; nothing to pay."
        return f"{used}; the {self.price.excess:,} above cost {self.charge}."


def bill_of_week(
    tenant: Tenant,
    week: Week,
    calendar: Calendar | None = None,
    usage: WeekUsage | None = None,
    *,
    with_lines: bool = True,
) -> Bill:
    """The statement of a week that is closed, or what a week comes to so far.

    `usage` saves reading it again; a page that shows no client's part saves itself a thousand of them.
    """
    statement = Statement.objects.of(tenant).of_week(week.start).first()
    if statement:
        return closed_bill(statement, with_lines=with_lines)
    return provisional_bill(tenant, week, calendar, usage, with_lines=with_lines)


def closed_bill(statement: Statement, *, with_lines: bool = True) -> Bill:
    """A statement as it was closed."""
    classes = {
        "billable": statement.billable,
        "refused": statement.refused,
        "throttled": statement.throttled,
        "our_errors": statement.our_errors,
        "sandbox": statement.sandbox,
    }
    return Bill(
        state="closed",
        monday=statement.monday,
        week=statement.week,
        currency=statement.currency,
        price=statement.price,
        classes=classes,
        days=[(date.fromisoformat(day["date"]), day["billable"]) for day in statement.days],
        lines=[
            Line(line.api_client_id, line.client_id, line.name, line.billable, line.charge_minor)
            for line in (statement.lines.all() if with_lines else ())
        ],
        adjustments=_late_calls(statement),
        inclusion=statement.inclusion,
        credits=[_given(line.credit) for line in statement.credits.select_related("credit")],
        closed_at=statement.closed_at,
        digest=statement.digest,
    )


def _late_calls(statement: Statement) -> list[LateCalls]:
    """The corrections on a statement; what each is about was recorded since that week was billed the last time."""
    earlier = Adjustment.objects.filter(corrects=OuterRef("corrects"), made_at__lt=OuterRef("made_at"))
    last = Subquery(earlier.order_by("-made_at").values("made_at")[:1])
    found = statement.adjustments.select_related("corrects").annotate(
        billed_at=Coalesce(last, F("corrects__closed_at"))
    )
    return [
        LateCalls(
            late.corrects.monday,
            late.calls,
            late.charge_minor,
            late.corrects.week,
            (late.billed_at, late.made_at),
        )
        for late in found
    ]


def _given(credit: Credit) -> CreditGiven:
    return CreditGiven(credit.given_at, credit.reason, credit.amount_minor)


def waiting_credits(tenant: Tenant) -> list[CreditGiven]:
    """The credits that go on the statement closed next."""
    return [_given(credit) for credit in Credit.objects.filter(tenant=tenant, line=None)]


def provisional_bill(
    tenant: Tenant,
    week: Week,
    calendar: Calendar | None = None,
    usage: WeekUsage | None = None,
    *,
    with_lines: bool = True,
) -> Bill:
    """What a week's calls come to by now."""
    usage = usage or usage_of_week(tenant, week)
    terms = terms_of_week(tenant, week)
    billable = usage.billable
    price = Price(included=terms.included, billable=billable.total, price_minor=terms.price_minor)
    by_day = billable.by("day")
    return Bill(
        state="provisional",
        monday=(calendar or Calendar(tenant)).monday(week),
        week=week,
        currency=tenant.currency,
        price=price,
        classes=_classes(usage),
        days=[(day, by_day[day]) for day in usage.days],
        lines=_lines(tenant, usage, price) if with_lines else [],
        adjustments=[],
        inclusion=Inclusion(terms.calls_per_unit, terms.consignments, terms.warehouse_orders),
    )


def _classes(usage: WeekUsage) -> dict[str, int]:
    counted = usage.by("call_class")
    return {
        "billable": counted[CallClass.BILLABLE],
        "refused": counted[CallClass.REFUSED],
        "throttled": counted[CallClass.THROTTLED],
        "our_errors": counted[CallClass.OUR_ERROR],
        "sandbox": counted[CallClass.SANDBOX],
    }


def _lines(tenant: Tenant, usage: WeekUsage, price: Price) -> list[Line]:
    """A line for every client that called at all, by name; those without a billable call owe nothing."""
    billable = usage.billable.by_client
    named = client_names(tenant, list(usage.metered.by_client))
    ordered = sorted(named.items(), key=lambda entry: (entry[1][1].casefold(), entry[1][0], str(entry[0])))
    calls = [billable[key] for key, _ in ordered]
    return [
        Line(key, client_id, name, count, charge)
        for (key, (client_id, name)), count, charge in zip(
            ordered, calls, shares(price.charge_minor, calls), strict=True
        )
    ]


def client_names(tenant: Tenant, keys: list[UUID]) -> dict[UUID, tuple[str, str]]:
    """Client ID and name of API clients, those of clients that are gone as their calls remember them."""
    if not keys:
        return {}
    rows = ApiClient.objects.of(tenant).filter(pk__in=keys).values_list("pk", "client_id", "name")
    named = {key: (client_id, name) for key, client_id, name in rows}
    gone = [key for key in keys if key not in named]
    remembered = names_of_clients(tenant, gone)
    return named | {key: (str(key), remembered.get(key) or "Deleted client") for key in gone}

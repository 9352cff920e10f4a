"""What a tenant's calls of one week add up to: by class, day, client, endpoint and answer. One query."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from apps.core.weeks import Week, local_days
from apps.tenants.models import Tenant
from apps.usage.classes import CallClass
from apps.usage.days import read

STATUS_CLASSES = ("2xx", "3xx", "4xx", "5xx")


@dataclass(frozen=True, slots=True)
class Part:
    """Calls of one kind on one local day."""

    day: date
    client_id: UUID
    endpoint: str
    status: int
    call_class: CallClass
    calls: int

    @property
    def status_class(self) -> str:
        """The first digit of the status, as people say it: 4xx."""
        return f"{self.status // 100}xx"


@dataclass(frozen=True, slots=True)
class WeekUsage:
    """The calls of a week, in parts that add up to all of them."""

    week: Week
    parts: tuple[Part, ...]

    @property
    def days(self) -> list[date]:
        """The local dates of the week, those without a call included."""
        return [day for day, _, _ in local_days(self.week)]

    def of_class(self, call_class: CallClass) -> "WeekUsage":
        """The calls of one class alone."""
        return WeekUsage(self.week, tuple(part for part in self.parts if part.call_class == call_class))

    @property
    def billable(self) -> "WeekUsage":
        """What counts towards the bill."""
        return self.of_class(CallClass.BILLABLE)

    @property
    def metered(self) -> "WeekUsage":
        """All calls but token requests."""
        return WeekUsage(self.week, tuple(part for part in self.parts if part.call_class != CallClass.TOKEN))

    @property
    def total(self) -> int:
        """How many calls."""
        return sum(part.calls for part in self.parts)

    def by(self, name: str) -> Counter[Any]:
        """Calls by one property of a part, such as "client_id" or "status_class"."""
        return _sum((getattr(part, name), part.calls) for part in self.parts)

    def by_two(self, first: str, second: str) -> Counter[Any]:
        """Calls by two properties of a part together."""
        return _sum(((getattr(part, first), getattr(part, second)), part.calls) for part in self.parts)


def _sum(pairs: Iterable[tuple[object, int]]) -> Counter[Any]:
    counted: Counter[object] = Counter()
    for key, calls in pairs:
        counted[key] += calls
    return counted


def usage_of_week(tenant: Tenant, week: Week, client_id: UUID | None = None) -> WeekUsage:
    """The calls that a tenant, or one of its clients, made in a week: exact, up to the last one answered."""
    days = local_days(week)
    rows = read(tenant.pk, [(start, end) for _, start, end in days], client_id)
    parts = (
        Part(days[span][0], client, endpoint, status, CallClass(call_class), calls)
        for span, client, endpoint, status, call_class, calls in rows
    )
    return WeekUsage(week, tuple(parts))

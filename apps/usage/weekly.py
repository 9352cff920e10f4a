"""What a tenant's calls of one week add up to: by class, day, client, endpoint and answer. One query."""

from collections import Counter
from datetime import date
from functools import cached_property
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

from apps.core.weeks import Week, local_days
from apps.tenants.models import Tenant
from apps.usage.classes import CallClass
from apps.usage.days import read

STATUS_CLASSES = ("2xx", "3xx", "4xx", "5xx")
_CLASSES = {each.value: each for each in CallClass}


class Part(NamedTuple):
    """Calls of one kind on one local day. A week of many clients has thousands, so it is made as cheaply as can be."""

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


class WeekUsage:
    """The calls of a week, in parts that add up to all of them. What was added up once is not added up again."""

    def __init__(self, week: Week, parts: tuple[Part, ...]) -> None:
        self.week = week
        self.parts = parts
        self._sums: dict[tuple[str, ...], Counter[Any]] = {}

    @property
    def days(self) -> list[date]:
        """The local dates of the week, those without a call included."""
        return [day for day, _, _ in local_days(self.week)]

    @cached_property
    def billable(self) -> "WeekUsage":
        """What counts towards the bill."""
        return WeekUsage(
            self.week, tuple(part for part in self.parts if part.call_class is CallClass.BILLABLE)
        )

    @cached_property
    def metered(self) -> "WeekUsage":
        """All calls but token requests."""
        return WeekUsage(
            self.week, tuple(part for part in self.parts if part.call_class is not CallClass.TOKEN)
        )

    @cached_property
    def total(self) -> int:
        """How many calls."""
        return sum(part.calls for part in self.parts)

    def by(self, *names: str) -> Counter[Any]:
        """Calls by one property of a part, such as "client_id", or by several together."""
        if names not in self._sums:
            counted: dict[object, int] = {}
            key = attrgetter(*names)
            for part in self.parts:
                value = key(part)
                counted[value] = counted.get(value, 0) + part.calls
            self._sums[names] = Counter(counted)
        return self._sums[names]


def usage_of_week(tenant: Tenant, week: Week, client_id: UUID | None = None) -> WeekUsage:
    """The calls that a tenant, or one of its clients, made in a week: exact, up to the last one answered."""
    days = local_days(week)
    rows = read(tenant.pk, [(start, end) for _, start, end in days], client_id)
    parts = [
        Part(days[span][0], client, endpoint, status, _CLASSES[call_class], calls)
        for span, client, endpoint, status, call_class, calls in rows
    ]
    return WeekUsage(week, tuple(parts))

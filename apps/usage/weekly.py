"""What a tenant's calls of one week add up to: by class, day, client, endpoint and answer. One query."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from functools import cached_property
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

from apps.core.weeks import Week, local_days
from apps.tenants.models import Tenant
from apps.usage.classes import CallClass
from apps.usage.days import read, read_apart

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


class Kind(NamedTuple):
    """Calls of one kind on one local day, by whichever client."""

    day: date
    endpoint: str
    status: int
    call_class: CallClass
    calls: int

    @property
    def status_class(self) -> str:
        """The first digit of the status, as people say it: 4xx."""
        return f"{self.status // 100}xx"


class WeekUsage:
    """The calls of a week, by kind and by client; both add up to all of them."""

    def __init__(self, week: Week, kinds: Sequence[Kind], clients: Sequence[tuple[UUID, str, int]]) -> None:
        self.week = week
        self._kinds = kinds
        self._clients = clients

    @property
    def days(self) -> list[date]:
        """The local dates of the week, those without a call included."""
        return [day for day, _, _ in local_days(self.week)]

    @cached_property
    def billable(self) -> "WeekUsage":
        """What counts towards the bill."""
        return self._only(lambda call_class: call_class == CallClass.BILLABLE)

    @cached_property
    def metered(self) -> "WeekUsage":
        """All calls but token requests."""
        return self._only(lambda call_class: call_class != CallClass.TOKEN)

    def _only(self, wanted: Callable[[str], bool]) -> "WeekUsage":
        return WeekUsage(
            self.week,
            [kind for kind in self._kinds if wanted(kind.call_class)],
            [client for client in self._clients if wanted(client[1])],
        )

    @cached_property
    def total(self) -> int:
        """How many calls."""
        return sum(kind.calls for kind in self._kinds)

    def by(self, *names: str) -> Counter[Any]:
        """Calls by one property of their kind, such as "status_class", or by several together."""
        counted: Counter[Any] = Counter()
        key = attrgetter(*names)
        for kind in self._kinds:
            counted[key(kind)] += kind.calls
        return counted

    @cached_property
    def by_client(self) -> Counter[UUID]:
        """Calls by client."""
        counted: Counter[UUID] = Counter()
        for client_id, _, calls in self._clients:
            counted[client_id] += calls
        return counted


def usage_of_week(tenant: Tenant, week: Week, client_id: UUID | None = None) -> WeekUsage:
    """The calls that a tenant, or one of its clients, made in a week: exact, up to the last one answered."""
    days = local_days(week)
    spans = [(start, end) for _, start, end in days]
    if client_id:
        rows = [(span, *rest) for span, _, *rest in read(tenant.pk, spans, client_id)]
        clients = [(client_id, call_class, calls) for _, _, _, call_class, calls in rows]
    else:
        rows, clients = read_apart(tenant.pk, spans)
    kinds = [
        Kind(days[span][0], endpoint, status, _CLASSES[call_class], calls)
        for span, endpoint, status, call_class, calls in rows
    ]
    return WeekUsage(week, kinds, clients)


def parts_of_week(tenant: Tenant, week: Week, client_id: UUID | None = None) -> list[Part]:
    """The same calls in every detail, for a file."""
    days = local_days(week)
    rows = read(tenant.pk, [(start, end) for _, start, end in days], client_id)
    return [
        Part(days[span][0], client, endpoint, status, _CLASSES[call_class], calls)
        for span, client, endpoint, status, call_class, calls in rows
    ]

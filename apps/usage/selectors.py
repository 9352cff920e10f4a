"""Named reads of the ledger. The tenant comes first."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Count, Exists, F, IntegerField, Max, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Cast
from django.utils import timezone

from apps.tenants.models import Tenant
from apps.usage import sql
from apps.usage.classes import CallClass
from apps.usage.models import Call, Counter
from apps.usage.querysets import CallQuerySet

ADDRESSES_SHOWN = 20
# SQLite refuses expressions deeper than 1,000.
PROBES_IN_A_QUERY = 200
MOST_CALLERS = 100
QUARTERS_A_DAY = 96


@dataclass(frozen=True, slots=True)
class Use:
    """How much something was used lately: the two counts, the last call, and the addresses of the last 7 days."""

    calls_24h: int = 0
    calls_7d: int = 0
    last_at: datetime | None = None
    addresses: tuple[str, ...] = ()


def calls_of_client(tenant: Tenant, client_id: UUID) -> CallQuerySet:
    """The calls of one API client, newest first."""
    return Call.objects.of(tenant).of_client(client_id).newest_first()


def newest_call_of(tenant: Tenant, client_id: OuterRef) -> Subquery:
    """When a client of an outer query last called: one index probe for each of its rows."""
    calls = Call.objects.of(tenant).filter(client_id=client_id).order_by("-received_at")
    return Subquery(calls.values("received_at")[:1])


def called_since(tenant: Tenant, client_id: OuterRef, since: datetime) -> Exists:
    """Whether a client of an outer query has called since then: one index probe for each of its rows."""
    return Exists(Call.objects.of(tenant).filter(client_id=client_id, received_at__gte=since))


def calls_of_endpoint(tenant: Tenant, endpoint: str) -> Use:
    """How much an endpoint was called lately, by whichever client, and when last."""
    now = timezone.now()
    lately = Call.objects.of(tenant).filter(endpoint=endpoint, received_at__gte=now - timedelta(days=7))
    counts = lately.aggregate(
        day=Count("id", filter=Q(received_at__gte=now - timedelta(days=1))),
        week=Count("id"),
        last=Max("received_at"),
    )
    return Use(counts["day"], counts["week"], counts["last"])


def newest_call_with(credential_id: OuterRef) -> Subquery:
    """When a credential of an outer query was last used: one index probe for each of its rows.

    By the credential alone: asked for the tenant's calls as well, a database may walk through all of them for a
    credential that was never used.
    """
    calls = Call.objects.filter(credential_id=credential_id).order_by("-received_at")
    return Subquery(calls.values("received_at")[:1])


def use_by_credential(tenant: Tenant, client_id: UUID, last: Mapping[UUID, datetime]) -> dict[UUID, Use]:
    """Per credential of a client of which is known when it was last used: how much lately, and from where."""
    now = timezone.now()
    lately = (
        Call.objects.of(tenant)
        .of_client(client_id)
        .filter(credential_id__isnull=False, received_at__gte=now - timedelta(days=7))
    )
    counts = {
        credential_id: (day, week)
        for credential_id, day, week in lately.values_list("credential_id")
        .annotate(day=Count("id", filter=Q(received_at__gte=now - timedelta(days=1))), week=Count("id"))
        .order_by()
    }
    addresses: dict[UUID, list[str]] = {}
    for credential_id, address in (
        lately.filter(address__isnull=False)
        .values_list("credential_id", "address")
        .annotate(Max("received_at"))
        .order_by("-received_at__max")
        .values_list("credential_id", "address")
    ):
        addresses.setdefault(credential_id, []).append(address)
    return {
        credential_id: Use(
            *counts.get(credential_id, (0, 0)),
            last_at=last_at,
            addresses=tuple(addresses.get(credential_id, ())[:ADDRESSES_SHOWN]),
        )
        for credential_id, last_at in last.items()
    }


def last_used(tenant: Tenant, client_ids: Iterable[UUID]) -> dict[UUID, datetime]:
    """Per client that ever called: when it last did. One index probe for each client, a query for each 200 of them."""
    return {client_id: at for client_id, at, _ in _last_calls(tenant, client_ids)}


def impact(tenant: Tenant, client_id: UUID) -> Use:
    """What revoking or deactivating a client would break: its calls of 24 h and 7 d, the last one, the addresses."""
    now = timezone.now()
    calls = Call.objects.of(tenant).of_client(client_id)
    lately = calls.filter(received_at__gte=now - timedelta(days=7))
    counts = lately.aggregate(
        day=Count("id", filter=Q(received_at__gte=now - timedelta(days=1))), week=Count("id")
    )
    addresses = (
        lately.filter(address__isnull=False)
        .values("address")
        .annotate(last=Max("received_at"))
        .order_by("-last")
        .values_list("address", flat=True)[:ADDRESSES_SHOWN]
    )
    return Use(
        calls_24h=counts["day"],
        calls_7d=counts["week"],
        last_at=calls.order_by("-received_at").values_list("received_at", flat=True).first(),
        addresses=tuple(addresses),
    )


@dataclass(frozen=True, slots=True)
class Caller:
    """An address that a client called from with success in the last 7 days."""

    address: str
    calls: int


def addresses_of_client(tenant: Tenant, client_id: UUID) -> list[Caller]:
    """Where a client's calls of the last 7 days came from, the busiest first; refused ones prove nothing."""
    lately = (
        Call.objects.of(tenant)
        .of_client(client_id)
        .filter(received_at__gte=timezone.now() - timedelta(days=7), address__isnull=False)
        .exclude(call_class=CallClass.REFUSED)
    )
    found = lately.order_by().values_list("address").annotate(calls=Count("id")).order_by("-calls", "address")
    return [Caller(address, calls) for address, calls in found[:MOST_CALLERS]]


def calls_by_day(tenant: Tenant, client_ids: Iterable[UUID], days: int = 30) -> dict[UUID, list[int]]:
    """Per client that called: how often on each of the last days, from the counters; the last day is today."""
    today = (
        timezone.now().astimezone(ZoneInfo(tenant.zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    )
    start = sql.quarter_of(today) - (days - 1) * QUARTERS_A_DAY
    # A day of 23 or 25 hours moves the days before it by an hour, which a line of 30 points does not show.
    day = (F("quarter") - start) / QUARTERS_A_DAY
    counters = Counter.objects.filter(tenant_id=tenant.pk, client_id__in=list(client_ids), quarter__gte=start)
    found: dict[UUID, list[int]] = {}
    for client_id, number, calls in (
        counters.values("client_id")
        .annotate(day=Cast(day, IntegerField()), calls=Sum(F("kept") + F("pruned")))
        .values_list("client_id", "day", "calls")
    ):
        found.setdefault(client_id, [0] * days)[min(number, days - 1)] += calls
    return found


def impacts(tenant: Tenant, client_ids: Iterable[UUID]) -> dict[UUID, Use]:
    """What ending each of several clients would break: calls of 24 h and 7 d and the last one, without addresses."""
    now = timezone.now()
    ids = list(client_ids)
    lately = Call.objects.of(tenant).filter(client_id__in=ids, received_at__gte=now - timedelta(days=7))
    counts = {
        client_id: (day, week)
        for client_id, day, week in lately.order_by()
        .values_list("client_id")
        .annotate(day=Count("id", filter=Q(received_at__gte=now - timedelta(days=1))), week=Count("id"))
    }
    used = last_used(tenant, ids)
    return {one: Use(*counts.get(one, (0, 0)), last_at=used.get(one)) for one in ids}


def names_of_clients(tenant: Tenant, client_ids: Iterable[UUID]) -> dict[UUID, str]:
    """The names that clients had at their last call, for those that are gone."""
    return {client_id: name for client_id, _, name in _last_calls(tenant, client_ids)}


def _last_calls(tenant: Tenant, client_ids: Iterable[UUID]) -> Iterator[tuple[UUID, datetime, str]]:
    """The last call of each client that ever called: whose, when, and the name it had then."""
    remaining = iter(client_ids)
    while ids := list(islice(remaining, PROBES_IN_A_QUERY)):
        for client_id, at, name in _LAST_CALLS[connection.vendor](tenant, ids):
            yield sql.uuid(client_id), at, name


def _last_calls_postgresql(tenant: Tenant, ids: list[UUID]) -> list[tuple[UUID, datetime, str]]:
    # One plan for all of them: a probe for each client in each week of the ledger, the newest first.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT asked.id, latest.received_at, latest.client_name FROM unnest(%s::uuid[]) AS asked(id) "
            "CROSS JOIN LATERAL (SELECT received_at, client_name FROM usage_call "
            "WHERE tenant_id = %s AND client_id = asked.id ORDER BY received_at DESC, id DESC LIMIT 1) AS latest",
            [ids, tenant.pk],
        )
        return cursor.fetchall()


def _last_calls_sqlite(tenant: Tenant, ids: list[UUID]) -> list[tuple[UUID, datetime, str]]:
    newest = Q()
    for client_id in ids:
        newest |= Q(id=calls_of_client(tenant, client_id).values("id")[:1])
    rows = Call.objects.of(tenant).filter(newest)
    return list(rows.values_list("client_id", "received_at", "client_name"))


_LAST_CALLS = {"postgresql": _last_calls_postgresql, "sqlite": _last_calls_sqlite}

"""Named reads: endpoints with how they fare, deliveries with their events."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, F, IntegerField, Min, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from apps.tenants.access import Access
from apps.tenants.models import Tenant
from apps.webhooks.models import OPEN, Attempt, Delivery, DeliveryState, Endpoint
from apps.webhooks.querysets import DeliveryQuerySet

LATEST = 1000
RECENT = timedelta(days=7)
KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Health:
    """How an endpoint fared lately; `success_rate` in percent, None where nothing was sent."""

    attempts: int
    success_rate: float | None
    p95_ms: int | None
    waiting: int
    held: int
    failed: int

    @property
    def attempts_words(self) -> str:
        """What the rate is taken from."""
        if self.attempts >= LATEST:
            return f"of the last {LATEST:,} attempts"
        return f"of {self.attempts:,} attempt{'' if self.attempts == 1 else 's'} in 7 days"

    @property
    def p95_words(self) -> str:
        """The time that 95 % of the answers stay below."""
        return "–" if self.p95_ms is None else f"{self.p95_ms:,} ms"

    @property
    def held_words(self) -> str:
        """How many wait for somebody to resume the endpoint."""
        return f"and {self.held:,} held back" if self.held else "to be sent, or sent again"


def endpoints(tenant: Tenant) -> QuerySet[Endpoint]:
    """The tenant's endpoints with `waiting` and `failed`: how many deliveries are open, and failed in 30 days."""
    mine = Delivery.objects.filter(endpoint=OuterRef("pk"))
    failed = Delivery.objects.failed_since(OuterRef("pk"), timezone.now() - KEPT)
    return (
        Endpoint.objects.of(tenant)
        .kept()
        .annotate(waiting=_count(mine.filter(state__in=OPEN)), failed=_count(failed))
    )


def success_rates(tenant: Tenant) -> dict[UUID, float]:
    """The share of attempts that succeeded in the last 7 days, in percent, by endpoint."""
    recent = Attempt.objects.filter(endpoint__tenant=tenant, at__gte=timezone.now() - RECENT)
    counts = recent.values("endpoint").annotate(
        tried=Count("pk"), well=Count("pk", filter=Q(status__gte=200, status__lt=300))
    )
    return {row["endpoint"]: percent(row["well"], row["tried"]) for row in counts}


def health(endpoint: Endpoint) -> Health:
    """How an endpoint fared in its latest attempts, at most 1,000 of the last 7 days, and what waits for it."""
    latest = Attempt.objects.filter(endpoint=endpoint, at__gte=timezone.now() - RECENT).order_by("-at")
    rows = list(latest.values_list("status", "ms")[:LATEST])
    well = [status for status, _ in rows if status is not None and 200 <= status < 300]
    times = sorted(ms for status, ms in rows if status is not None)
    states = dict(
        Delivery.objects.filter(endpoint=endpoint, state__in=OPEN)
        .values_list("state")
        .annotate(Count("pk"))
        .order_by()
    )
    held = states.pop(DeliveryState.HELD.value, 0)
    return Health(
        attempts=len(rows),
        success_rate=percent(len(well), len(rows)) if rows else None,
        p95_ms=times[max(0, -(-95 * len(times) // 100) - 1)] if times else None,
        waiting=sum(states.values()),
        held=held,
        failed=Delivery.objects.failed_since(endpoint, timezone.now() - KEPT).count(),
    )


def deliveries(access: Access) -> QuerySet[Delivery]:
    """The deliveries that a person may see, newest first, each with its event, its endpoint and its attempts."""
    attempts = Attempt.objects.defer("answer", "request_headers").order_by("number")
    return (
        Delivery.objects.visible_to(access)
        .select_related("event", "endpoint")
        .defer("event__body")
        .prefetch_related(Prefetch("attempts", attempts))
        .order_by("-pk")
    )


def delivery_with_everything() -> DeliveryQuerySet:
    """Deliveries with all that one's page shows."""
    return Delivery.objects.select_related("event", "endpoint").prefetch_related("attempts")


def endpoint_names(tenant: Tenant) -> list[tuple[UUID, str]]:
    """Id and name of every endpoint that deliveries can be looked for by, removed ones too."""
    rows = Endpoint.objects.of(tenant).values_list("pk", "name", "state")
    return [(pk, f"{name} (removed)" if state == "removed" else name) for pk, name, state in rows]


def first_failure(endpoint: Endpoint) -> datetime:
    """When the oldest of an endpoint's failed deliveries failed, to the minute; a day ago where there is none."""
    since = timezone.now() - KEPT
    oldest = Delivery.objects.failed_since(endpoint, since).aggregate(first=Min("finished_at"))["first"]
    return (oldest or timezone.now() - timedelta(days=1)).replace(second=0, microsecond=0)


def found(
    rows: QuerySet[Delivery], *, reference: str = "", endpoint_id: UUID | None = None, state: str = ""
) -> QuerySet[Delivery]:
    """Those of some deliveries that are about an order, go to an endpoint, are in a state; empty means any."""
    if reference:
        rows = rows.filter(event__reference__icontains=reference)
    if endpoint_id:
        rows = rows.filter(endpoint=endpoint_id)
    return rows.filter(state=state) if state else rows


def percent(part: int, whole: int) -> float:
    """A share in percent with one digit; 100 only where nothing is missing."""
    return 100.0 if part == whole else min(99.9, round(100 * part / whole, 1))


def _count(rows: QuerySet[Delivery]) -> Coalesce:
    counted = rows.order_by().annotate(one=F("endpoint")).values("one").annotate(number=Count("pk"))
    return Coalesce(Subquery(counted.values("number"), output_field=IntegerField()), 0)

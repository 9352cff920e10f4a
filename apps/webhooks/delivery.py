"""Claiming due deliveries, and writing down how each attempt went. No HTTP here, and no thread.

Two workers never take deliveries of one endpoint at the same instant: a claim locks the endpoint's row first and
passes over those that another claim holds. That keeps strict order strict and needs no retry.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from apps.audit.actors import WORKER
from apps.core.outbound import Answer, OutboundError
from apps.webhooks.endpoints import disable, hold
from apps.webhooks.models import Attempt, Delivery, DeliveryState, Endpoint, EndpointState
from apps.webhooks.outcomes import Next, account, what_next

# Longer than one attempt may take with the wait for a free thread before it: only a dead worker's claim runs out.
LEASE = timedelta(seconds=30)
# How far a claim looks along what is due before it turns to the endpoints that it has not met yet.
WINDOW = 128
ROUNDS = 6
CHUNK = 64
SENDING = DeliveryState.SENDING
# An endpoint and an entity: at most one delivery of such a pair is in flight.
Key = tuple[UUID, UUID]
Sibling = tuple[int, str, datetime | None]


@dataclass(frozen=True, slots=True)
class Sent:
    """One attempt as the sender made it."""

    delivery: Delivery
    at: datetime
    outcome: Answer | OutboundError
    headers: Mapping[str, str] = field(default_factory=dict)


def claim(
    limit: int,
    *,
    allow: Callable[[Endpoint], bool],
    full: Collection[UUID] = (),
    mine: Mapping[UUID, int] | None = None,
    lease: timedelta = LEASE,
) -> list[Delivery]:
    """Mark up to `limit` due deliveries as being sent by the caller and return them, committed.

    `allow` is asked before each whether its endpoint may get one more, and those in `full` get none, so that one which
    is slow or has a long backlog leaves the threads to the others. `mine` says how many deliveries of each endpoint the
    caller has claimed: where there are more, another worker serves the endpoint, and all of it is left to that one.
    """
    now = timezone.now()
    passed = set(full)
    # Looked up outside the transaction: on SQLite that would keep all other writers out, twice a second for nothing.
    window = _window(now, passed)
    claimed: list[Delivery] = []
    if window:
        with transaction.atomic():
            for _ in range(ROUNDS):
                claimed += _claim(window, allow, mine or {}, limit - len(claimed), now, now + lease)
                passed |= {endpoint_id for endpoint_id, _ in window}
                if len(window) < WINDOW or len(claimed) >= limit:
                    break
                window = _window(now, passed)
    return claimed


def _claim(
    window: Sequence[Key],
    allow: Callable[[Endpoint], bool],
    mine: Mapping[UUID, int],
    limit: int,
    now: datetime,
    lease_until: datetime,
) -> list[Delivery]:
    endpoints = _lock({endpoint_id for endpoint_id, _ in window})
    sending = Delivery.objects.filter(endpoint__in=endpoints, state=SENDING)
    for endpoint_id, number in Counter(sending.values_list("endpoint_id", flat=True)).items():
        if number > mine.get(endpoint_id, 0):
            del endpoints[endpoint_id]
    return _take(_choose(window, endpoints, allow, limit, now), endpoints, lease_until)


def release(deliveries: Collection[Delivery]) -> int:
    """Give back claims that were not used, so that the next worker need not wait for their leases to end."""
    released = 0
    with transaction.atomic():
        for delivery in deliveries:
            mine = Delivery.objects.filter(
                pk=delivery.pk, state=DeliveryState.SENDING, attempt=delivery.attempt
            )
            released += mine.update(state=DeliveryState.PENDING, due=timezone.now(), lease_until=None)
    return released


def release_expired() -> int:
    """Put back what a worker claimed and never finished; return how many."""
    now = timezone.now()
    expired = Delivery.objects.filter(state=DeliveryState.SENDING, lease_until__lt=now)
    if not expired.exists():
        return 0
    return expired.update(state=DeliveryState.PENDING, due=now, lease_until=None)


@transaction.atomic
def finish(attempts: Sequence[Sent]) -> int:
    """Record outcomes, many in one commit; return how many counted.

    A claim that was lost meanwhile changes nothing: the attempt number fences it.
    """
    # First endpoints, then deliveries, as everybody takes them, and each in one order: nobody waits in a ring.
    endpoints = {
        endpoint.pk: endpoint
        for endpoint in Endpoint.objects.select_for_update(no_key=True)
        .filter(pk__in={sent.delivery.endpoint_id for sent in attempts})
        .order_by("pk")
    }
    sending = Delivery.objects.select_for_update(of=("self",)).filter(
        pk__in=[sent.delivery.pk for sent in attempts], state=DeliveryState.SENDING
    )
    now_claimed = dict(sending.order_by("pk").values_list("pk", "attempt"))
    steps = [
        (sent, what_next(sent.delivery, endpoints[sent.delivery.endpoint_id], sent.outcome))
        for sent in attempts
        if now_claimed.get(sent.delivery.pk) == sent.delivery.attempt
    ]
    _store(steps)
    for endpoint in endpoints.values():
        _note_health(endpoint, [step for step in steps if step[0].delivery.endpoint_id == endpoint.pk])
    return len(steps)


def _window(now: datetime, passed: Collection[UUID]) -> list[Key]:
    # Plain on purpose: one range of one index, whatever the planner believes of a table that changes all the time.
    due = Delivery.objects.filter(state=DeliveryState.PENDING, due__lte=now).exclude(endpoint__in=passed)
    return list(due.order_by("due", "pk").values_list("endpoint_id", "entity_id")[:WINDOW])


def _lock(endpoint_ids: Collection[UUID]) -> dict[UUID, Endpoint]:
    rows = Endpoint.objects.select_for_update(skip_locked=True, no_key=True).filter(pk__in=endpoint_ids)
    return {endpoint.pk: endpoint for endpoint in rows}


def _choose(
    window: Sequence[Key],
    endpoints: Mapping[UUID, Endpoint],
    allow: Callable[[Endpoint], bool],
    limit: int,
    now: datetime,
) -> list[int]:
    """What may be sent now, the longest due first: for each entity its oldest due event, if none is in flight."""
    keys = [key for key in dict.fromkeys(window) if key[0] in endpoints]
    siblings: dict[Key, list[Sibling]] = {}
    chosen: list[int] = []
    for place, key in enumerate(keys):
        if len(chosen) >= limit:
            break
        if place % CHUNK == 0:
            # Most claims are full before they have looked at the whole window.
            siblings = _siblings(keys[place : place + CHUNK])
        endpoint_id, _ = key
        rows = siblings.get(key, [])
        if any(state == SENDING for _, state, _ in rows):
            continue
        due = [pk for pk, _, at in rows if at is not None and at <= now]
        if not due:
            continue
        waits_until = max((at for pk, _, at in rows if pk < due[0] and at), default=None)
        if waits_until and endpoints[endpoint_id].strict_order:
            # Nothing that can't be sent stays among what is due, where it would be looked at again and again.
            Delivery.objects.filter(pk__in=due).update(due=waits_until)
            continue
        if allow(endpoints[endpoint_id]):
            chosen.append(due[0])
    return chosen


def _siblings(keys: Sequence[Key]) -> dict[Key, list[Sibling]]:
    """Every waiting or flying delivery of some entities, by endpoint and entity, the oldest first."""
    endpoints, entities = {pk for pk, _ in keys}, {pk for _, pk in keys}
    rows = Delivery.objects.filter(
        entity_id__in=entities, endpoint__in=endpoints, state__in=(DeliveryState.PENDING, SENDING)
    )
    found: dict[Key, list[Sibling]] = defaultdict(list)
    for pk, endpoint_id, entity_id, state, due in rows.order_by("pk").values_list(
        "pk", "endpoint_id", "entity_id", "state", "due"
    ):
        found[endpoint_id, entity_id].append((pk, state, due if state != SENDING else None))
    return found


def _take(chosen: Sequence[int], endpoints: Mapping[UUID, Endpoint], lease_until: datetime) -> list[Delivery]:
    """Mark deliveries of endpoints that this transaction has locked as being sent."""
    unlocked = Delivery.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        pk__in=chosen, state=DeliveryState.PENDING
    )
    taken, closed = [], {}
    for delivery in unlocked.select_related("event").order_by("due", "pk"):
        delivery.endpoint = endpoints[delivery.endpoint_id]
        if delivery.endpoint.state == EndpointState.ACTIVE or delivery.event.is_test:
            delivery.attempt += 1
            delivery.lease_until = lease_until
            taken.append(delivery)
        else:
            closed[delivery.endpoint_id] = delivery.endpoint
    for endpoint in closed.values():
        hold(endpoint)
    Delivery.objects.filter(pk__in=[delivery.pk for delivery in taken]).update(
        state=DeliveryState.SENDING, attempt=F("attempt") + 1, lease_until=lease_until
    )
    return taken


def _store(steps: Sequence[tuple[Sent, Next]]) -> None:
    delivered = [sent.delivery.pk for sent, step in steps if step.delivered]
    if delivered:
        Delivery.objects.filter(pk__in=delivered).update(
            state=DeliveryState.DELIVERED, due=None, lease_until=None, tries=0, finished_at=timezone.now()
        )
    # The sender's own objects stay as they are: after a failed commit the same outcomes are written once more.
    others = [
        Delivery(
            pk=sent.delivery.pk,
            state=step.state,
            due=step.due,
            tries=step.tries,
            finished_at=step.finished_at,
        )
        for sent, step in steps
        if not step.delivered
    ]
    if others:
        Delivery.objects.bulk_update(others, ["state", "due", "tries", "finished_at", "lease_until"])
    Attempt.objects.bulk_create(
        Attempt(
            delivery_id=sent.delivery.pk,
            endpoint_id=sent.delivery.endpoint_id,
            number=sent.delivery.attempt,
            at=sent.at,
            request_headers=dict(sent.headers),
            retry_at=step.due,
            **account(sent.outcome),
        )
        for sent, step in steps
    )


def _note_health(endpoint: Endpoint, steps: Sequence[tuple[Sent, Next]]) -> None:
    """Keep since when an endpoint fails, and disable it where its receiver said that it is gone."""
    now = timezone.now()
    this = Endpoint.objects.filter(pk=endpoint.pk)
    # A test that fails tells of nothing that went missing; one that succeeds shows that the receiver is well.
    failed = any(not step.delivered and not sent.delivery.event.is_test for sent, step in steps)
    if any(step.delivered for _, step in steps):
        since = now if failed else None
        recent = endpoint.last_success_at and endpoint.last_success_at > now - timedelta(seconds=1)
        if not recent or endpoint.failing_since != since:
            this.update(last_success_at=now, failing_since=since, days_warned=0)
    elif failed and endpoint.failing_since is None:
        this.update(failing_since=now)
    if any(step.gone for _, step in steps):
        reason = "The receiver answered 410 Gone: it wants no more events."
        disable(endpoint=endpoint, reason=reason, actor=WORKER)

"""A hand that moves the orders of sandbox customers, so that a developer sees every status and every webhook.

It presses the same buttons as a person in the portal: each step is the ordinary service, with its event, its history
and its stock. A live customer's orders are out of its reach, whoever asks.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from apps.audit.actors import Actor
from apps.audit.services import record
from apps.core.problems import Conflict, Stale
from apps.customers.models import Customer, Kind
from apps.orders import selectors
from apps.orders.models import Consignment, Direction, Order, Simulation, Status
from apps.orders.querysets import OrderQuerySet
from apps.orders.services.transitions import (
    allocate,
    allocate_inbound,
    dispatch,
    pack,
    receive,
    verify,
)
from apps.orders.services.transport import FINISHED, move_consignment, next_steps

MOST = 200
TURN = timedelta(seconds=20)


def _allocate(*, order: Order, actor: Actor) -> Order:
    """Allocate in the first warehouse that can fill every line."""
    place = next((place for place in selectors.places_for(order) if not place.short), None)
    if place is None:
        raise Conflict("No warehouse can fill every line of this order, so it goes on waiting for stock.")
    return allocate(order=order, actor=actor, warehouse=place.warehouse)


Step = Callable[..., Order]
STEPS: dict[Direction, dict[Status, Step]] = {
    Direction.OUTBOUND: {
        Status.DRAFT: _allocate,
        Status.AWAITING_STOCK: _allocate,
        Status.AWAITING_PICK_AND_PACK: pack,
        Status.PACKING_IN_PROGRESS: pack,
        Status.PACKED: dispatch,
    },
    Direction.INBOUND: {
        Status.DRAFT: receive,
        Status.NOT_YET_RECEIVED: receive,
        Status.RECEIVED: verify,
        Status.VERIFIED: allocate_inbound,
    },
}


@dataclass(frozen=True, slots=True)
class Moved:
    """How many took a step, and how many could not."""

    orders: int = 0
    consignments: int = 0
    waiting: int = 0


def may_simulate(order: Order) -> bool:
    """Whether an order belongs to an active sandbox customer and has a step ahead of it."""
    customer = order.customer
    return customer.is_sandbox and customer.is_active and order.status in STEPS[Direction(order.direction)]


def simulate_order(*, order: Order, actor: Actor) -> Order:
    """Take an order of a sandbox customer one step further; raises `Conflict` where there is none."""
    _require_sandbox(order.customer)
    step = STEPS[Direction(order.direction)].get(Status(order.status))
    if step is None:
        raise Conflict(f"An order that is {order.get_status_display().lower()} has no step ahead of it.")
    return step(order=order, actor=actor)


def simulate_customer(*, customer: Customer, actor: Actor) -> Moved:
    """Take every open order and consignment of a sandbox customer one step further, the oldest first.

    Each step is a transaction of its own: one order that can't move does not hold up the others.
    """
    _require_sandbox(customer)
    # What follows an order in this turn takes no step of its own: its version is another one by then.
    jobs = [(job, job.version) for job in open_consignments(customer)[:MOST]]
    moved = waiting = carried = 0
    for order in open_orders(customer)[:MOST]:
        try:
            simulate_order(order=order, actor=actor)
            moved += 1
        except Conflict:
            waiting += 1
    for job, version in jobs:
        steps = next_steps(job)
        if not steps:
            continue
        try:
            move_consignment(consignment=job, to=steps[0], version=version, actor=actor)
            carried += 1
        except (Conflict, Stale):
            waiting += 1
    return Moved(moved, carried, waiting)


def open_orders(customer: Customer) -> OrderQuerySet:
    """The orders of a customer that have a step ahead of them."""
    ahead = Q()
    for direction, steps in STEPS.items():
        ahead |= Q(direction=direction, status__in=list(steps))
    rows: OrderQuerySet = Order.objects.of(customer.tenant).filter(ahead, customer=customer)
    return rows.order_by("created", "id").for_wire()


def open_consignments(customer: Customer) -> OrderQuerySet:
    """The consignments of a customer that are under way."""
    rows: OrderQuerySet = Consignment.objects.of(customer.tenant).filter(customer=customer)
    return rows.exclude(status__in=FINISHED).order_by("created", "id").select_related("order")


@transaction.atomic
def switch_simulation(*, customer: Customer, actor: Actor, on: bool) -> None:
    """Have the worker move a sandbox customer's orders from now on, or no longer."""
    if on:
        _require_sandbox(customer)
        changed = Simulation.objects.get_or_create(customer=customer)[1]
    else:
        changed = Simulation.objects.filter(customer=customer).delete()[0] > 0
    if changed:
        record(
            f"simulation.{'switched_on' if on else 'switched_off'}",
            actor=actor,
            tenant_id=customer.tenant_id,
            target=customer,
        )


def take_turns(actor: Actor) -> int:
    """Move the orders of every sandbox whose switch is on and whose turn it is; return how many moved."""
    due = Q(moved_at=None) | Q(moved_at__lte=timezone.now() - TURN)
    rows = Simulation.objects.filter(due, customer__kind=Kind.SANDBOX, customer__is_active=True)
    total = 0
    for simulation in rows.select_related("customer__tenant"):
        # The row is claimed first, so that two workers don't move the same orders twice in one turn.
        claimed = Simulation.objects.filter(due, pk=simulation.pk).update(moved_at=timezone.now())
        if claimed:
            moved = simulate_customer(customer=simulation.customer, actor=actor)
            total += moved.orders + moved.consignments
    return total


def _require_sandbox(customer: Customer) -> None:
    if not customer.is_sandbox:
        raise Conflict("Only the orders of a sandbox customer can be simulated.")
    if not customer.is_active:
        raise Conflict("This sandbox customer is inactive.")

"""Moving orders on: allocate, pack, dispatch, cancel; receive, verify and allocate what comes in."""

from django.db import transaction
from django.utils import timezone

from apps.audit.actors import Actor
from apps.core.problems import Conflict
from apps.customers.settings import ConsignmentGeneration
from apps.orders.models import ConsignmentStatus, Direction, LineState, Order, Status
from apps.orders.services import consignments, history, stock
from apps.orders.services.removal import give_back
from apps.tenants.models import Warehouse

ALLOCATABLE = (Status.DRAFT, Status.AWAITING_STOCK)
PACKABLE = (Status.AWAITING_PICK_AND_PACK, Status.PACKING_IN_PROGRESS)
CANCELLABLE = (*ALLOCATABLE, *PACKABLE)
RECEIVABLE = (Status.DRAFT, Status.NOT_YET_RECEIVED)


@transaction.atomic
def allocate(*, order: Order, actor: Actor, warehouse: Warehouse | None = None) -> Order:
    """Hold the stock of an order that waits, all of it or nothing, in its own warehouse or in another one."""
    order = _locked(order, Direction.OUTBOUND, ALLOCATABLE, "allocated")
    give_back(order)
    place = warehouse or order.warehouse
    if place is None:
        raise Conflict("Choose the warehouse that fills this order.")
    if not place.is_active:
        raise Conflict(f"{place.name} is inactive and takes no orders.")
    lines = list(order.lines.select_related("product").order_by("product_id"))
    for line in lines:
        if line.product is None or not stock.reserve(line.product.pk, place.pk, line.base_quantity):
            raise Conflict(
                f"{place.name} has not enough free stock of {line.product}. Nothing was allocated."
            )
        line.allocated = line.base_quantity
        line.save(update_fields=["allocated"])
    return history.move(
        order,
        Status.AWAITING_PICK_AND_PACK,
        actor=actor,
        reason=f"Allocated in {place.name}.",
        warehouse=place,
        # What was said of its warehouse before, such as that it waits, holds no more.
        allocation_note=f"{actor.name} allocated it in {place.name}."[:300],
    )


@transaction.atomic
def pack(*, order: Order, actor: Actor) -> Order:
    """Close the packing; makes the consignment where the customer's settings want one then."""
    order = _locked(order, Direction.OUTBOUND, PACKABLE, "packed")
    order = history.move(order, Status.PACKED, actor=actor, packed_at=timezone.now())
    if order.consignments.exists():
        consignments.follow(order, ConsignmentStatus.IN_WAREHOUSE, actor=actor)
    elif order.customer.order_settings.consignments is ConsignmentGeneration.WHEN_PACKED:
        consignments.generate(order, ConsignmentStatus.IN_WAREHOUSE, actor=actor)
    return order


@transaction.atomic
def dispatch(*, order: Order, actor: Actor) -> Order:
    """Send the order off: its goods leave the stock."""
    order = _locked(order, Direction.OUTBOUND, (Status.PACKED,), "dispatched")
    for line in order.lines.filter(allocated__gt=0).order_by("product_id"):
        if line.product_id and order.warehouse_id:
            stock.take_out(line.product_id, order.warehouse_id, line.allocated)
    order.lines.update(allocated=0)
    order = history.move(order, Status.DISPATCHED, actor=actor, dispatched_at=timezone.now())
    consignments.follow(order, ConsignmentStatus.IN_TRANSIT_WAREHOUSE_DELIVERY, actor=actor)
    return order


@transaction.atomic
def cancel(*, order: Order, actor: Actor, reason: str = "") -> Order:
    """Cancel an order that is not packed yet, or a purchase order that is not received; give its stock back."""
    allowed = CANCELLABLE if order.direction == Direction.OUTBOUND else RECEIVABLE
    order = _locked(order, Direction(order.direction), allowed, "cancelled")
    give_back(order)
    order = history.move(order, Status.CANCELLED, actor=actor, reason=reason)
    consignments.follow(order, ConsignmentStatus.CANCELLED, actor=actor)
    return order


@transaction.atomic
def receive(*, order: Order, actor: Actor) -> Order:
    """Note that the goods of a purchase order have come."""
    order = _locked(order, Direction.INBOUND, RECEIVABLE, "received")
    return history.move(order, Status.RECEIVED, actor=actor, received_at=timezone.now())


@transaction.atomic
def verify(*, order: Order, actor: Actor) -> Order:
    """Note that what came is what was announced."""
    order = _locked(order, Direction.INBOUND, (Status.RECEIVED,), "verified")
    return history.move(order, Status.VERIFIED, actor=actor, verified_at=timezone.now())


@transaction.atomic
def allocate_inbound(*, order: Order, actor: Actor) -> Order:
    """Put verified goods on stock; lines that arrived damaged or not at all add nothing."""
    order = _locked(order, Direction.INBOUND, (Status.VERIFIED,), "allocated")
    if order.warehouse is None:
        raise Conflict("This order has no warehouse.")
    for line in order.lines.filter(state=LineState.OK).select_related("product").order_by("product_id"):
        if line.product:
            stock.put_in(line.product, order.warehouse, line.base_quantity)
    return history.move(order, Status.ALLOCATED, actor=actor)


def _locked(order: Order, direction: Direction, allowed: tuple[Status, ...], verb: str) -> Order:
    order = history.lock(order)
    if order.direction != direction or Status(order.status) not in allowed:
        raise Conflict(f"An order that is {order.get_status_display().lower()} can't be {verb}.")
    return order

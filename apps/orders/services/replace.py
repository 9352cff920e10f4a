"""Replacing an order by a whole new document, as long as nobody has begun to pack or receive it."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.audit.actors import Actor
from apps.core.problems import Conflict, Invalid, Problem, Stale
from apps.customers.models import Customer
from apps.customers.settings import ConsignmentGeneration
from apps.orders.drafts import OrderDraft
from apps.orders.models import Allocation, ConsignmentStatus, Direction, Order, Status
from apps.orders.reading import read_inbound, read_outbound
from apps.orders.services import consignments, create, history
from apps.orders.services.allocation import Outcome, decide
from apps.orders.services.removal import give_back
from apps.orders.types import NO_DEFAULTS, CreatedOrder, OrderDefaults, OrderInput, Scope

REPLACEABLE = {
    Direction.OUTBOUND: (
        Status.DRAFT,
        Status.AWAITING_STOCK,
        Status.AWAITING_PICK_AND_PACK,
        Status.REJECTED,
    ),
    Direction.INBOUND: (Status.DRAFT, Status.NOT_YET_RECEIVED, Status.REJECTED),
}


@transaction.atomic
def replace_order(
    *,
    order: Order,
    scope: Scope,
    payload: OrderInput,
    version: int,
    actor: Actor,
    defaults: OrderDefaults | None = None,
) -> CreatedOrder:
    """Give a sale order new content: its stock is given back, and what the new lines need is held.

    Id, number, customer and the way it is allocated stay. `version` is the one that the caller has read.
    """
    draft = read_outbound(payload, tenant=order.tenant, scope=scope, defaults=defaults or NO_DEFAULTS)
    order = _locked(order, draft, version)
    give_back(order)
    outcome = decide(draft, tenant=order.tenant, scope=scope, allocation=Allocation(order.allocation))
    _put(order, draft, outcome, actor)
    if outcome.rest:
        create.store_rest(order, draft, outcome, actor)
    _settle_consignments(order, actor)
    return CreatedOrder(order, outcome.errors)


@transaction.atomic
def replace_inbound_order(
    *, order: Order, scope: Scope, payload: OrderInput, version: int, actor: Actor
) -> CreatedOrder:
    """Give a purchase order new content."""
    draft = read_inbound(payload, tenant=order.tenant, scope=scope)
    order = _locked(order, draft, version)
    outcome = create.inbound_outcome(draft)
    _put(order, draft, outcome, actor)
    return CreatedOrder(order, outcome.errors)


def _locked(order: Order, draft: OrderDraft, version: int) -> Order:
    """The order as it is now, held, after everything that forbids replacing it has been looked at."""
    if draft.customer.pk != order.customer_id:
        raise Invalid.at("/customer", "An order stays with its customer.")
    # In the order in which creating locks, so that neither waits for the other for ever.
    if not Customer.objects.select_for_update(no_key=True).filter(pk=order.customer_id, is_active=True):
        raise Invalid.at("/customer", "This customer is inactive.")
    order = history.lock(order)
    if order.version != version:
        raise Stale(order.version)
    if order.status not in REPLACEABLE[Direction(order.direction)]:
        raise Conflict(f"An order that is {order.get_status_display().lower()} can't be replaced.")
    others = Order.objects.filter(customer_id=order.customer_id, direction=order.direction).exclude(
        pk=order.pk
    )
    if others.filter(reference=order.reference).exists():
        raise Conflict("This order was split in two, so it can't be replaced as a whole.")
    if taken := others.filter(reference=draft.reference).first():
        raise Invalid([_duplicate(taken)])
    return order


def _duplicate(taken: Order) -> Problem:
    message = "An order with this reference already exists."
    return Problem("/references/customer", message, "DUPLICATE", {"duplicateId": str(taken.pk)})


def _put(order: Order, draft: OrderDraft, outcome: Outcome, actor: Actor) -> None:
    before = order.status
    content: dict[str, Any] = {
        "version": order.version + 1,
        "modified": timezone.now(),
        "reference": draft.reference,
        "warehouse_requested": draft.warehouse_requested,
        "details": draft.details,
        "references": draft.references,
        "properties": draft.properties,
        "defaulted": draft.defaulted,
        "weight": draft.weight,
        "cubic": draft.cubic,
    }
    for name, value in content.items():
        setattr(order, name, value)
    order.lines.all().delete()
    create.fill(order, outcome)
    order.save()
    create.add_lines(order, outcome)
    history.note(order, actor=actor, before=before, reason="Replaced by the caller.")
    history.tell(order, "status-changed")


def _settle_consignments(order: Order, actor: Actor) -> None:
    """A consignment made at import says what the order says; one of an order that waits again is off."""
    if order.status != Status.AWAITING_PICK_AND_PACK:
        consignments.follow(order, ConsignmentStatus.CANCELLED, actor=actor)
    elif order.customer.order_settings.consignments is ConsignmentGeneration.AT_IMPORT:
        consignments.renew(order, ConsignmentStatus.AWAITING_SALE_ORDER_PACKING, actor=actor)

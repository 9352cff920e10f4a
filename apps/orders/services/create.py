"""Taking an order in: from a channel, another API client, or a person in the portal."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.audit.actors import Actor
from apps.core.problems import Invalid, Problem
from apps.customers.settings import ConsignmentGeneration
from apps.orders.drafts import LineDraft, OrderDraft
from apps.orders.models import Allocation, ConsignmentStatus, Direction, Order, OrderLine, Status
from apps.orders.reading import read_inbound, read_outbound
from apps.orders.services import consignments, history, removal
from apps.orders.services.allocation import Outcome, decide
from apps.orders.types import NO_DEFAULTS, CreatedOrder, OrderDefaults, OrderInput, Scope
from apps.tenants.models import Tenant


@transaction.atomic
def create_order(
    *,
    tenant: Tenant,
    scope: Scope,
    payload: OrderInput,
    actor: Actor,
    defaults: OrderDefaults | None = None,
    channel_client_id: UUID | None = None,
) -> CreatedOrder:
    """Store a sale order and hold its stock (partner_api §4.4).

    Structural faults raise `Invalid` and store nothing. An order that can't be filled is stored as REJECTED with its
    reasons, unless the customer's settings say otherwise.
    """
    defaults = defaults or NO_DEFAULTS
    draft = read_outbound(payload, tenant=tenant, scope=scope, defaults=defaults)
    number = history.next_number(draft.customer.pk)
    _make_room(draft, Direction.OUTBOUND, actor)
    outcome = decide(draft, tenant=tenant, scope=scope, allocation=defaults.allocation)
    order = _new_order(draft, tenant, Direction.OUTBOUND, number, actor, channel_client_id)
    order.allocation = defaults.allocation
    _store(order, outcome, actor)
    if outcome.rest:
        store_rest(order, draft, outcome, actor)
    if (
        order.status == Status.AWAITING_PICK_AND_PACK
        and draft.customer.order_settings.consignments is ConsignmentGeneration.AT_IMPORT
    ):
        consignments.generate(order, ConsignmentStatus.AWAITING_SALE_ORDER_PACKING, actor=actor)
    return CreatedOrder(order, outcome.errors)


@transaction.atomic
def create_inbound_order(
    *,
    tenant: Tenant,
    scope: Scope,
    payload: OrderInput,
    actor: Actor,
    channel_client_id: UUID | None = None,
) -> CreatedOrder:
    """Store a purchase order (partner_api §4.6); its stock counts once it is received, verified and allocated."""
    draft = read_inbound(payload, tenant=tenant, scope=scope)
    number = history.next_number(draft.customer.pk)
    _make_room(draft, Direction.INBOUND, actor)
    outcome = inbound_outcome(draft)
    order = _new_order(draft, tenant, Direction.INBOUND, number, actor, channel_client_id)
    _store(order, outcome, actor)
    return CreatedOrder(order, outcome.errors)


def inbound_outcome(draft: OrderDraft) -> Outcome:
    """How a purchase order starts: as it asks, unless a line has a fault."""
    errors = [line.error(line.fault) for line in draft.lines if line.fault]
    status = Status.REJECTED if errors else Status(draft.status)
    return Outcome(status, draft.lines, draft.warehouse, errors)


def store_rest(order: Order, draft: OrderDraft, outcome: Outcome, actor: Actor) -> None:
    """Store what was split off an order as a second one, which waits for stock."""
    number = history.next_number(draft.customer.pk)
    second = _new_order(draft, order.tenant, Direction.OUTBOUND, number, actor, order.channel_client_id)
    second.part = 2
    second.allocation = order.allocation
    _store(second, Outcome(Status.AWAITING_STOCK, outcome.rest, outcome.warehouse), actor)


def _make_room(draft: OrderDraft, direction: Direction, actor: Actor) -> None:
    """Refuse a reference that an order has already, unless the customer's settings let this one replace it."""
    existing = list(
        Order.objects.filter(customer=draft.customer, direction=direction, reference=draft.reference)
        .order_by("part")
        .select_for_update(of=("self",))
    )
    replaceable = draft.customer.order_settings.override_statuses
    if blocking := next((order for order in existing if order.status not in replaceable), None):
        raise Invalid(
            [
                Problem(
                    "/references/customer",
                    "An order with this reference already exists.",
                    "DUPLICATE",
                    {"duplicateId": str(blocking.pk)},
                )
            ]
        )
    for order in existing:
        removal.erase(order, actor=actor)


def _new_order(
    draft: OrderDraft,
    tenant: Tenant,
    direction: Direction,
    number: str,
    actor: Actor,
    channel_client_id: UUID | None,
) -> Order:
    now: datetime = timezone.now()
    return Order(
        created=now,
        modified=now,
        tenant=tenant,
        customer=draft.customer,
        warehouse_requested=draft.warehouse_requested,
        direction=direction,
        reference=draft.reference,
        numeric_id=number,
        details=draft.details,
        references=draft.references,
        properties=draft.properties,
        defaulted=draft.defaulted,
        weight=draft.weight,
        cubic=draft.cubic,
        allocation=Allocation.STANDARD,
        channel_client_id=channel_client_id,
        source=actor.name,
    )


def fill(order: Order, outcome: Outcome) -> None:
    """Set what the outcome says about the order itself."""
    order.status = outcome.status
    order.warehouse = outcome.warehouse
    order.errors = outcome.errors
    order.allocation_note = outcome.note[:300]


def add_lines(order: Order, outcome: Outcome) -> None:
    """Store the lines of an order that has none yet."""
    OrderLine.objects.bulk_create(
        _new_line(order, position, line) for position, line in enumerate(outcome.lines, start=1)
    )


def _store(order: Order, outcome: Outcome, actor: Actor) -> None:
    fill(order, outcome)
    order.save(force_insert=True)
    add_lines(order, outcome)
    reason = outcome.note or "; ".join(error["message"] for error in outcome.errors)
    history.note(order, actor=actor, reason=reason[:300])
    history.tell(order, "created")


def _new_line(order: Order, position: int, line: LineDraft) -> OrderLine:
    return OrderLine(
        order=order,
        position=position,
        product=line.product,
        product_sent=line.sent,
        unit=line.unit.code if line.unit else line.unit_sent,
        unit_name=line.unit.name if line.unit else "",
        quantity=line.quantity,
        base_quantity=line.base_quantity,
        allocated=line.allocated,
        state=line.state,
        unit_price=line.unit_price,
        properties=line.properties,
    )

"""Consignments: those that callers make themselves, and the way of all of them from pickup to delivery."""

from typing import Any, NoReturn

from django.db import transaction
from django.utils import timezone

from apps.audit.actors import Actor
from apps.core.problems import Conflict, Invalid, Problem, Stale
from apps.customers.scope import Scope
from apps.orders.models import Consignment, ConsignmentStatus, ConsignmentType, Status
from apps.orders.services import history
from apps.orders.transport import read_consignment
from apps.tenants.models import Tenant

FINISHED = (
    ConsignmentStatus.CANCELLED,
    ConsignmentStatus.DELIVERED,
    ConsignmentStatus.POINT_TO_POINT_DELIVERED,
)
_S = ConsignmentStatus
# The usual way of each kind of job first, which is the one that a simulation takes.
NEXT: dict[ConsignmentStatus, tuple[ConsignmentStatus, ...]] = {
    _S.DRAFT: (_S.AWAITING_PICKUP,),
    _S.AWAITING_PICKUP: (_S.IN_TRANSIT_PICKUP_WAREHOUSE, _S.IN_TRANSIT_PICK_DELIVERY),
    _S.AWAITING_POINT_TO_POINT_PICKUP: (_S.IN_TRANSIT_PICK_DELIVERY,),
    _S.AWAITING_DROPOFF: (_S.IN_WAREHOUSE,),
    _S.AWAITING_SALE_ORDER_PACKING: (_S.IN_WAREHOUSE,),
    _S.IN_TRANSIT_PICKUP_WAREHOUSE: (_S.IN_WAREHOUSE,),
    _S.IN_WAREHOUSE: (_S.IN_TRANSIT_WAREHOUSE_DELIVERY, _S.WITH_ON_FORWARDER, _S.COLLECTED),
    _S.IN_TRANSIT_WAREHOUSE_DELIVERY: (_S.DELIVERED,),
    _S.IN_TRANSIT_PICK_DELIVERY: (_S.DELIVERED,),
    _S.WITH_ON_FORWARDER: (_S.DELIVERED,),
    _S.COLLECTED: (_S.DELIVERED,),
}
_CONTENT = ("type", "reference", "tracking", "references", "details", "measures", "properties", "items")


@transaction.atomic
def create_consignment(*, tenant: Tenant, scope: Scope, payload: Any, actor: Actor) -> Consignment:
    """Store the transport job that a document describes; its status is the caller's, if one is sent."""
    found = read_consignment(payload, tenant=tenant, scope=scope)
    found.numeric_id = history.next_number(found.customer.pk)
    _refuse_duplicate(found)
    found.created = found.modified = timezone.now()
    found.save(force_insert=True)
    history.tell_of_consignment(found, "created", actor=actor)
    return found


@transaction.atomic
def update_consignment(
    *, consignment: Consignment, scope: Scope, payload: Any, version: int, actor: Actor
) -> Consignment:
    """Give a transport job new content. Its customer and its status stay: only CANCELLED can be asked for."""
    found = read_consignment(payload, tenant=consignment.tenant, scope=scope)
    if found.customer.pk != consignment.customer_id:
        raise Invalid.at("/customer", "A consignment stays with its customer.")
    held = _locked(consignment, version)
    found.pk, found.order_id = held.pk, held.order_id
    if held.order_id is None:
        _refuse_duplicate(found)
    for name in _CONTENT:
        setattr(held, name, getattr(found, name))
    held.warehouse = found.warehouse
    return _changed(held, held.status, actor)


@transaction.atomic
def cancel_consignment(*, consignment: Consignment, version: int, actor: Actor) -> Consignment:
    """Call a transport job off."""
    held = _locked(consignment, version)
    before, held.status = held.status, ConsignmentStatus.CANCELLED
    return _changed(held, before, actor)


@transaction.atomic
def move_consignment(*, consignment: Consignment, to: str, version: int, actor: Actor) -> Consignment:
    """Take a transport job one step further, to one of `next_steps`."""
    held = _locked(consignment, version)
    if to not in next_steps(held):
        raise Conflict(f"A consignment that is {held.get_status_display().lower()} can't go there next.")
    before, held.status = held.status, to
    return _changed(held, before, actor)


def next_steps(consignment: Consignment) -> tuple[ConsignmentStatus, ...]:
    """Where a transport job can go from here; one whose sale order is not dispatched moves with its order."""
    order = consignment.order
    if order is not None and order.status != Status.DISPATCHED:
        return ()
    status = ConsignmentStatus(consignment.status)
    if (
        status is ConsignmentStatus.IN_TRANSIT_PICK_DELIVERY
        and consignment.type == ConsignmentType.POINT_TO_POINT
    ):
        return (ConsignmentStatus.POINT_TO_POINT_DELIVERED,)
    return NEXT.get(status, ())


def quote(*, tenant: Tenant, scope: Scope, payload: Any) -> NoReturn:
    """Say what a transport job would cost: no rate card is kept here, so nothing matches, which is an `Invalid`."""
    read_consignment(payload, tenant=tenant, scope=scope, quote=True)
    raise Invalid([Problem("", "No rate matches this consignment.")])


def _locked(consignment: Consignment, version: int) -> Consignment:
    rows = Consignment.objects.select_for_update(of=("self",)).select_related(
        "tenant", "customer", "warehouse", "order"
    )
    held = rows.filter(pk=consignment.pk).first()
    if held is None:
        raise Conflict("This consignment was deleted meanwhile.")
    if held.version != version:
        raise Stale(held.version)
    if held.status in FINISHED:
        raise Conflict(f"A consignment that is {held.get_status_display().lower()} can't be changed.")
    return held


def _changed(consignment: Consignment, before: str, actor: Actor) -> Consignment:
    consignment.version += 1
    consignment.modified = timezone.now()
    consignment.save()
    history.tell_of_consignment(consignment, "status-changed", actor=actor, before=before)
    if before != consignment.status:
        history.audit_consignment(consignment, actor=actor, before=before)
    return consignment


def _refuse_duplicate(found: Consignment) -> None:
    """A caller's reference names one open job of its customer; what orders make bears the order's reference."""
    rows = Consignment.objects.filter(customer=found.customer, reference=found.reference, order=None)
    rows = rows.exclude(pk=found.pk).exclude(status=ConsignmentStatus.CANCELLED)
    if taken := rows.first():
        message = "A consignment with this reference already exists."
        details = {"duplicateId": str(taken.pk)}
        raise Invalid([Problem("/references/customer", message, "DUPLICATE", details)])

"""Consignments that sale orders make, and how they follow their order."""

from typing import Any

from django.utils import timezone

from apps.audit.actors import Actor
from apps.orders.models import Consignment, ConsignmentStatus, ConsignmentType, Order
from apps.orders.services import history


def generate(order: Order, status: ConsignmentStatus, *, actor: Actor) -> Consignment:
    """Make the transport job of a sale order."""
    now = timezone.now()
    consignment = Consignment.objects.create(
        created=now,
        modified=now,
        tenant=order.tenant,
        customer=order.customer,
        order=order,
        status=status,
        type=ConsignmentType.DELIVERY,
        numeric_id=order.numeric_id if order.part == 1 else f"{order.numeric_id}{order.part}",
        **_content(order),
    )
    history.tell_of_consignment(consignment, "created", actor=actor)
    return consignment


def renew(order: Order, status: ConsignmentStatus, *, actor: Actor) -> None:
    """Give the consignments of an order the content that the order has now; make one where there is none."""
    rows = list(order.consignments.select_related("tenant", "customer", "warehouse"))
    if not rows:
        generate(order, status, actor=actor)
    for consignment in rows:
        for name, value in _content(order).items():
            setattr(consignment, name, value)
        before, consignment.status = consignment.status, status
        consignment.version += 1
        consignment.modified = timezone.now()
        consignment.save()
        history.tell_of_consignment(consignment, "status-changed", actor=actor, before=before)


def _content(order: Order) -> dict[str, Any]:
    deliver = order.details.get("deliver", {})
    return {
        "warehouse": order.warehouse,
        "reference": order.reference,
        "details": {"deliver": deliver} if deliver else {},
        "measures": {
            name: value for name in ("weight", "cubic") if (value := getattr(order, name)) is not None
        },
    }


def follow(order: Order, status: ConsignmentStatus, *, actor: Actor) -> None:
    """Move the consignments of an order along with it."""
    open_ones = order.consignments.exclude(status=ConsignmentStatus.CANCELLED)
    for consignment in open_ones.select_related("tenant", "customer", "warehouse"):
        before, consignment.status = consignment.status, status
        consignment.version += 1
        consignment.modified = timezone.now()
        consignment.save(update_fields=["status", "version", "modified"])
        history.tell_of_consignment(consignment, "status-changed", actor=actor, before=before)

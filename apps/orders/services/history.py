"""What every change of an order leaves behind: a version, a line of history, an event, and an audit row for people."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from apps.audit.actors import Actor
from apps.audit.services import record
from apps.core.problems import Conflict, Invalid
from apps.customers.models import Customer
from apps.orders import wire
from apps.orders.models import Consignment, ConsignmentChange, Order, Status, StatusChange
from apps.webhooks.services import emit


def next_number(customer_id: UUID) -> str:
    """The customer's next order number.

    Counting locks the customer's row until the transaction ends: orders of one customer come in one at a time, and
    deactivating the customer waits for those on their way in. An inactive customer takes none.
    """
    rows = Customer.objects.filter(pk=customer_id, is_active=True)
    if not rows.update(last_number=F("last_number") + 1):
        raise Invalid.at("/customer", "This customer is inactive.")
    return str(Customer.objects.values_list("last_number", flat=True).get(pk=customer_id))


def lock(order: Order) -> Order:
    """The order as it is now, held until the transaction ends; raises `Conflict` if somebody deleted it."""
    try:
        return (
            Order.objects.select_for_update(of=("self",))
            .select_related("tenant", "customer", "warehouse")
            .get(pk=order.pk)
        )
    except Order.DoesNotExist:
        raise Conflict("This order was deleted meanwhile.") from None


def note(
    order: Order, *, actor: Actor, before: str = "", reason: str = "", at: datetime | None = None
) -> None:
    """Add a line to the order's history, and to the audit record if a person did it.

    What machines do has this history of its own, so that API traffic does not queue for the audit chain.
    """
    StatusChange.objects.create(
        order=order,
        at=at or order.modified,
        version=order.version,
        before=before,
        after=order.status,
        reason=reason,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_name=actor.name,
    )
    audit(order, actor=actor, before=before)


def audit(order: Order, *, actor: Actor, before: str = "", verb: str = "") -> None:
    """Write the audit row of a person's change."""
    if actor.kind in ("person", "staff"):
        record(
            f"order.{verb or ('moved' if before else 'created')}",
            actor=actor,
            tenant_id=order.tenant_id,
            target=order,
            before={"status": before} if before else None,
            after={"status": order.status} if not verb else None,
        )


def move(order: Order, to: Status, *, actor: Actor, reason: str = "", **moments: Any) -> Order:
    """Put a locked order into another status and tell of it."""
    before, order.status = order.status, to
    order.version += 1
    order.modified = timezone.now()
    for name, value in moments.items():
        setattr(order, name, value)
    order.save(update_fields=["status", "version", "modified", *moments])
    note(order, actor=actor, before=before, reason=reason)
    tell(order, "status-changed")
    return order


def tell(order: Order, verb: str) -> None:
    """Write the event to the outbox, with the order as GET returns it now."""
    emit(
        tenant_id=order.tenant_id,
        event=f"{order.entity_type}.{verb}",
        entity_type=order.entity_type,
        entity_id=order.pk,
        sequence=order.version,
        customer_id=order.customer_id,
        channel_client_id=order.channel_client_id,
        reference=order.reference,
        body=wire.order_json(order),
    )


def tell_of_consignment(
    consignment: Consignment, verb: str, *, actor: Actor, before: str = "", reason: str = ""
) -> None:
    """Write a consignment's event to the outbox and, where its status is new, a line to its history."""
    if consignment.status != before:
        ConsignmentChange.objects.create(
            consignment=consignment,
            at=consignment.modified,
            version=consignment.version,
            before=before,
            after=consignment.status,
            reason=reason,
            actor_kind=actor.kind,
            actor_id=actor.id,
            actor_name=actor.name,
        )
    emit(
        tenant_id=consignment.tenant_id,
        event=f"consignment.{verb}",
        entity_type="consignment",
        entity_id=consignment.pk,
        sequence=consignment.version,
        customer_id=consignment.customer_id,
        channel_client_id=None,
        reference=consignment.reference,
        body=wire.consignment_json(consignment),
    )


def audit_consignment(consignment: Consignment, *, actor: Actor, before: str) -> None:
    """Write the audit row of a person's step; one that follows its order has the order's."""
    if actor.kind in ("person", "staff"):
        record(
            "consignment.moved",
            actor=actor,
            tenant_id=consignment.tenant_id,
            target=consignment,
            before={"status": before},
            after={"status": consignment.status},
        )

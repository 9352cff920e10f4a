"""Deleting orders, one by a caller or all of a sandbox customer when it goes live."""

from dataclasses import dataclass

from django.db import transaction

from apps.audit.actors import Actor
from apps.core.problems import Invalid
from apps.customers.models import Customer
from apps.orders.models import Consignment, Order
from apps.orders.services import history, stock


@transaction.atomic
def delete(*, order: Order, actor: Actor) -> None:
    """Delete an order if the customer's settings allow it in its status; give its stock back."""
    order = history.lock(order)
    if order.status not in order.customer.order_settings.delete_statuses:
        raise Invalid.at("/status", f"An order that is {order.status} can't be deleted.")
    history.audit(order, actor=actor, verb="deleted")
    erase(order, actor=actor)


def erase(order: Order, *, actor: Actor) -> None:
    """Remove an order and what it holds, inside the caller's transaction."""
    order.version += 1
    history.tell(order, "deleted")
    give_back(order)
    order.delete()


def give_back(order: Order) -> None:
    """Release the stock that an order's lines hold, in one order of products for everybody."""
    if not order.is_outbound or order.warehouse_id is None:
        return
    for line in order.lines.filter(allocated__gt=0).order_by("product_id"):
        if line.product_id:
            stock.release(line.product_id, order.warehouse_id, line.allocated)
    order.lines.update(allocated=0)


@dataclass(frozen=True, slots=True)
class Removed:
    """How much went."""

    orders: int
    consignments: int


@transaction.atomic
def remove_sandbox_orders(*, customer: Customer, actor: Actor) -> Removed:
    """Delete all orders and consignments of a sandbox customer; a live customer's can't be deleted this way."""
    customer = Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
    if not customer.is_sandbox:
        raise Invalid.at("", "Only the orders of a sandbox customer can be deleted all at once.")
    # Locked, so that an order that is dispatched or cancelled just now gives its stock back once.
    rows = Order.objects.select_for_update(of=("self",)).filter(customer=customer).order_by("id")
    orders = list(rows.select_related("tenant", "customer", "warehouse"))
    _, deleted = Consignment.objects.filter(customer=customer).delete()
    for order in orders:
        erase(order, actor=actor)
    return Removed(len(orders), deleted.get(Consignment._meta.label, 0))

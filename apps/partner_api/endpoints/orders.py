"""What the endpoints of sale orders and of purchase orders have in common. It declares none itself."""

from functools import partial
from uuid import UUID

from apps.orders import selectors, services, wire
from apps.orders.models import Direction, Order
from apps.orders.one import one_order, page_of_orders
from apps.partner_api.answers import Answer, not_found
from apps.partner_api.calls import ApiCall
from apps.partner_api.searching import searched

RESOURCES = {Direction.OUTBOUND: "outbound-orders", Direction.INBOUND: "inbound-orders"}


def fetch_order(call: ApiCall, order_id: UUID, direction: Direction) -> Order:
    """The order, if it is within the caller's reach; noted as what the call is about."""
    order = one_order(call.tenant, direction, call.scope, order_id)
    if order is None:
        raise not_found()
    call.names_customer(order.customer_id, order.customer.kind)
    return order


def answer_order(call: ApiCall, order_id: UUID, direction: Direction) -> Answer:
    """One order, without its items if the caller prefers that. One out of reach is not there."""
    order = fetch_order(call, order_id, direction)
    if call.prefers("no-items"):
        headers = {"Preference-Applied": "return=no-items"}
        return Answer(wire.order_json(order, items=False), headers=headers)
    return Answer(wire.order_json(order))


def answer_stored(made: services.CreatedOrder, status: int) -> Answer:
    """An order as it was stored: 228 where it is REJECTED, with its reasons in `details.errors`."""
    return Answer(wire.order_json(made.order), status=228 if made.rejected else status)


def search_orders(call: ApiCall, direction: Direction) -> Answer:
    """The orders that the body's conditions leave."""
    rows = selectors.orders(call.tenant, direction, call.scope)
    return searched(call, RESOURCES[direction], rows, wire.order_json, partial(page_of_orders, call.tenant))


def delete_order(call: ApiCall, order_id: UUID, direction: Direction) -> Answer:
    """Delete an order, if the customer's settings allow it in its status."""
    services.delete(order=fetch_order(call, order_id, direction), actor=call.actor)
    return Answer(status=204)


def channel_of(call: ApiCall) -> UUID | None:
    """The channel that makes an order, if the caller is one."""
    return call.who.client_id if call.who.kind == "channel" else None

"""Inbound orders, also called purchase orders (#25 to #29)."""

from uuid import UUID

from apps.clients.roles import Permission
from apps.orders import services
from apps.orders.models import Direction
from apps.partner_api import samples
from apps.partner_api.answers import Answer
from apps.partner_api.calls import ApiCall
from apps.partner_api.declare import PAGE, SIZE, endpoint
from apps.partner_api.endpoints.orders import (
    answer_order,
    answer_stored,
    channel_of,
    delete_order,
    fetch_order,
    search_orders,
)
from apps.partner_api.schemas import OrderOut
from apps.partner_api.searching import search_body

_NEEDS = Permission.INBOUND_ORDERS


@endpoint(
    "POST",
    "/inbound-orders",
    name="inbound-orders.create",
    summary="Create an inbound order",
    needs=_NEEDS,
    body=samples.INBOUND_BODY,
    returns={201: OrderOut, 228: OrderOut},
)
def create(call: ApiCall) -> Answer:
    """201, or 228 where the order is stored as REJECTED with its reasons in `details.errors`."""
    made = services.create_inbound_order(
        tenant=call.tenant,
        scope=call.scope,
        payload=call.body,
        actor=call.actor,
        channel_client_id=channel_of(call),
    )
    call.names_customer(made.order.customer_id, made.order.customer.kind)
    return answer_stored(made, 201)


@endpoint(
    "GET",
    "/inbound-orders/{orderId}",
    name="inbound-orders.get",
    summary="One inbound order",
    needs=_NEEDS,
    prefer=("no-items",),
    returns={200: OrderOut},
)
def get(call: ApiCall, order_id: UUID) -> Answer:
    """An order out of reach is not there."""
    return answer_order(call, order_id, Direction.INBOUND)


@endpoint(
    "POST",
    "/inbound-orders/search",
    name="inbound-orders.search",
    summary="Search inbound orders",
    needs=_NEEDS,
    body=search_body("/references/customer", "PO-88"),
    query=(PAGE, SIZE),
    paged=True,
    prefer=("minimal",),
    returns={200: list[OrderOut]},
)
def search(call: ApiCall) -> Answer:
    """Conditions as in the search grammar; the answer is an array."""
    return search_orders(call, Direction.INBOUND)


@endpoint(
    "PUT",
    "/inbound-orders/{orderId}",
    name="inbound-orders.put",
    summary="Replace an inbound order that has not been received",
    needs=Permission.INBOUND_UPDATE,
    body=samples.INBOUND_BODY,
    versioned=True,
    returns={200: OrderOut, 228: OrderOut},
)
def put(call: ApiCall, order_id: UUID) -> Answer:
    """The whole order as on create, with `If-Match: {version}`; 409 once it is received, 228 if it is REJECTED."""
    made = services.replace_inbound_order(
        order=fetch_order(call, order_id, Direction.INBOUND),
        scope=call.scope,
        payload=call.body,
        version=call.if_match(),
        actor=call.actor,
    )
    return answer_stored(made, 200)


@endpoint(
    "DELETE",
    "/inbound-orders/{orderId}",
    name="inbound-orders.delete",
    summary="Delete an inbound order",
    needs=_NEEDS,
    returns={204: None},
)
def delete(call: ApiCall, order_id: UUID) -> Answer:
    """Which statuses allow it, the customer's settings say."""
    return delete_order(call, order_id, Direction.INBOUND)

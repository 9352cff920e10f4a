"""Outbound orders, also called sale orders (#7 to #10, and our own list and cancel)."""

from datetime import date, datetime, timedelta
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import timezone

from apps.clients.models import Channel, Configuration
from apps.clients.roles import Permission
from apps.core.weeks import day_start
from apps.customers.settings import ConsignmentGeneration
from apps.orders import selectors, services, wire
from apps.orders.models import Allocation, Direction, Order
from apps.orders.one import page_of_orders
from apps.partner_api import samples
from apps.partner_api.answers import Answer, ApiError, Problem, bad_request
from apps.partner_api.calls import ApiCall
from apps.partner_api.declare import DATE, PAGE, SIZE, Query, endpoint
from apps.partner_api.endpoints.orders import (
    answer_order,
    answer_stored,
    channel_of,
    delete_order,
    fetch_order,
    search_orders,
)
from apps.partner_api.paging import paged
from apps.partner_api.schemas import OrderOut
from apps.partner_api.searching import search_body

DAYS = 60
_NEEDS = Permission.OUTBOUND_ORDERS


@endpoint(
    "POST",
    "/outbound-orders",
    name="outbound-orders.create",
    summary="Create an outbound order",
    needs=_NEEDS,
    body=samples.OUTBOUND_BODY,
    limited=True,
    returns={201: OrderOut, 228: OrderOut},
)
def create(call: ApiCall) -> Answer:
    """201, or 228 where the order is stored as REJECTED with its reasons in `details.errors`."""
    made = services.create_order(
        tenant=call.tenant,
        scope=call.scope,
        payload=call.body,
        actor=call.actor,
        defaults=_channel_defaults(call),
        channel_client_id=channel_of(call),
    )
    call.names_customer(made.order.customer_id, made.order.customer.kind)
    _require_transport(call, made.order)
    return answer_stored(made, 201)


@endpoint(
    "GET",
    "/outbound-orders",
    name="outbound-orders.list",
    summary=f"The outbound orders of the past {DAYS} days",
    needs=_NEEDS,
    paged=True,
    prefer=("minimal",),
    addition=True,
    returns={200: list[OrderOut]},
    query=(
        Query("from", f"First day, in the tenant's zone; no earlier than {DAYS} days ago.", DATE),
        Query("to", "Last day, in the tenant's zone.", DATE),
        Query(
            "status",
            "Only orders of this status.",
            {"enum": [*samples.OUTBOUND_STATUSES, ""]},
        ),
        PAGE,
        SIZE,
    ),
)
def list_recent(call: ApiCall) -> Answer:
    """For clients that know bearer tokens only and want what is new."""
    start, end = _window(call)
    rows = selectors.orders(call.tenant, Direction.OUTBOUND, call.scope)
    rows = rows.filter(created__gte=start, created__lt=end)
    if status := call.query("status"):
        if status not in samples.OUTBOUND_STATUSES:
            raise bad_request(f"The query parameter status is one of {', '.join(samples.OUTBOUND_STATUSES)}.")
        rows = rows.filter(status=status)
    return paged(call, rows, wire.order_json, read=partial(page_of_orders, call.tenant))


@endpoint(
    "GET",
    "/outbound-orders/{orderId}",
    name="outbound-orders.get",
    summary="One outbound order",
    needs=_NEEDS,
    prefer=("no-items",),
    returns={200: OrderOut},
)
def get(call: ApiCall, order_id: UUID) -> Answer:
    """An order out of reach is not there."""
    return answer_order(call, order_id, Direction.OUTBOUND)


@endpoint(
    "POST",
    "/outbound-orders/search",
    name="outbound-orders.search",
    summary="Search outbound orders",
    needs=_NEEDS,
    body=search_body("/references/customer", "SO-771"),
    query=(PAGE, SIZE),
    paged=True,
    prefer=("minimal",),
    returns={200: list[OrderOut]},
)
def search(call: ApiCall) -> Answer:
    """Conditions as in the search grammar; the answer is an array."""
    return search_orders(call, Direction.OUTBOUND)


@endpoint(
    "PUT",
    "/outbound-orders/{orderId}",
    name="outbound-orders.put",
    summary="Replace an outbound order that nobody has begun to pack",
    needs=Permission.OUTBOUND_UPDATE,
    body=samples.OUTBOUND_BODY,
    versioned=True,
    returns={200: OrderOut, 228: OrderOut},
)
def put(call: ApiCall, order_id: UUID) -> Answer:
    """The whole order as on create, with `If-Match: {version}`; 409 once packing has begun, 228 if it is REJECTED."""
    made = services.replace_order(
        order=fetch_order(call, order_id, Direction.OUTBOUND),
        scope=call.scope,
        payload=call.body,
        version=call.if_match(),
        actor=call.actor,
        defaults=_channel_defaults(call),
    )
    _require_transport(call, made.order)
    return answer_stored(made, 200)


@endpoint(
    "DELETE",
    "/outbound-orders/{orderId}",
    name="outbound-orders.delete",
    summary="Delete an outbound order",
    needs=_NEEDS,
    returns={204: None},
)
def delete(call: ApiCall, order_id: UUID) -> Answer:
    """Which statuses allow it, the customer's settings say."""
    return delete_order(call, order_id, Direction.OUTBOUND)


@endpoint(
    "POST",
    "/outbound-orders/{orderId}/cancel",
    name="outbound-orders.cancel",
    summary="Cancel an outbound order that is not packed yet",
    needs=_NEEDS,
    addition=True,
    returns={200: OrderOut},
)
def cancel(call: ApiCall, order_id: UUID) -> Answer:
    """409 from PACKED on."""
    order = services.cancel(order=fetch_order(call, order_id, Direction.OUTBOUND), actor=call.actor)
    return Answer(wire.order_json(order))


def _channel_defaults(call: ApiCall) -> services.OrderDefaults | None:
    if call.who.kind != "channel":
        return None
    channel = Channel.objects.get(pk=call.who.client_id)
    smart = channel.configuration == Configuration.SMART
    return services.OrderDefaults(
        allocation=Allocation.SMART if smart else Allocation.MANUAL,
        weight=channel.threshold_weight,
        cubic=channel.threshold_volume,
    )


def _require_transport(call: ApiCall, order: Order) -> None:
    """A customer whose orders make consignments at import needs a client that may make consignments."""
    at_import = order.customer.order_settings.consignments == ConsignmentGeneration.AT_IMPORT
    if not at_import or "ORDER_API_ACCESS" in call.who.roles:
        return
    if Permission.CONSIGNMENTS_EDIT not in call.who.permissions:
        raise ApiError(
            403,
            "Orders of this customer make consignments: the client needs the role TMS Create Jobs too.",
            reason="missing_role",
        )


def _window(call: ApiCall) -> tuple[datetime, datetime]:
    zone = ZoneInfo(call.who.tenant_zone)
    today = timezone.now().astimezone(zone).date()
    earliest = today - timedelta(days=DAYS)
    first = _day(call, "from") or earliest
    last = min(_day(call, "to") or today, today)
    if first < earliest:
        message = f"Orders of the past {DAYS} days are served: from is {earliest.isoformat()} or later."
        raise ApiError(422, [Problem(message, field="/from")], reason="invalid")
    if first > last:
        # Nothing lies in between, which is an answer and not an error.
        return timezone.now(), timezone.now() - timedelta(days=1)
    return day_start(first, zone), day_start(last + timedelta(days=1), zone)


def _day(call: ApiCall, name: str) -> date | None:
    text = call.query(name)
    if not text:
        return None
    try:
        if len(text) != 10 or not text.isascii():
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise bad_request(f"The query parameter {name} is a date as YYYY-MM-DD.") from None

"""Consignments, the transport jobs (#30 to #34)."""

from uuid import UUID

from apps.clients.roles import Permission
from apps.orders import selectors, services, wire
from apps.orders.models import Consignment, ConsignmentStatus
from apps.partner_api import samples
from apps.partner_api.answers import Answer, not_found
from apps.partner_api.calls import ApiCall
from apps.partner_api.declare import PAGE, SIZE, endpoint
from apps.partner_api.schemas import ConsignmentOut, QuoteOut
from apps.partner_api.searching import search_body, searched

_NEEDS = Permission.CONSIGNMENTS_VIEW


@endpoint(
    "POST",
    "/consignments/search",
    name="consignments.search",
    summary="Search consignments",
    needs=_NEEDS,
    body=search_body("/references/customer", "CN-31"),
    query=(PAGE, SIZE),
    paged=True,
    prefer=("minimal",),
    returns={200: list[ConsignmentOut]},
)
def search(call: ApiCall) -> Answer:
    """Conditions as in the search grammar; the answer is an array."""
    rows = selectors.consignments(call.tenant, call.scope)
    return searched(call, "consignments", rows, wire.consignment_json)


@endpoint(
    "GET",
    "/consignments/{consignmentId}",
    name="consignments.get",
    summary="One consignment",
    needs=_NEEDS,
    prefer=("no-items",),
    returns={200: ConsignmentOut},
)
def get(call: ApiCall, consignment_id: UUID) -> Answer:
    """A consignment out of reach is not there."""
    consignment = _fetch(call, consignment_id)
    if call.prefers("no-items"):
        headers = {"Preference-Applied": "return=no-items"}
        return Answer(wire.consignment_json(consignment, items=False), headers=headers)
    return Answer(wire.consignment_json(consignment))


@endpoint(
    "POST",
    "/consignments",
    name="consignments.create",
    summary="Create a consignment",
    needs=Permission.CONSIGNMENTS_EDIT,
    body=samples.CONSIGNMENT_BODY,
    returns={201: ConsignmentOut},
)
def create(call: ApiCall) -> Answer:
    """The status is the caller's, AWAITING_PICKUP without one."""
    made = services.create_consignment(
        tenant=call.tenant, scope=call.scope, payload=call.body, actor=call.actor
    )
    call.names_customer(made.customer_id, made.customer.kind)
    return Answer(wire.consignment_json(made), status=201)


@endpoint(
    "PUT",
    "/consignments/{consignmentId}",
    name="consignments.put",
    summary="Replace or cancel a consignment",
    needs=Permission.CONSIGNMENTS_EDIT,
    body=samples.CONSIGNMENT_UPDATE_BODY,
    versioned=True,
    returns={200: ConsignmentOut},
)
def put(call: ApiCall, consignment_id: UUID) -> Answer:
    """The whole consignment with `If-Match: {version}`. `status: CANCELLED` cancels it, whatever else is sent."""
    consignment, version = _fetch(call, consignment_id), call.if_match()
    if isinstance(call.body, dict) and call.body.get("status") == ConsignmentStatus.CANCELLED:
        changed = services.cancel_consignment(consignment=consignment, version=version, actor=call.actor)
    else:
        changed = services.update_consignment(
            consignment=consignment, scope=call.scope, payload=call.body, version=version, actor=call.actor
        )
    return Answer(wire.consignment_json(changed))


@endpoint(
    "POST",
    "/consignments/quote",
    name="consignments.quote",
    summary="What a consignment would cost",
    needs=Permission.CONSIGNMENTS_EDIT,
    body=samples.QUOTE_BODY,
    returns={200: QuoteOut},
)
def quote(call: ApiCall) -> Answer:
    """Gatepass keeps no rate cards, so a valid consignment is answered with 422: no rate matches."""
    return services.quote(tenant=call.tenant, scope=call.scope, payload=call.body)


def _fetch(call: ApiCall, consignment_id: UUID) -> Consignment:
    rows = selectors.consignments(call.tenant, call.scope)
    consignment: Consignment | None = rows.filter(pk=consignment_id).first()
    if consignment is None:
        raise not_found()
    call.names_customer(consignment.customer_id, consignment.customer.kind)
    return consignment

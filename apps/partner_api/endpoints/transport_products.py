"""Transport products (#35 and #36): what consignments carry, apart from what lies in a warehouse."""

from uuid import UUID

from apps.clients.roles import Permission
from apps.orders import selectors, services, wire
from apps.orders.models import TransportProduct
from apps.partner_api import samples
from apps.partner_api.answers import Answer, not_found
from apps.partner_api.calls import ApiCall
from apps.partner_api.declare import PAGE, SIZE, endpoint
from apps.partner_api.paging import paged
from apps.partner_api.schemas import TransportProductOut

_VIEW = Permission.TRANSPORT_PRODUCTS_VIEW
_EDIT = Permission.TRANSPORT_PRODUCTS_EDIT


@endpoint(
    "GET",
    "/products",
    name="products.list",
    summary="List transport products",
    needs=_VIEW,
    query=(PAGE, SIZE),
    paged=True,
    prefer=("minimal",),
    returns={200: list[TransportProductOut]},
)
def list_products(call: ApiCall) -> Answer:
    """Read without page parameters, the list is complete up to 1,000 products."""
    rows = selectors.transport_products(call.tenant, call.scope)
    return paged(call, rows, wire.transport_product_json, whole=True)


@endpoint(
    "GET",
    "/products/{productId}",
    name="products.get",
    summary="One transport product",
    needs=_VIEW,
    returns={200: TransportProductOut},
)
def get(call: ApiCall, product_id: UUID) -> Answer:
    """A product of a customer out of reach is not there."""
    return Answer(wire.transport_product_json(_fetch(call, product_id)))


@endpoint(
    "POST",
    "/products",
    name="products.create",
    summary="Create a transport product",
    needs=_EDIT,
    body=samples.TRANSPORT_PRODUCT_BODY,
    returns={201: TransportProductOut},
)
def create(call: ApiCall) -> Answer:
    """A code that the customer has already is 422 with the type DUPLICATE."""
    product = services.create_transport_product(
        tenant=call.tenant, scope=call.scope, payload=call.body, actor=call.actor
    )
    call.names_customer(product.customer_id, product.customer.kind)
    return Answer(wire.transport_product_json(product), status=201)


@endpoint(
    "PUT",
    "/products/{productId}",
    name="products.put",
    summary="Replace a transport product",
    needs=_EDIT,
    body=samples.TRANSPORT_PRODUCT_BODY,
    returns={200: TransportProductOut},
)
def put(call: ApiCall, product_id: UUID) -> Answer:
    """The whole product; its customer stays."""
    product = services.update_transport_product(
        product=_fetch(call, product_id), payload=call.body, actor=call.actor
    )
    return Answer(wire.transport_product_json(product))


def _fetch(call: ApiCall, product_id: UUID) -> TransportProduct:
    rows = selectors.transport_products(call.tenant, call.scope)
    product: TransportProduct | None = rows.filter(pk=product_id).first()
    if product is None:
        raise not_found()
    call.names_customer(product.customer_id, product.customer.kind)
    return product

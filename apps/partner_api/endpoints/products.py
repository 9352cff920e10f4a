"""Warehouse products (#17 to #22). Versions 1 to 8 are taken, and all of them are served as the newest."""

from uuid import UUID

from apps.clients.roles import Permission
from apps.orders import selectors, wire
from apps.orders.models import Product
from apps.orders.services import create_product, forget_computed_volumes, update_product
from apps.partner_api import samples
from apps.partner_api.answers import Answer, not_found
from apps.partner_api.calls import ApiCall
from apps.partner_api.declare import PAGE, SIZE, endpoint
from apps.partner_api.jsonpatch import patched
from apps.partner_api.paging import paged
from apps.partner_api.schemas import ProductOut
from apps.partner_api.searching import search_body, searched

VERSIONS = frozenset("12345678")
_PATCH_TYPES = ("application/json", "application/json-patch+json")


@endpoint(
    "GET",
    "/warehouse-products",
    name="warehouse-products.list",
    summary="List warehouse products",
    needs=Permission.PRODUCTS_VIEW,
    query=(PAGE, SIZE),
    paged=True,
    prefer=("minimal",),
    versions=VERSIONS,
    returns={200: list[ProductOut]},
)
def list_products(call: ApiCall) -> Answer:
    """Read without page parameters, the list is complete up to 1,000 products."""
    return paged(call, selectors.products(call.tenant, call.scope), wire.product_json, whole=True)


@endpoint(
    "GET",
    "/warehouse-products/{productId}",
    name="warehouse-products.get",
    summary="One warehouse product",
    needs=Permission.PRODUCTS_VIEW,
    versions=VERSIONS,
    returns={200: ProductOut},
)
def get(call: ApiCall, product_id: UUID) -> Answer:
    """A product of a customer out of reach is not there."""
    return Answer(wire.product_json(_fetch(call, product_id)))


@endpoint(
    "POST",
    "/warehouse-products/search",
    name="warehouse-products.search",
    summary="Search warehouse products",
    needs=Permission.PRODUCTS_SEARCH,
    body=search_body("/references/code", "MUG-12"),
    query=(PAGE, SIZE),
    paged=True,
    prefer=("minimal",),
    versions=VERSIONS,
    returns={200: list[ProductOut]},
)
def search(call: ApiCall) -> Answer:
    """Conditions as in the search grammar; the answer is an array."""
    rows = selectors.products(call.tenant, call.scope)
    return searched(call, "warehouse-products", rows, wire.product_json)


@endpoint(
    "POST",
    "/warehouse-products",
    name="warehouse-products.create",
    summary="Create a warehouse product",
    needs=Permission.PRODUCTS_CREATE,
    body=samples.PRODUCT_BODY,
    versions=VERSIONS,
    returns={201: ProductOut},
)
def create(call: ApiCall) -> Answer:
    """A code that the customer has already is 422 with the type DUPLICATE."""
    product = create_product(tenant=call.tenant, scope=call.scope, payload=call.body, actor=call.actor)
    call.names_customer(product.customer_id, product.customer.kind)
    return Answer(wire.product_json(_fetch(call, product.pk)), status=201)


@endpoint(
    "PATCH",
    "/warehouse-products/{productId}",
    name="warehouse-products.patch",
    summary="Change some of a warehouse product by JSON Patch",
    needs=Permission.PRODUCTS_EDIT,
    body=samples.PATCH_BODY,
    body_types=_PATCH_TYPES,
    versions=VERSIONS,
    returns={200: ProductOut},
)
def patch(call: ApiCall, product_id: UUID) -> Answer:
    """Operations add, replace and remove; /id and /customer can't be changed."""
    product = _fetch(call, product_id)
    before = wire.product_json(product)
    payload = patched(before, call.body)
    forget_computed_volumes(before, payload)
    update_product(product=product, payload=payload, actor=call.actor)
    return Answer(wire.product_json(_fetch(call, product_id)))


@endpoint(
    "PUT",
    "/warehouse-products/{productId}",
    name="warehouse-products.put",
    summary="Replace a warehouse product",
    needs=Permission.PRODUCTS_EDIT,
    body=samples.PRODUCT_BODY,
    versions=VERSIONS,
    returns={200: ProductOut},
)
def put(call: ApiCall, product_id: UUID) -> Answer:
    """The whole product; its customer stays."""
    update_product(product=_fetch(call, product_id), payload=call.body, actor=call.actor)
    return Answer(wire.product_json(_fetch(call, product_id)))


def _fetch(call: ApiCall, product_id: UUID) -> Product:
    product: Product | None = selectors.products(call.tenant, call.scope).filter(pk=product_id).first()
    if product is None:
        raise not_found()
    call.names_customer(product.customer_id, product.customer.kind)
    return product

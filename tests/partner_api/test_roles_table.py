"""Roles x routes, typed in from the wire contract's own tables and held against what the API enforces.

`test_conventions.test_a_role_opens_exactly_its_routes` calls every route with every role; this says that the table
which the API enforces is the contract's.
"""

import pytest

from apps.clients.roles import BY_CODE, permissions_of
from apps.partner_api import routing
from apps.partner_api.declare import Endpoint

# The numbers of the endpoints in §3.
NUMBERS = {
    "GET /uaa/userinfo": 2,
    "GET /customers": 3,
    "GET /customers/{}": 4,
    "POST /customers": 5,
    "GET /warehouses": 6,
    "GET /warehouses/{}": 6,
    "POST /outbound-orders": 7,
    "GET /outbound-orders/{}": 8,
    "POST /outbound-orders/search": 9,
    "DELETE /outbound-orders/{}": 10,
    "PUT /outbound-orders/{}": 11,
    "GET /outbound-orders/{}/documents": 12,
    "POST /outbound-orders/{}/documents": 13,
    "GET /outbound-orders/{}/documents/{}": 14,
    "GET /outbound-orders/{}/documents/{}/download": 15,
    "POST /documents": 16,
    "GET /warehouse-products/{}": 17,
    "POST /warehouse-products/search": 18,
    "GET /warehouse-products": 19,
    "POST /warehouse-products": 20,
    "PATCH /warehouse-products/{}": 21,
    "PUT /warehouse-products/{}": 22,
    "POST /report-runs": 23,
    "GET /report-runs/{}": 24,
    "POST /inbound-orders": 25,
    "GET /inbound-orders/{}": 26,
    "POST /inbound-orders/search": 27,
    "DELETE /inbound-orders/{}": 28,
    "PUT /inbound-orders/{}": 29,
    "POST /consignments/search": 30,
    "GET /consignments/{}": 31,
    "POST /consignments": 32,
    "PUT /consignments/{}": 33,
    "POST /consignments/quote": 34,
    "GET /products": 35,
    "GET /products/{}": 35,
    "POST /products": 36,
    "PUT /products/{}": 36,
    "GET /definitions/activity/inbound": 37,
    "GET /definitions/activity/outbound": 37,
    "GET /definitions/activity/transport": 37,
}
# Gatepass' own additions, §7.
ORDERS, PROMOTIONS, USE = "orders", "promotions", "use"
ADDITIONS = {
    "GET /outbound-orders": ORDERS,
    "POST /outbound-orders/{}/cancel": ORDERS,
    "GET /promotions": PROMOTIONS,
    "GET /promotions/{}": PROMOTIONS,
    "POST /promotions": PROMOTIONS,
    "PUT /promotions/{}": PROMOTIONS,
    "POST /promotions/{}/end": PROMOTIONS,
    "GET /usage": USE,
}
EVERYBODY = {2, USE}
DOCUMENTS = set(range(12, 17))
OPENS: dict[str, set[int | str]] = {
    "ADD_CUSTOMER": {3, 4, 5, *DOCUMENTS},
    "INTERNAL_FIELD_ACCESS": {23, 24, *DOCUMENTS},
    "TMS_CREATE_JOBS": {3, 4, 6, *range(30, 36), 37, *DOCUMENTS},
    "TMS_VIEW_JOBS": {30, 31},
    "TMS_EDIT_PRODUCT": {35, 36, *DOCUMENTS},
    "WMS_CREATE_JOBS": {3, 4, 6, *range(7, 12), *DOCUMENTS, 18, 23, 24, *range(25, 30), 37, ORDERS},
    "WMS_ADD_PRODUCT": {17, 18, 19, 20},
    "WMS_EDIT_PRODUCT": {17, 18, 19, 21, 22, *DOCUMENTS},
    "ORDER_API_ACCESS": {3, 4, *range(6, 11), 12, *range(25, 29), ORDERS},
    "PRODUCT_API_ACCESS": set(range(17, 23)),
    "PROMOTION_MANAGEMENT": {PROMOTIONS},
    "API_FULL_ACCESS": {*range(3, 38), ORDERS, PROMOTIONS},
}


def routes() -> dict[str, Endpoint]:
    """Every route by its method and path, with the names of its parameters left out."""
    return {
        f"{endpoint.method} "
        + "/".join("{}" if step[:1] == "{" else step for step in endpoint.path.split("/")): endpoint
        for endpoint in routing.route_table()
    }


def test_every_route_is_in_the_tables_of_the_contract() -> None:
    assert set(routes()) <= set(NUMBERS) | set(ADDITIONS)
    assert set(OPENS) == set(BY_CODE)


@pytest.mark.parametrize("code", sorted(OPENS))
def test_a_role_opens_what_the_contract_says(code: str) -> None:
    held = permissions_of([code], internal=True)
    opened = {
        route for route, endpoint in routes().items() if endpoint.needs is None or endpoint.needs in held
    }
    expected = OPENS[code] | EVERYBODY
    assert opened == {route for route in routes() if (NUMBERS | ADDITIONS)[route] in expected}

"""What a developer reads: the OpenAPI document and a reference page that loads nothing from outside."""

from dataclasses import dataclass, field
from functools import cache

from django.conf import settings
from django.http import HttpResponse
from django.template.loader import render_to_string

from apps.core import jsontext
from apps.partner_api.answers import ApiError, error_response
from apps.partner_api.calls import ApiCall
from apps.partner_api.described import Described, described
from apps.partner_api.openapi import ERRORS, document

_PUBLIC = {"Cache-Control": "public, max-age=300"}
_PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


@dataclass(frozen=True, slots=True)
class Resource:
    """A kind of thing: the tag of its operations, its name, a sentence on it, and its endpoints."""

    tag: str
    name: str
    about: str
    endpoints: list[Described] = field(default_factory=list)


# In the order of the page, which is that in which somebody needs them.
RESOURCES = (
    ("token", "Access tokens", "A client id and its secret are exchanged for a token of one hour."),
    ("userinfo", "Who am I", "The first call: it says whether the token works, and names the tenant's UUID."),
    ("customers", "Customers", "Whose goods and orders they are. A client sees those within its reach."),
    ("warehouses", "Warehouses", "Where goods lie. An inactive warehouse takes no orders."),
    ("warehouse-products", "Warehouse products", "What lies in the warehouses, with its units of measure."),
    ("outbound-orders", "Outbound orders", "Goods that leave a warehouse, also called sale orders."),
    ("documents", "Documents", "Files that belong to an outbound order, such as its invoice."),
    (
        "inbound-orders",
        "Inbound orders",
        "Goods that are announced to a warehouse, also called purchase orders.",
    ),
    ("consignments", "Consignments", "Transport jobs."),
    ("products", "Transport products", "What is moved, with the measures of one."),
    ("promotions", "Promotions", "A discount on products for a time."),
    ("report-runs", "Reports", "Start a report, then ask for its run until it has ended."),
    ("definitions", "Custom fields", "Which fields of its own the organisation has defined."),
    ("usage", "Usage", "How many calls this client has made, and what the organisation's plan includes."),
)


def openapi(call: ApiCall) -> HttpResponse:
    """`GET /api/openapi.json`."""
    return _refuse_other_methods(call) or HttpResponse(
        _openapi_bytes(),
        content_type="application/json",
        headers=_PUBLIC | {"Access-Control-Allow-Origin": "*"},
    )


def page(call: ApiCall) -> HttpResponse:
    """`GET /api/`: every endpoint with its roles, its members, what it answers, and an example of both."""
    return _refuse_other_methods(call) or HttpResponse(
        _page_text(), headers=_PUBLIC | {"Content-Security-Policy": _PAGE_POLICY}
    )


def _refuse_other_methods(call: ApiCall) -> HttpResponse | None:
    if call.request.method in ("GET", "HEAD"):
        return None
    return error_response(ApiError(405, "Use GET.", reason="method", headers={"Allow": "GET, HEAD"}))


@cache
def _openapi_bytes() -> bytes:
    return jsontext.dumps(document())


@cache
def _page_text() -> str:
    base = next(iter(settings.API_REGIONS.values()), settings.BASE_URL)
    context = {
        "resources": _resources(base),
        "base": base,
        "regions": settings.API_REGIONS,
        "errors": ERRORS,
    }
    return render_to_string("partner_api/reference.html", context)


def _resources(base: str) -> list[Resource]:
    """Every operation of the OpenAPI document, under the resource that its tag names."""
    resources = {tag: Resource(tag, name, about) for tag, name, about in RESOURCES}
    for path, operations in document()["paths"].items():
        for method, operation in operations.items():
            resources[operation["tags"][0]].endpoints.append(described(path, method, operation, base))
    return list(resources.values())

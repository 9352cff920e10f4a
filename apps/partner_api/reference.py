"""What a developer reads: the OpenAPI document and a reference page that loads nothing from outside."""

import json
from functools import cache

from django.conf import settings
from django.http import HttpResponse
from django.template.loader import render_to_string

from apps.core import jsontext
from apps.partner_api.answers import ApiError, error_response
from apps.partner_api.calls import ApiCall
from apps.partner_api.openapi import document, roles_for
from apps.partner_api.routing import route_table

_PUBLIC = {"Cache-Control": "public, max-age=300"}
_PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


def openapi(call: ApiCall) -> HttpResponse:
    """`GET /api/openapi.json`."""
    return _refuse_other_methods(call) or HttpResponse(
        _openapi_bytes(),
        content_type="application/json",
        headers=_PUBLIC | {"Access-Control-Allow-Origin": "*"},
    )


def page(call: ApiCall) -> HttpResponse:
    """`GET /api/`: every endpoint with its roles, answers and an example."""
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
    groups: dict[str, list[dict[str, object]]] = {}
    for endpoint in route_table():
        example = endpoint.body.get("example") if endpoint.body else None
        groups.setdefault(endpoint.name.partition(".")[0], []).append(
            {
                "endpoint": endpoint,
                "anchor": endpoint.name.replace(".", "-"),
                "about": endpoint.handler.__doc__ or "",
                "roles": roles_for(endpoint.needs),
                "answers": ", ".join(str(status) for status in endpoint.returns),
                "example": _pretty(example) if example is not None else "",
            }
        )
    return render_to_string("partner_api/reference.html", {"groups": groups, "base": settings.BASE_URL})


def _pretty(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)

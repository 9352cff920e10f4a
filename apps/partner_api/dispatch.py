"""Which of the addresses for machines a request is for."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from apps.partner_api import gateway, oauth, rates, reference
from apps.partner_api.answers import error_response, not_found
from apps.partner_api.calls import ApiCall, serve
from apps.usage.services import NotRecorded

PREFIXES = ("/tenants/", "/uaa/", "/gateway/", "/api/", "/.well-known/")

_FIXED: dict[str, Callable[[ApiCall], HttpResponse]] = {
    "/uaa/oauth/token": oauth.token,
    "/uaa/oauth/revoke": oauth.revoke,
    "/uaa/oauth/introspect": oauth.introspect,
    "/.well-known/oauth-authorization-server": oauth.metadata,
    "/uaa/userinfo": serve,
    "/api/openapi.json": reference.openapi,
    "/api": reference.page,
}


def answer(request: HttpRequest) -> HttpResponse:
    """Answer a request to one of `PREFIXES`."""
    call = ApiCall.begin(request)
    try:
        return _answer(call)
    except NotRecorded:
        # Who calls was remembered and has changed since. Nothing was recorded, and no answer has left.
        return _answer(call.anew())


def _answer(call: ApiCall) -> HttpResponse:
    path = call.request.path_info
    if path.startswith("/tenants/"):
        response = serve(call)
        rates.describe(response, call)
    elif path.startswith("/gateway/"):
        response = gateway.authorize(call)
    else:
        view = _FIXED.get(path.removesuffix("/"))
        response = view(call) if view else error_response(not_found("unknown_path"))
    return response

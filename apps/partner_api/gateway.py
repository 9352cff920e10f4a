"""`/gateway/authorize`: whether a call to somebody else's API may pass (design §5).

One address per dialect, and no header of another dialect is believed there. The answer is 200, 401 or 403 and has no
body to speak of: what the proxy hands on are the headers.
"""

from collections.abc import Callable

from django.db import DatabaseError, InterfaceError
from django.http import HttpResponse

from apps.core.headers import put
from apps.partner_api import calls, rulings
from apps.partner_api.answers import ApiError, error_response, not_found
from apps.partner_api.calls import ApiCall

ENVOY = "/gateway/authorize/envoy/"
_MOST_CUSTOMERS = 100
Asked = tuple[str, str]


def _nginx(call: ApiCall) -> Asked:
    return call.request.META.get("HTTP_X_ORIGINAL_METHOD", ""), call.request.META.get(
        "HTTP_X_ORIGINAL_URI", ""
    )


def _forwarded(call: ApiCall) -> Asked:
    return call.request.META.get("HTTP_X_FORWARDED_METHOD", ""), call.request.META.get(
        "HTTP_X_FORWARDED_URI", ""
    )


_DIALECTS: dict[str, Callable[[ApiCall], Asked]] = {
    "/gateway/authorize": _nginx,
    "/gateway/authorize/forwarded": _forwarded,
}


def authorize(call: ApiCall) -> HttpResponse:
    """Answer a proxy's question, and record the call that it is about."""
    call.endpoint_name = "gateway"
    try:
        try:
            method, target = _asked(call)
            calls.authenticate(call)
            _check(call, method, target)
            call.record(200)
        except ApiError as error:
            call.record(error.status, error)
            return error_response(_spoken(error))
    except (DatabaseError, InterfaceError) as refusal:
        return error_response(calls.give_up(call, refusal))
    return _granted(call)


def _asked(call: ApiCall) -> Asked:
    path = call.request.path_info
    if path.startswith(ENVOY):
        target = _raw_target(call)
        return call.request.method or "", target[len(ENVOY) - 1 :] if target.startswith(ENVOY) else ""
    dialect = _DIALECTS.get(path.removesuffix("/"))
    if dialect is None:
        raise not_found("unknown_path")
    return dialect(call)


def _raw_target(call: ApiCall) -> str:
    """The target as it was sent, where the server tells; granian's WSGI has decoded it (decision 0081)."""
    meta = call.request.META
    return meta.get("RAW_URI") or meta.get("REQUEST_URI") or call.request.get_full_path()


def _check(call: ApiCall, method: str, target: str) -> None:
    """Refuse what is not canonical, what no rule names, and what the caller's roles do not open."""
    ruling = rulings.rule(call.who.tenant_id, method, target)
    call.endpoint_name, call.asked_method = ruling.name, method
    if not ruling.opens_to(call.who):
        raise ApiError(403, "The role is missing.", reason="missing_role")
    if error := calls.over_cap(call):
        raise error
    if ruling.limited:
        calls.take_one(call)


def _spoken(error: ApiError) -> ApiError:
    """A limit in words that every proxy knows: nginx takes any answer but 2xx, 401 and 403 for an error of its own."""
    if error.status != 429:
        return error
    headers = {**error.headers, "X-Gatepass-Status": "429"}
    return ApiError(403, error.problems, reason=error.reason, headers=headers)


def _granted(call: ApiCall) -> HttpResponse:
    who = call.who
    named = ["*"] if who.customer_ids is None else sorted(map(str, who.customer_ids))
    response = HttpResponse(status=200)
    put(
        response,
        {
            "X-Gatepass-Tenant": str(who.tenant_id),
            "X-Gatepass-Client": who.public_id,
            "X-Gatepass-Roles": ",".join(who.roles),
            "X-Gatepass-Customers": ",".join(named[:_MOST_CUSTOMERS]),
        },
    )
    return response

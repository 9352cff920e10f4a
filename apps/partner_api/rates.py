"""The rate limit as every answer under `/tenants/` tells it (IETF draft "RateLimit header fields for HTTP")."""

from django.http import HttpResponse

from apps.clients import limits
from apps.core.headers import put
from apps.partner_api.calls import ApiCall

DEFAULT_PER_MINUTE = 30


def describe(response: HttpResponse, call: ApiCall) -> None:
    """Set `RateLimit-Policy` and `RateLimit`. Whoever is not known has nothing left to use."""
    if call.principal is None:
        limit, left, reset = DEFAULT_PER_MINUTE, 0, 60
    else:
        allowance = call.allowance
        if allowance is None:
            allowance = limits.look(call.principal.orders_taken, call.principal.orders_per_minute)
        limit, left, reset = allowance.limit, allowance.remaining, allowance.full_in
    policy, rate = f'"orders";q={limit};w=60', f'"orders";r={left};t={reset}'
    put(response, {"RateLimit-Policy": policy, "RateLimit": rate})

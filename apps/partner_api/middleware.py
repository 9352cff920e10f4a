"""The first middleware: it answers machines itself, so that sessions, CSRF and messages never run for them."""

import logging
from collections.abc import Callable
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port, validate_host
from django.http.response import ResponseHeaders

from apps.core.headers import put
from apps.partner_api import dispatch
from apps.partner_api.answers import bad_request, error_response, our_error

logger = logging.getLogger(__name__)

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}


class MachineMiddleware:
    """Answers every path of `dispatch.PREFIXES`; hands all others on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        headers = dict(_HEADERS)
        if settings.SECURE_HSTS_SECONDS:
            subdomains = "; includeSubDomains" if settings.SECURE_HSTS_INCLUDE_SUBDOMAINS else ""
            preload = "; preload" if settings.SECURE_HSTS_PRELOAD else ""
            headers["Strict-Transport-Security"] = (
                f"max-age={settings.SECURE_HSTS_SECONDS}{subdomains}{preload}"
            )
        self.headers = ResponseHeaders(headers)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, or hand on."""
        if not request.path_info.startswith(dispatch.PREFIXES):
            return self.get_response(request)
        # An empty Host is one that was sent: Django refuses it where a link to this site is made.
        if _host_allowed(request.META.get("HTTP_HOST", request.META.get("SERVER_NAME", ""))):
            response = _answer(request)
        else:
            response = error_response(bad_request("This host name is not served here.", "host"))
        put(response, {"Content-Length": str(len(response.content))})
        if request.method == "HEAD":
            response.content = b""
        # What the answer says itself goes before. One by one, each would be searched anew for what no header may hold.
        response.headers._store = self.headers._store | response.headers._store
        # Django would write a line for each 4xx; the request log of the portal has them, with their reason.
        response._has_been_logged = True  # type: ignore[attr-defined]  # the mark that Django's own log_response reads
        return response


def _answer(request: HttpRequest) -> HttpResponse:
    try:
        return dispatch.answer(request)
    except Exception:
        request_id = request.request_id  # type: ignore[attr-defined]  # set by the first middleware
        logger.exception("Call %s failed", request_id)
        return error_response(our_error(request_id))


@lru_cache(maxsize=256)
def _host_allowed(host: str) -> bool:
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)

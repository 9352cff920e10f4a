"""What a request says about itself: its id, where it came from as far as that can be believed, and its characters."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from random import getrandbits
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponseBase
from django.urls import get_resolver

from apps.core import names
from apps.core.headers import put

Responder = Callable[[HttpRequest], HttpResponseBase]

_request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
_WITH_PORT = re.compile(r"\[(?P<six>[0-9A-Fa-f:.]+)\](?::[0-9]+)?|(?P<four>[0-9.]+):[0-9]+")


def current_request_id() -> str | None:
    """Return the id of the request that this thread is answering, for logs; None outside of one."""
    return _request_id.get()


def client_address(request: HttpRequest) -> str | None:
    """The caller's IP address: the peer's, or what trusted proxies in front of us forwarded, read from the right."""
    hops = [request.META.get("REMOTE_ADDR", "")]
    if forwarded := request.META.get("HTTP_X_FORWARDED_FOR", ""):
        hops += reversed(forwarded.split(","))
    address = None
    for hop in hops:
        parsed = _address(hop)
        if parsed is None:
            break
        address = str(parsed)
        if not _is_trusted(parsed):
            break
    return address


@lru_cache(maxsize=4096)
def _address(text: str) -> IPv4Address | IPv6Address | None:
    text = text.strip()
    if match := _WITH_PORT.fullmatch(text):
        text = match["six"] or match["four"]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    # A socket that serves both versions writes IPv4 callers as ::ffff:1.2.3.4; networks and people mean 1.2.3.4.
    return getattr(address, "ipv4_mapped", None) or address


def _is_trusted(address: IPv4Address | IPv6Address) -> bool:
    return any(address in network for network in settings.TRUSTED_PROXIES)


class StrictRequest(WSGIRequest):
    """A request that can be made whatever its Content-Type says.

    Django looks up any codec that a caller names there before its own error handling begins, and some of Python's
    codecs raise. config/wsgi.py uses this class.
    """

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        try:
            super()._set_content_type_params(meta)  # type: ignore[misc]
        except (LookupError, ValueError):
            self._encoding = None
            self.content_type = meta["CONTENT_TYPE"] = meta["CONTENT_TYPE"].partition(";")[0].strip().lower()
            self.content_params = {"charset": "unreadable"}


class RequestIdMiddleware:
    """Give every request an id of our own making, and write it on every answer.

    An id that the caller sends is not used: two requests could share it, and it would stand in logs as ours.
    """

    def __init__(self, get_response: Responder) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # It is a name and no secret, and the system's own random numbers would take a call of it each time.
        request.request_id = f"req_{getrandbits(96):024x}"  # type: ignore[attr-defined]
        token = _request_id.set(request.request_id)  # type: ignore[attr-defined]
        try:
            response = self.get_response(request)
        finally:
            _request_id.reset(token)
        put(response, {"X-Request-Id": request.request_id})  # type: ignore[attr-defined]
        return response


class ForwardedSchemeMiddleware:
    """Believe X-Forwarded-Proto when the peer is one of TRUSTED_PROXIES, and nobody else.

    Django's SECURE_PROXY_SSL_HEADER would believe whoever sends the header.
    """

    def __init__(self, get_response: Responder) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        forwarded = request.META.get("HTTP_X_FORWARDED_PROTO", "").lower()
        schemes = {scheme.strip() for scheme in forwarded.split(",") if scheme.strip()}
        if schemes:
            peer = _address(request.META.get("REMOTE_ADDR", ""))
            if peer is not None and _is_trusted(peer) and schemes <= {"http", "https"}:
                # With several proxies in a row, one part of the way in the clear makes the whole way unsafe.
                request.META["wsgi.url_scheme"] = "https" if schemes == {"https"} else "http"
        return self.get_response(request)


class StrictInputMiddleware:
    """Answer 400 to characters and encodings that would otherwise be a database error and a 500.

    Views exempt from CSRF are for machines: they answer in their own error shape, so only what would break Django
    itself is taken away from them.
    """

    def __init__(self, get_response: Responder) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # A quoted cookie can spell a null character, and a session key with one is a database error on PostgreSQL.
        for name in [name for name, value in request.COOKIES.items() if _is_unfit(name + value)]:
            del request.COOKIES[name]
        request._has_other_charset = not _is_utf_8(request)  # type: ignore[attr-defined]
        if request._has_other_charset:  # type: ignore[attr-defined]
            # Django would decode with any codec of Python that is named here; some raise, some give half characters.
            request.encoding = "utf-8"
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        """Refuse the request of a person's browser before its view reads it."""
        if getattr(view, "csrf_exempt", False):
            return None
        if request._has_other_charset:  # type: ignore[attr-defined]
            return _refused(request, "Text has to be sent as UTF-8.")
        try:
            unfit = any(_is_unfit(text) for text in _texts(request, kwargs))
        except (LookupError, ValueError):
            return _refused(request, "The form could not be read.")
        if unfit:
            return _refused(request, "The request holds characters that can't be stored.")
        return None


def _refused(request: HttpRequest, why: str) -> HttpResponseBase:
    # Answered, not raised: under DEBUG Django would show a raised one with the form, its secrets included.
    page: Callable[..., HttpResponseBase] = get_resolver().resolve_error_handler(400)
    return page(request, exception=BadRequest(why))


def _is_utf_8(request: HttpRequest) -> bool:
    charset = (request.content_params or {}).get("charset")
    if charset is None:
        return True
    try:
        return codecs.lookup(charset).name in ("utf-8", "ascii")
    except (LookupError, ValueError):
        return False


def _texts(request: HttpRequest, kwargs: dict[str, Any]) -> Iterable[str]:
    yield request.path
    yield from (value for value in kwargs.values() if isinstance(value, str))
    for values in (request.GET, request.POST):
        for name, texts in values.lists():
            yield name
            yield from texts
    for name, files in request.FILES.lists():
        yield name
        yield from (file.name or "" for file in files)


def _is_unfit(text: str) -> bool:
    return "\x00" in text or names.has_lone_surrogate(text)

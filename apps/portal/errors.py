"""Pages for what went wrong: each says what happened and what to do next."""

import sys
from collections.abc import Callable
from smtplib import SMTPException
from socket import gaierror
from typing import Any

from django.conf import settings
from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseServerError
from django.template.loader import render_to_string

from apps.core import fragments
from apps.tenants.access import MissingRight
from apps.tenants.models import Membership, Role


def _answer(request: HttpRequest, status: int, context: dict[str, Any] | None = None) -> HttpResponse:
    """The page of an error, or a notice where only a part of a page was asked for."""
    context = {"status": status, **(context or {})}
    if fragments.is_fragment(request):
        return fragments.render_alert(request, "errors/_notice.html", context, status=status)
    return fragments.render_page(request, f"errors/{status}.html", context, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: the request can't be read."""
    return _answer(request, 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: names each right that is missing and the people who can give it."""
    context: dict[str, Any] = {"missing": []}
    if isinstance(exception, MissingRight):
        context["missing"] = exception.missing
        context["missing_text"] = ", ".join(exception.missing)
        context["administrators"] = _administrators(exception)
    return _answer(request, 403, context)


def _administrators(exception: MissingRight) -> list[Membership]:
    """Whom to ask: those who may change members. A customer user isn't shown who works for the tenant."""
    access = exception.access
    if access.is_customer_user:
        return []
    return list(
        Membership.objects.of(access.tenant)
        .filter(role=Role.ADMINISTRATOR, can_edit_users=True, user__is_active=True)
        .select_related("user")[:5]
    )


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: the same for what does not exist and for what belongs to somebody else."""
    return _answer(request, 404)


class NotFoundMiddleware:
    """404 under DEBUG too as everybody else sees it: Django would list every address there is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer; an address that leads nowhere reaches no view whose exception could be seen."""
        response = self.get_response(request)
        if settings.DEBUG and response.status_code == 404 and request.resolver_match is None:
            return page_not_found(request, Http404())
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The page for what a view has not found."""
        if settings.DEBUG and isinstance(exception, Http404):
            return page_not_found(request, exception)
        return None


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form without its token, mostly one that was open while the person signed in again."""
    if fragments.is_fragment(request):
        return _answer(request, 403, {"csrf": True})
    return fragments.render_page(request, "errors/403_csrf.html", {"status": 403}, status=403)


def too_many_requests(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """429: how long to wait is in Retry-After where it is known."""
    return _answer(request, 429)


def unavailable(request: HttpRequest) -> HttpResponse:
    """503: something Gatepass stands on does not answer. Rendered without the request, since that may ask it again."""
    return HttpResponse(render_to_string("errors/503.html"), status=503, headers={"Retry-After": "30"})


def _is_gone(error: BaseException | None) -> bool:
    """Whether an error says that the database, the cache or the mail server does not answer."""
    gone = (OperationalError, InterfaceError, ConnectionError, TimeoutError, gaierror, SMTPException)
    return isinstance(error, gone) or type(error).__module__.partition(".")[0] == "redis"


class UnavailableMiddleware:
    """503 under DEBUG too when something we stand on is gone: Django would show its own page there, as 500."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        got_request_exception.connect(note_what_is_gone)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer; `server_error` below has said 503 already wherever it was asked."""
        response = self.get_response(request)
        if response.status_code == 500 and getattr(request, "something_is_gone", False):
            return unavailable(request)
        return response


def note_what_is_gone(sender: object, request: HttpRequest | None = None, **kwargs: object) -> None:
    """Django's signal is the only one who sees an exception that another middleware raised."""
    if request is not None and _is_gone(sys.exc_info()[1]):
        request.something_is_gone = True  # type: ignore[attr-defined]  # for the middleware above


def server_error(request: HttpRequest) -> HttpResponse:
    """500, rendered without the request: whatever broke may break again. 503 if something we stand on is gone."""
    if _is_gone(sys.exc_info()[1]):
        return unavailable(request)
    return HttpResponseServerError(render_to_string("errors/500.html"))

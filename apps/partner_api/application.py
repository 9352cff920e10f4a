"""The web server's way to the addresses that machines call all day, past Django's handler.

For every request Django's handler sends two signals, sets up the addresses of pages and puts a guard around each of
its layers. A call of a machine has no use for them, and they take a fifth of our part of it. What answers is the same:
these are the first middlewares of the settings, which answer machines in Django's handler as well.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, connections
from django.http import HttpRequest, HttpResponse

from apps.core.requests import ForwardedSchemeMiddleware, RequestIdMiddleware, StrictRequest
from apps.partner_api.middleware import MachineMiddleware

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

# Pages for people, such as the reference under /api/, take the long way: their templates ask for addresses.
_PREFIXES = ("/tenants/", "/uaa/", "/gateway/")


class MachineApplication:
    """A WSGI application (PEP 3333) that answers machines, and hands every other request to Django's."""

    def __init__(self, django: "WSGIApplication") -> None:
        self.django = django
        self.answer = RequestIdMiddleware(ForwardedSchemeMiddleware(MachineMiddleware(_nobody)))

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer, or hand on."""
        if not environ.get("PATH_INFO", "").startswith(_PREFIXES):
            return self.django(environ, start_response)
        drop_broken_connection()
        response = cast(HttpResponse, self.answer(StrictRequest(environ)))
        # items() would look every name up again by what it is in small letters.
        start_response(
            f"{response.status_code} {response.reason_phrase}", [*response.headers._store.values()]
        )
        return [response.content]


def drop_broken_connection() -> None:
    """Do what Django does when a request begins: a connection that broke is not used again."""
    connections[DEFAULT_DB_ALIAS].close_if_unusable_or_obsolete()


def _nobody(request: HttpRequest) -> HttpResponse:
    raise ImproperlyConfigured(f"{request.path_info} is not an address for machines.")

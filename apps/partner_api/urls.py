"""The addresses for machines, for `reverse()` and the table of URLs; the first middleware answers them itself."""

from django.http import HttpRequest, HttpResponse
from django.urls import path, re_path

from apps.partner_api import dispatch

app_name = "partner_api"


def answer(request: HttpRequest, **_: object) -> HttpResponse:
    """What the middleware would have answered."""
    return dispatch.answer(request)


urlpatterns = [
    path("api/", answer, name="reference"),
    path("api/openapi.json", answer, name="openapi"),
    path("uaa/oauth/token", answer, name="token"),
    path("uaa/oauth/revoke", answer, name="revoke"),
    path("uaa/oauth/introspect", answer, name="introspect"),
    path("uaa/userinfo", answer, name="userinfo"),
    path(".well-known/oauth-authorization-server", answer, name="metadata"),
    path("gateway/authorize", answer, name="authorize"),
    re_path(r"^gateway/authorize/(?P<rest>.*)$", answer, name="authorize-dialect"),
    re_path(r"^tenants/(?P<rest>.*)$", answer, name="tenants"),
]

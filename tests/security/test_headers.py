"""Every answer carries the headers that keep a browser honest (promise 22)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.signals import request_finished
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from config import urls
from tests import factories
from tests.routes import every_route
from tests.test_access_table import address, desk_address
from tests.world import World

pytestmark = pytest.mark.django_db


def break_down(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("as a fault of ours would")


class WithAFault:
    """The addresses of Gatepass and one that fails."""

    urlpatterns = [path("breaks/", break_down), *urls.urlpatterns]
    handler400, handler403, handler404 = urls.handler400, urls.handler403, urls.handler404
    handler500 = urls.handler500


def policy(answer: HttpResponse) -> dict[str, set[str]]:
    """The Content-Security-Policy by directive."""
    parts = [part.split() for part in answer.headers["Content-Security-Policy"].split(";") if part.strip()]
    return {name: set(values) for name, *values in parts}


def check(answer: HttpResponse, place: str) -> None:
    assert "Content-Security-Policy" in answer.headers, place
    found = policy(answer)
    scripts = found.get("script-src", found.get("default-src"))
    assert scripts is not None and scripts <= {"'self'", "'none'"}, f"{place}: {found}"
    styles = found.get("style-src", found.get("default-src"))
    assert styles is not None and styles <= {"'self'", "'none'"}, f"{place}: {found}"
    assert found["frame-ancestors"] == {"'none'"}, place
    assert found.get("base-uri", {"'none'"}) == {"'none'"}, place
    assert answer.headers["X-Content-Type-Options"] == "nosniff", place
    assert "max-age=" in answer.headers["Strict-Transport-Security"], place
    assert int(answer.headers["Strict-Transport-Security"].partition("max-age=")[2].partition(";")[0]) > 10**7
    assert answer.headers["Referrer-Policy"] in ("same-origin", "no-referrer"), place
    assert answer.headers["X-Request-Id"], place


class Encrypted(Client):
    """A browser behind HTTPS, over which alone Strict-Transport-Security is sent."""

    def generic(self, *args: Any, **options: Any) -> Any:
        """Ask over HTTPS."""
        return super().generic(*args, **{**options, "secure": True})


def client_of(user: Any = None, **options: Any) -> Client:
    client = Encrypted(raise_request_exception=False, **options)
    if user:
        client.force_login(user)
    return client


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_every_page_carries_them_whoever_asks(
    method: str, worlds: tuple[World, World], settings: Any
) -> None:
    settings.STAFF_SECOND_FACTOR = False
    world, statuses = worlds[0], set()
    staff = factories.UserFactory.create(is_staff=True, is_superuser=True)
    for client in (client_of(world.viewer), client_of(staff), client_of()):
        for route in every_route():
            if method == "POST" and "logout" in route.pattern:
                continue
            where = desk_address(route) if route.is_desk else address(route, world)
            answer = client.generic(method, where)
            check(answer, f"{method} {where}: {answer.status_code}")
            statuses.add(answer.status_code)
    assert {"GET": {200, 302, 403, 404}, "POST": {403, 404, 405}, "DELETE": {404, 405}}[method] <= statuses


@pytest.mark.parametrize(
    ("status", "ask"),
    [
        (400, lambda client: client.get("/t/coastal/?q=%00")),
        (400, lambda client: client.get("/accounts/login/", headers={"Host": "not-ours.example"})),
        (403, lambda client: client.post("/accounts/login/")),
        (404, lambda client: client.get("/nothing/")),
        (405, lambda client: client.get("/invitation/join/")),
        (500, lambda client: client.get("/breaks/")),
        (200, lambda client: client.get("/static/css/base.css")),
        (404, lambda client: client.get("/static/nothing.css")),
        (400, lambda client: client.post("/uaa/oauth/token")),
        (401, lambda client: client.get("/uaa/userinfo", headers={"Accept-Version": "1"})),
        (401, lambda client: client.get("/tenants/x/customers", headers={"Accept-Version": "1"})),
        (200, lambda client: client.get("/api/openapi.json")),
    ],
)
def test_errors_files_and_the_api_carry_them_too(
    status: int, ask: Callable[[Client], HttpResponse], settings: Any
) -> None:
    settings.ROOT_URLCONF = WithAFault
    answer = ask(client_of(enforce_csrf_checks=True))
    assert answer.status_code == status
    check(answer, f"{status}")
    # A file has to be closed; that ends the request, which must not end the test's own connection as well.
    request_finished.disconnect(close_old_connections)
    if answer.streaming:
        # Read to its end, which closes the file; closing it by hand would close the database's connection too.
        b"".join(answer.streaming_content)
    request_finished.connect(close_old_connections)

"""The web server's short way to what machines call gives what Django's long way gives."""

import io
import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection
from django.test import Client

from apps.partner_api import application
from apps.partner_api.application import MachineApplication
from apps.tenants.models import Tenant
from apps.usage.models import Call
from tests.partner_api.conftest import FORM, Caller, basic

pytestmark = pytest.mark.django_db

# What is another one at each request.
OWN = {"X-Request-Id", "RateLimit"}


@pytest.fixture(autouse=True)
def _stay_connected(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The beginning and the end of a request may not close the transaction of a test."""
    monkeypatch.setattr(application, "drop_broken_connection", lambda: None)
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def asked(method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Ask as a web server does."""
    path, _, query = path.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "REMOTE_ADDR": "127.0.0.1",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "wsgi.url_scheme": "http",
    }
    environ |= {name.upper(): value for name, value in headers.items()}
    found: list[Any] = []
    pieces = MachineApplication(WSGIHandler())(environ, lambda *told: found.extend(told))
    content = b"".join(pieces)
    if close := getattr(pieces, "close", None):
        close()
    status, sent = found
    return int(status.split()[0]), dict(sent), content


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS", "TRACE"])
@pytest.mark.parametrize(
    "path",
    [
        "/tenants/{tenant}/warehouses",
        "/tenants/{tenant}/warehouses?size=1&page=2",
        "/tenants/{tenant}/warehouses?page=none",
        "/tenants/{tenant}/nothing",
        "/tenants/",
        "/uaa/userinfo",
        "/uaa/oauth/introspect",
        "/uaa/nothing",
        "/gateway/authorize",
        "/gateway/nothing",
        "/api/openapi.json",
        "/.well-known/oauth-authorization-server",
    ],
)
def test_both_ways_give_the_same_answer(method: str, path: str, caller: Caller, tenant: Tenant) -> None:
    path = path.format(tenant=tenant.pk)
    headers = {"HTTP_AUTHORIZATION": f"Bearer {caller.token}", "HTTP_ACCEPT_VERSION": "1"}
    expected = Client().generic(method, path, **headers)
    status, sent, content = asked(method, path, **headers)
    assert (status, content) == (expected.status_code, expected.content)
    assert {name: value for name, value in sent.items() if name not in OWN} == {
        name: value for name, value in expected.headers.items() if name not in OWN
    }
    assert re.fullmatch(r"req_[0-9a-f]{24}", sent["X-Request-Id"])


def test_what_is_for_people_is_handed_to_django() -> None:
    status, sent, content = asked("GET", "/nothing/")
    assert (status, sent["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert b"<html" in content


def test_a_body_is_read_and_another_host_is_refused(caller: Caller) -> None:
    proof = {"HTTP_AUTHORIZATION": basic(caller.client_id, caller.secret), "CONTENT_TYPE": FORM}
    status, _, content = asked("POST", "/uaa/oauth/introspect", f"token={caller.token}".encode(), **proof)
    assert (status, content.startswith(b'{"active":true')) == (200, True)
    assert asked("GET", "/uaa/userinfo", HTTP_HOST="elsewhere.example")[0] == 400


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", ["/tenants/{tenant}/warehouses", "/gateway/authorize", "/uaa/userinfo"])
def test_a_connection_that_broke_is_not_used_again(
    path: str, caller: Caller, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    headers = {
        "HTTP_AUTHORIZATION": f"Bearer {caller.token}",
        "HTTP_ACCEPT_VERSION": "1",
        "HTTP_X_ORIGINAL_METHOD": "GET",
        "HTTP_X_ORIGINAL_URI": f"/tenants/{tenant.pk}/warehouses",
    }

    def status() -> int:
        return asked("GET", path.format(tenant=tenant.pk), **headers)[0]

    assert [status(), status()] == [200, 200]
    given = connection.connection.info
    with psycopg.connect(given.dsn, password=given.password) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [given.backend_pid])
    # A call that found out by its record is told to come again, and is not written down.
    first = status()
    assert first in (200, 503)
    assert [status(), status()] == [200, 200]
    assert Call.objects.filter(status=200).exclude(endpoint="token").count() == 4 + (first == 200)


def test_what_breaks_is_told_in_the_shape_of_the_api(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(call: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("apps.partner_api.dispatch.serve", broken)
    status, sent, content = asked("GET", "/tenants/x")
    assert (status, sent["Content-Type"]) == (500, "application/json")
    assert sent["X-Request-Id"].encode() in content
    assert "broken" in caplog.text

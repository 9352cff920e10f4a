"""The configuration of docs/gateway.md in a real nginx, in front of an API that says what it was told."""

import re
import shutil
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest

from apps.tenants.models import Plan, Tenant
from tests.partner_api.conftest import Caller, calls

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/bin")
DOCS = Path(__file__).parents[2] / "docs" / "gateway.md"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db,
    # make test installs nginx where the system has apt; elsewhere the suite passes without it.
    pytest.mark.skipif(NGINX is None, reason="There is no nginx here."),
]


class _Api(BaseHTTPRequestHandler):
    """The API behind the gateway: it answers with the headers that it got."""

    def do_GET(self) -> None:
        body = "\n".join(f"{name}: {value}" for name, value in self.headers.items()).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def proxy(live_server: Any, tmp_path: Path) -> Iterator[str]:
    """The address of an nginx that asks the live server before it hands a request on."""
    api = HTTPServer(("127.0.0.1", 0), _Api)
    threading.Thread(target=api.serve_forever, daemon=True).start()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    found = re.search(r"```nginx\n(.*?)```", DOCS.read_text(), re.DOTALL)
    assert found
    locations = found[1].replace("http://your-api", f"http://127.0.0.1:{api.server_port}")
    locations = locations.replace("http://gatepass/", f"{live_server.url}/").replace(
        "gatepass.example", "localhost"
    )
    file = tmp_path / "nginx.conf"
    file.write_text(
        f"daemon off; error_log stderr; pid {tmp_path}/nginx.pid; events {{}}\n"
        f"http {{ access_log off; client_body_temp_path {tmp_path}/body; proxy_temp_path {tmp_path}/proxy;\n"
        f"fastcgi_temp_path {tmp_path}/f; uwsgi_temp_path {tmp_path}/u; scgi_temp_path {tmp_path}/s;\n"
        f"server {{ listen 127.0.0.1:{port}; {locations} }} }}\n"
    )
    with subprocess.Popen([str(NGINX), "-c", str(file)], stderr=subprocess.DEVNULL) as nginx:
        _wait_for(port)
        yield f"http://127.0.0.1:{port}"
        nginx.terminate()
    api.shutdown()
    api.server_close()


def _wait_for(port: int) -> None:
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail("nginx did not start.")


def ask(url: str, token: str, method: str = "GET", **headers: str) -> tuple[int, str, Any]:
    sent = {"Authorization": f"Bearer {token}"} | headers
    request = urllib.request.Request(url, headers=sent, method=method)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read().decode(), answer.headers
    except HTTPError as error:
        with error:
            return error.code, "", error.headers


def test_nginx_lets_through_what_gatepass_allows_and_nothing_else(
    proxy: str, make_caller: Callable[..., Caller], tenant: Tenant
) -> None:
    caller = make_caller()
    own = f"{proxy}/tenants/{tenant.pk}"
    status, seen, _ = ask(f"{own}/customers?page=1", caller.token, **{"X-Gatepass-Client": "somebody-else"})
    assert status == 200
    assert f"X-Gatepass-Client: {caller.client_id}" in seen and "somebody-else" not in seen
    assert f"X-Gatepass-Tenant: {tenant.pk}" in seen and "X-Gatepass-Customers: *" in seen
    assert ask(f"{own}/customers", "gp_at_wrong")[0] == 401
    for path in ("promotions", "nothing", "x/../customers", "/customers"):
        assert ask(f"{own}/{path}", caller.token)[0] == 403, path
    spoofed = {
        "X_Original_URI": f"/tenants/{tenant.pk}/customers",
        "X-Original-URI": "/",
        "X_Original_Method": "GET",
    }
    assert ask(f"{own}/promotions", caller.token, **spoofed)[0] == 403
    assert calls()[0] == ("gateway.customers.list", 200, "billable")


def test_a_limit_is_429_at_the_proxy(proxy: str, make_caller: Callable[..., Caller], tenant: Tenant) -> None:
    caller = make_caller()
    Plan.objects.create(tenant=tenant, valid_from="2020-01-01", orders_per_minute=1)
    orders = f"{proxy}/tenants/{tenant.pk}/outbound-orders"
    assert ask(orders, caller.token, "POST")[0] == 200
    status, _, headers = ask(orders, caller.token, "POST")
    assert status == 429 and int(headers["Retry-After"]) >= 1
    assert calls()[-1] == ("gateway.outbound-orders.create", 429, "throttled")

"""The configuration of docs/gateway.md in a real nginx, in front of an API that says what it was told."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from apps.tenants.models import Plan, Tenant
from tests.partner_api import proxies
from tests.partner_api.conftest import Caller, calls
from tests.partner_api.proxies import ask

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/bin")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db,
    # make test installs nginx where the system has apt; elsewhere the suite passes without it.
    pytest.mark.skipif(NGINX is None, reason="There is no nginx here."),
]


@pytest.fixture
def proxy(live_server: Any, tmp_path: Path) -> Iterator[str]:
    """The address of an nginx that asks the live server before it hands a request on."""

    def command(port: int, api: int) -> list[str]:
        locations = proxies.documented("nginx").replace("http://your-api", f"http://127.0.0.1:{api}")
        locations = locations.replace("http://gatepass/", f"{live_server.url}/")
        locations = locations.replace("gatepass.example", "localhost")
        file = tmp_path / "nginx.conf"
        file.write_text(
            f"daemon off; error_log stderr; pid {tmp_path}/nginx.pid; events {{}}\n"
            f"http {{ access_log off; client_body_temp_path {tmp_path}/body; proxy_temp_path {tmp_path}/proxy;\n"
            f"fastcgi_temp_path {tmp_path}/f; uwsgi_temp_path {tmp_path}/u; scgi_temp_path {tmp_path}/s;\n"
            f"server {{ listen 127.0.0.1:{port}; {locations} }} }}\n"
        )
        return [str(NGINX), "-c", str(file)]

    with proxies.proxy(command) as address:
        yield address


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

"""The configuration of docs/gateway.md in a real Caddy, in front of an API that says what it was told."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from apps.clients.services import create_rule
from apps.tenants.models import Tenant
from tests.partner_api import proxies
from tests.partner_api.conftest import ACTOR, Caller, calls
from tests.partner_api.proxies import ask

CADDY = shutil.which("caddy")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db,
    # make test installs Caddy where the system has apt; elsewhere the suite passes without it.
    pytest.mark.skipif(CADDY is None, reason="There is no Caddy here."),
]


@pytest.fixture
def proxy(live_server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a Caddy that asks the live server before it hands a request on."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))

    def command(port: int, api: int) -> list[str]:
        site = proxies.documented("caddy").replace("http://your-api", f"http://127.0.0.1:{api}")
        site = site.replace("https://gatepass.example", live_server.url)
        file = tmp_path / "Caddyfile"
        file.write_text(f"{{\n admin off\n}}\nhttp://127.0.0.1:{port} {{\n{site}}}\n")
        return [str(CADDY), "run", "--adapter", "caddyfile", "--config", str(file)]

    with proxies.proxy(command) as address:
        yield address


def test_caddy_lets_through_what_gatepass_allows_and_nothing_else(
    proxy: str, make_caller: Callable[..., Caller], tenant: Tenant
) -> None:
    caller = make_caller()
    create_rule(tenant=tenant, actor=ACTOR, method="GET", pattern="/stock/*", roles=["WMS_CREATE_JOBS"])
    own = f"{proxy}/tenants/{tenant.pk}"
    status, seen, _ = ask(f"{own}/customers?page=1", caller.token, **{"X-Gatepass-Client": "somebody-else"})
    assert status == 200
    assert f"X-Gatepass-Client: {caller.client_id}" in seen and "somebody-else" not in seen
    assert f"X-Gatepass-Tenant: {tenant.pk}" in seen and "X-Gatepass-Customers: *" in seen
    assert ask(f"{proxy}/stock/17", caller.token)[0] == 200
    assert ask(f"{own}/customers", "gp_at_wrong")[0] == 401
    for path in ("/promotions", "/nothing", "/x/../customers", "//customers", "/customers%2Fx"):
        assert ask(own + path, caller.token)[0] == 403, path
    spoofed = {
        "X_Forwarded_Uri": f"/tenants/{tenant.pk}/customers",
        "X-Forwarded-Uri": f"/tenants/{tenant.pk}/customers",
        "X_Forwarded_Method": "GET",
        "X-Forwarded-Method": "GET",
    }
    assert ask(f"{own}/promotions", caller.token, **spoofed)[0] == 403
    assert ask(f"{own}/customers", caller.token, "POST", **spoofed)[0] == 403
    assert calls()[:2] == [
        ("gateway.customers.list", 200, "billable"),
        ("gateway GET /stock/*", 200, "billable"),
    ]

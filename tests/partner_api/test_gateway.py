"""`/gateway/authorize` in its three dialects."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.customers.models import Customer
from apps.tenants.models import Plan, Tenant
from tests.partner_api.conftest import NOBODY, Caller, calls

pytestmark = pytest.mark.django_db


def nginx(caller: Caller, path: str, method: str = "GET", **headers: str) -> Any:
    sent = {"X-Original-Method": method, "X-Original-URI": path, "Authorization": f"Bearer {caller.token}"}
    return Client().get("/gateway/authorize", headers=sent | headers)


def test_a_call_that_may_pass_is_200_with_who_it_is(
    caller: Caller, tenant: Tenant, customer: Customer
) -> None:
    answer = nginx(caller, f"/tenants/{tenant.pk}/customers?client_secret=x")
    assert answer.status_code == 200
    assert answer.headers["X-Gatepass-Tenant"] == str(tenant.pk)
    assert answer.headers["X-Gatepass-Client"] == caller.client_id
    assert answer.headers["X-Gatepass-Customers"] == str(customer.pk)
    assert answer.headers["X-Gatepass-Roles"] == "WMS_CREATE_JOBS"
    assert calls() == [("gateway.customers.list", 200, "billable")]


def test_all_customers_are_a_star(make_caller: Callable[..., Caller], tenant: Tenant) -> None:
    answer = nginx(make_caller(), f"/tenants/{tenant.pk}/customers")
    assert answer.headers["X-Gatepass-Customers"] == "*"


def test_what_may_not_pass_is_403_or_401(caller: Caller, tenant: Tenant) -> None:
    own = f"/tenants/{tenant.pk}"
    for path, method in [
        (f"{own}/warehouse-products", "GET"),
        (f"{own}/nothing", "GET"),
        (f"{own}/customers", "DELETE"),
        (f"/tenants/{NOBODY}/customers", "GET"),
        (f"{own}//customers", "GET"),
        (f"{own}/x/../customers", "GET"),
        (f"{own}/customers%2fx", "GET"),
        (f"{own}/%2e%2e/customers", "GET"),
        (f"{own}/customers\\x", "GET"),
        ("", "GET"),
        (f"{own}/customers", ""),
        (f"{own}/customers", "get"),
    ]:
        assert nginx(caller, path, method).status_code == 403, path
    caller.token = "gp_at_wrong"
    assert nginx(caller, f"{own}/customers").status_code == 401
    assert {kind for _, _, kind in calls()} == {"refused"}


def test_each_dialect_believes_its_own_headers_only(caller: Caller, tenant: Tenant) -> None:
    bearer = {"Authorization": f"Bearer {caller.token}"}
    path = f"/tenants/{tenant.pk}/customers"
    forwarded = {"X-Forwarded-Method": "GET", "X-Forwarded-Uri": path} | bearer
    http = Client()
    assert http.get("/gateway/authorize/forwarded", headers=forwarded).status_code == 200
    assert http.get("/gateway/authorize", headers=forwarded).status_code == 403
    assert http.get(f"/gateway/authorize/envoy{path}?page=1", headers=bearer).status_code == 200
    assert http.delete(f"/gateway/authorize/envoy{path}", headers=bearer).status_code == 403
    misled = {
        "X-Original-Method": "GET",
        "X-Original-URI": path,
        "X-Forwarded-Uri": "/",
        "X-Forwarded-Method": "GET",
    }
    assert http.get("/gateway/authorize/forwarded", headers=misled | bearer).status_code == 403


def test_what_traefik_and_envoy_send_is_understood_as_they_send_it(caller: Caller, tenant: Tenant) -> None:
    """Neither runs in this suite, so this is what the configurations of docs/gateway.md make them send."""
    path = f"/tenants/{tenant.pk}/customers?page=1"
    common = {"Authorization": f"Bearer {caller.token}", "X-Forwarded-For": "203.0.113.7"}
    traefik = {
        "X-Forwarded-Method": "GET",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "api.example.com",
        "X-Forwarded-Uri": path,
        "Accept-Encoding": "gzip",
    }
    envoy = {
        "Content-Length": "0",
        "X-Envoy-Internal": "true",
        "X-Envoy-Expected-Rq-Timeout-Ms": "2000",
        "X-Forwarded-Proto": "https",
    }
    http = Client()
    assert http.get("/gateway/authorize/forwarded", headers=common | traefik).status_code == 200
    assert http.get(f"/gateway/authorize/envoy{path}", headers=common | envoy).status_code == 200
    for bad in ("/x/../y", "/x//y", "/x%2Fy", "/x%2e%2e/y", "x"):
        refused = http.get(
            "/gateway/authorize/forwarded", headers=common | traefik | {"X-Forwarded-Uri": bad}
        )
        assert refused.status_code == 403, bad
    # Envoy asks with the method and the body's length of the request itself.
    refused = http.post(f"/gateway/authorize/envoy{path}", headers=common | envoy)
    assert refused.status_code == 403
    assert {name for name, _, _ in calls()} == {
        "gateway.customers.list",
        "gateway.customers.create",
        "gateway",
    }


@pytest.mark.parametrize("given", ["RAW_URI", "REQUEST_URI"])
def test_envoys_path_is_read_as_it_was_sent_where_the_server_tells(
    given: str, caller: Caller, tenant: Tenant
) -> None:
    path = f"/gateway/authorize/envoy/tenants/{tenant.pk}/customers"
    bearer = {"Authorization": f"Bearer {caller.token}"}
    for raw, status in {
        f"{path}?page=1": 200,
        path.replace("/customers", "%2Fcustomers"): 403,
        path.replace("/customers", "//customers"): 403,
        path.replace("/customers", "/x/../customers"): 403,
        f"http://elsewhere{path}": 403,
    }.items():
        assert Client().get(path, headers=bearer, **{given: raw}).status_code == status, raw


def test_a_limit_is_403_that_says_429(caller: Caller, tenant: Tenant) -> None:
    Plan.objects.create(tenant=tenant, valid_from="2020-01-01", orders_per_minute=1)
    path = f"/tenants/{tenant.pk}/outbound-orders"
    assert nginx(caller, path, "POST").status_code == 200
    refused = nginx(caller, path, "POST")
    assert (refused.status_code, refused.headers["X-Gatepass-Status"]) == (403, "429")
    assert int(refused.headers["Retry-After"]) >= 1
    assert calls()[-1] == ("gateway.outbound-orders.create", 429, "throttled")


def test_the_weekly_cap_holds_at_the_gateway_too(caller: Caller, tenant: Tenant) -> None:
    Tenant.objects.filter(pk=tenant.pk).update(capped_until=timezone.now() + timedelta(hours=1))
    refused = nginx(caller, f"/tenants/{tenant.pk}/customers")
    assert (refused.status_code, refused.headers["X-Gatepass-Status"]) == (403, "429")
    assert 0 < int(refused.headers["Retry-After"]) <= 3600
    assert nginx(caller, f"/tenants/{tenant.pk}/promotions").status_code == 403
    assert calls() == [
        ("gateway.customers.list", 429, "throttled"),
        ("gateway.promotions.list", 403, "refused"),
    ]

"""What holds on every endpoint: errors, versions, headers, paging, bodies, roles, scope, metering."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

import pytest
from django.db import OperationalError
from django.test import Client

from apps.clients.roles import BY_CODE, Permission
from apps.customers.models import Customer
from apps.partner_api import routing
from apps.partner_api.declare import Endpoint
from apps.tenants.models import Tenant, Warehouse, ZoneChange
from apps.usage.models import Call
from tests import factories
from tests.partner_api.conftest import NOBODY, Caller, calls, problems

pytestmark = pytest.mark.django_db


def path_of(endpoint: Endpoint, tenant: Tenant) -> str:
    """The endpoint's path with the tenant's id and ids of nothing."""
    path = endpoint.full_path.replace("{tenantId}", str(tenant.pk))
    while "{" in path:
        before, _, rest = path.partition("{")
        path = before + str(NOBODY) + rest.partition("}")[2]
    return path


def test_who_am_i(caller: Caller, tenant: Tenant) -> None:
    body = caller.get("/uaa/userinfo").json()
    assert body["id"] == str(caller.row.pk)
    assert body["tenants"] == [{"id": str(tenant.pk), "name": tenant.name, "slug": tenant.slug}]
    assert isinstance(body["email"], str)


# --- Errors and metering ------------------------------------------------------------------------------------------


def test_each_refusal_is_an_array_in_json_and_is_metered_by_its_class(caller: Caller, tenant: Tenant) -> None:
    other = factories.TenantFactory.create()
    expected = [
        ("GET", "nothing/here", {}, 404, "unknown", "billable"),
        ("GET", "customers/not-a-uuid", {}, 404, "unknown", "billable"),
        ("GET", f"customers/{NOBODY}", {}, 404, "customers.get", "billable"),
        ("GET", "/tenants/zz/customers", {}, 404, "unknown", "billable"),
        ("GET", f"/tenants/{other.pk}/customers", {}, 403, "customers.list", "refused"),
        ("GET", f"/tenants/{NOBODY}/customers", {}, 403, "customers.list", "refused"),
        ("PUT", "customers", {}, 405, "unknown", "billable"),
        ("GET", "customers", {"version": None}, 400, "customers.list", "billable"),
        ("GET", "customers", {"version": "2"}, 406, "customers.list", "billable"),
        ("GET", "customers", {"version": "one"}, 406, "customers.list", "billable"),
        ("GET", "warehouse-products", {"version": "8"}, 403, "warehouse-products.list", "refused"),
        ("POST", "customers", {"body": {"name": "x"}}, 403, "customers.create", "refused"),
        ("POST", "outbound-orders", {"raw": "{"}, 400, "outbound-orders.create", "billable"),
        ("POST", "outbound-orders", {"body": {}}, 422, "outbound-orders.create", "billable"),
        (
            "POST",
            "outbound-orders",
            {"body": {}, "content_type": "text/plain"},
            415,
            "outbound-orders.create",
            "billable",
        ),
        ("HEAD", "customers", {}, 200, "customers.list", "billable"),
    ]
    for method, path, options, status, _, _ in expected:
        answer = caller.call(method, path, **options)
        assert answer.status_code == status, (method, path, answer.content)
        if status >= 400:
            problems(answer)
    assert calls() == [(name, status, kind) for _, _, _, status, name, kind in expected]
    assert all(call.reason for call in Call.objects.filter(status__gte=400))


def test_without_a_good_token_everything_is_401_and_nobody_is_metered(caller: Caller, tenant: Tenant) -> None:
    altered = caller.token[:-1] + ("a" if caller.token[-1] != "a" else "b")
    for value in (
        "",
        "Bearer",
        "Bearer ",
        f"Basic {caller.token}",
        f"Bearer {altered}",
        "Bearer gp_at_x",
        "x" * 5000,
    ):
        answer = Client().get(
            f"/tenants/{tenant.pk}/customers", headers={"Authorization": value, "Accept-Version": "1"}
        )
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer ")
        problems(answer)
        assert "RateLimit-Policy" in answer.headers
    assert calls() == []


def test_a_session_opens_no_api_and_the_api_sets_no_cookie(
    administrator: Any, tenant: Tenant, sign_in: Callable[..., Client]
) -> None:
    answer = sign_in(administrator).get(f"/tenants/{tenant.pk}/customers", headers={"Accept-Version": "1"})
    assert answer.status_code == 401
    assert not answer.cookies


def test_a_known_client_that_is_refused_is_metered_as_refused(caller: Caller) -> None:
    caller.row.is_active = False
    caller.row.save()
    assert caller.get("customers").status_code == 401
    assert calls() == [("unknown", 401, "refused")]


def test_every_answer_hardens_the_browser_and_says_its_request_id(caller: Caller) -> None:
    for path in (
        "customers",
        "nothing",
        "/uaa/userinfo",
        "/uaa/nothing",
        "/gateway/authorize",
        "/api/openapi.json",
    ):
        answer = caller.get(path)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Request-Id"]
    answer = caller.get("customers", X_Request_Id="mine")
    assert answer.headers["X-Request-Id"] != "mine"
    call = Call.objects.order_by("id").last()
    assert call is not None
    assert call.request_id == answer.headers["X-Request-Id"]


def test_an_unexpected_fault_is_500_in_the_same_shape_and_costs_nothing(caller: Caller) -> None:
    with patch("apps.partner_api.endpoints.customers.customer_json", side_effect=RuntimeError("boom")):
        caller.row.customers.first()
        answer = caller.get("customers")
    assert answer.status_code == 500
    assert "boom" not in problems(answer)[0]["message"]
    assert calls() == [("customers.list", 500, "our_error")]


def test_a_call_that_the_database_refuses_is_503_and_recorded_where_that_is_possible(
    caller: Caller, tenant: Tenant
) -> None:
    refusal = OperationalError("deadlock detected")
    with (
        patch("apps.partner_api.endpoints.customers.customer_json", side_effect=refusal),
        patch("apps.partner_api.gateway._check", side_effect=refusal),
        patch("apps.partner_api.oauth.access_tokens.issue", side_effect=refusal),
    ):
        assert caller.get("customers").status_code == 503
        assert caller.get("/gateway/authorize").status_code == 503
        with pytest.raises(AssertionError, match="Try again"):
            caller.take_token()
    assert calls() == [
        ("customers.list", 503, "our_error"),
        ("gateway", 503, "our_error"),
        ("token", 503, "token"),
    ]
    assert caller.get("customers").status_code == 200


def test_after_a_long_wait_for_the_database_nobody_waits_for_the_record(caller: Caller) -> None:
    with (
        patch("apps.partner_api.endpoints.customers.customer_json", side_effect=OperationalError("locked")),
        patch("apps.partner_api.calls._PATIENCE", 0.0),
    ):
        assert caller.get("customers").status_code == 503
    assert calls() == []


def test_a_call_that_can_not_be_recorded_does_not_happen(make_caller: Callable[..., Caller]) -> None:
    caller = make_caller(["ADD_CUSTOMER"], internal=True)
    with patch("apps.partner_api.calls.record_call", side_effect=OperationalError("disk full")):
        answer = caller.post("customers", {"name": "Never stored"})
        token = Client().get("/uaa/userinfo", headers={"Authorization": f"Bearer {caller.token}"})
    assert answer.status_code == token.status_code == 503
    assert answer.headers["Retry-After"]
    problems(answer)
    assert not Customer.objects.filter(name="Never stored").exists()
    assert calls() == []


def test_two_requests_with_one_idempotency_key_are_two_calls(caller: Caller) -> None:
    for _ in range(2):
        assert (
            caller.get("customers", Idempotency_Key="8e03978e-40d5-43dd-bc93-6894a57f9324").status_code == 200
        )
    assert calls() == [("customers.list", 200, "billable")] * 2


def test_a_refused_write_leaves_its_record_and_nothing_else(make_caller: Callable[..., Caller]) -> None:
    caller = make_caller(["ADD_CUSTOMER"], internal=True)
    assert caller.post("customers", {"name": "Twice"}).status_code == 201
    answer = caller.post("customers", {"name": "ＴＷＩＣＥ\u200b"})
    assert answer.status_code == 422
    assert problems(answer)[0]["field"] == "/name"
    assert Customer.objects.count() == 1
    assert calls() == [("customers.create", 201, "billable"), ("customers.create", 422, "billable")]


# --- Bodies -------------------------------------------------------------------------------------------------------

BAD_JSON = [
    b" ",
    b"{",
    b'{"name":"a","name":"b"}',
    b'{"name":NaN}',
    b'{"name":Infinity}',
    b'{"name":1e999}',
    b'{"name":' + b"9" * 5000 + b"}",
    b'{"name":"\\u0000"}',
    b'{"name":"\\ud800"}',
    b'{"name":"a\x00"}',
    b'\xef\xbb\xbf{"name":"x"}',
    '{"name":"x"}'.encode("utf-16"),
    b'{"name":"\xff"}',
    b"[" * 100_000,
    b'{"name":"x"} trailing',
    b"{'name':'x'}",
]


@pytest.mark.parametrize("scope", ["WAREHOUSE", "customer", "", ["CUSTOMER"], {"": []}, 1])
def test_a_customer_is_of_no_other_scope(make_caller: Callable[..., Caller], scope: Any) -> None:
    caller = make_caller(["ADD_CUSTOMER"], internal=True)
    answer = caller.post("customers", {"name": "Kettle", "scope": scope})
    assert answer.status_code == 422
    assert [fault["field"] for fault in answer.json()] == ["/scope"]
    for same in (None, "CUSTOMER"):
        assert caller.post("customers", {"name": f"Kettle {same}", "scope": same}).status_code == 201


@pytest.mark.parametrize("raw", BAD_JSON, ids=range(len(BAD_JSON)))
def test_a_faulty_json_body_is_400_in_the_apis_shape(make_caller: Callable[..., Caller], raw: bytes) -> None:
    caller = make_caller(["ADD_CUSTOMER"], internal=True)
    answer = caller.post("customers", raw=raw)
    assert answer.status_code == 400
    problems(answer)
    assert Customer.objects.count() == 0


@pytest.mark.parametrize(
    "body", [[], "text", 1, None, True, {"name": 1}, {"name": ""}, {"name": "\u200b"}, {"name": {}}]
)
def test_json_of_another_shape_is_422(make_caller: Callable[..., Caller], body: Any) -> None:
    caller = make_caller(["ADD_CUSTOMER"], internal=True)
    answer = caller.post("customers", raw=json.dumps(body))
    assert answer.status_code == 422
    problems(answer)


@pytest.mark.parametrize(
    "kind", ["text/plain", "", "application/xml", "application/json; charset=utf-16", "json"]
)
def test_another_media_type_is_415(make_caller: Callable[..., Caller], kind: str) -> None:
    caller = make_caller(["ADD_CUSTOMER"], internal=True)
    assert caller.post("customers", {"name": "x"}, content_type=kind).status_code == 415
    problems(caller.last)


def test_a_body_that_is_too_large_is_413(make_caller: Callable[..., Caller]) -> None:
    caller = make_caller(["ADD_CUSTOMER"], internal=True)
    answer = caller.post("customers", raw=b'{"name":"' + b"a" * 1_100_000 + b'"}')
    assert answer.status_code == 413
    problems(answer)


def test_bodies_of_get_and_delete_are_ignored(caller: Caller) -> None:
    assert caller.call("GET", "customers", raw=b"{{{{", content_type="text/xml").status_code == 200
    assert caller.call("DELETE", f"outbound-orders/{NOBODY}", raw=b"{{{{").status_code == 404


def test_members_that_a_body_does_not_list_are_not_stored(
    make_caller: Callable[..., Caller], outsider: Any, tenant: Tenant
) -> None:
    caller = make_caller(["ADD_CUSTOMER"], internal=True)
    other = outsider.memberships.get().tenant
    body = {"name": "Plain", "tenant": str(other.pk), "kind": "sandbox", "id": str(NOBODY), "enabled": False}
    made = caller.post("customers", body).json()
    customer = Customer.objects.get()
    assert (customer.tenant_id, customer.kind, customer.is_active) == (tenant.pk, "live", True)
    assert made["id"] != str(NOBODY)


def test_creating_customers_needs_an_internal_client_that_reaches_all(
    make_caller: Callable[..., Caller], customer: Customer
) -> None:
    assert make_caller(["ADD_CUSTOMER"]).post("customers", {"name": "x"}).status_code == 403
    narrow = make_caller(["ADD_CUSTOMER"], customers=[customer], internal=True)
    assert narrow.post("customers", {"name": "x"}).status_code == 422


# --- Paging -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", sorted(BY_CODE))
def test_a_role_opens_exactly_its_routes(
    make_caller: Callable[..., Caller], tenant: Tenant, code: str
) -> None:
    for internal in (False, True):
        caller = make_caller([code], internal=internal)
        for endpoint in routing.route_table():
            permissions = BY_CODE[code].permissions
            for implied in BY_CODE[code].implies:
                permissions |= BY_CODE[implied].permissions
            opens = endpoint.needs is None or endpoint.needs in permissions
            if endpoint.needs is Permission.CUSTOMERS_CREATE and not internal:
                opens = False
            raw = b"{}" if endpoint.takes_body else b""
            answer = caller.call(endpoint.method, path_of(endpoint, tenant), raw=raw)
            assert (answer.status_code != 403) is opens, (endpoint.name, answer.status_code)
            assert answer.status_code < 500


def test_every_route_is_declared_once_and_asks_for_a_permission_or_says_why_not() -> None:
    routes = [(endpoint.method, endpoint.full_path) for endpoint in routing.route_table()]
    assert len(routes) == len(set(routes))
    open_to_all = {endpoint.name for endpoint in routing.route_table() if endpoint.needs is None}
    assert open_to_all == {"userinfo", "usage"}


def test_lists_and_ids_show_what_is_in_scope_only(
    make_caller: Callable[..., Caller],
    customer: Customer,
    other_customer: Customer,
    warehouse: Warehouse,
    other_warehouse: Warehouse,
) -> None:
    caller = make_caller(customers=[customer], warehouses=[warehouse])
    assert [row["id"] for row in caller.get("customers").json()] == [str(customer.pk)]
    assert [row["id"] for row in caller.get("warehouses").json()] == [str(warehouse.pk)]
    assert caller.get(f"customers/{customer.pk}").json()["name"] == "Blue Kettle Teas"
    assert caller.get(f"warehouses/{warehouse.pk}/").json()["name"] == "Default"
    Warehouse.objects.filter(pk=warehouse.pk).update(address1="1 Dock Rd", country="AU")
    served = caller.get(f"warehouses/{warehouse.pk}").json()["address"]
    assert served["country"] == {"iso2Code": "AU", "iso3Code": "AUS", "name": "Australia"}
    for kind, foreign in (("customers", other_customer.pk), ("warehouses", other_warehouse.pk)):
        hidden = caller.get(f"{kind}/{foreign}")
        missing = caller.get(f"{kind}/{NOBODY}")
        assert hidden.status_code == missing.status_code == 404
        assert hidden.content == missing.content


def test_narrowing_takes_effect_on_the_next_call(
    make_caller: Callable[..., Caller], customer: Customer, other_customer: Customer
) -> None:
    caller = make_caller(customers=[customer, other_customer])
    assert len(caller.get("customers").json()) == 2
    caller.row.customers.remove(other_customer)
    assert len(caller.get("customers").json()) == 1
    caller.row.roles = ["WMS_ADD_PRODUCT"]
    caller.row.save()
    assert caller.get("customers").status_code == 403


# --- The documents ------------------------------------------------------------------------------------------------


def test_the_openapi_document_has_every_route() -> None:
    document = Client().get("/api/openapi.json").json()
    assert document["openapi"] == "3.1.0"
    for endpoint in routing.route_table():
        operation = document["paths"][endpoint.full_path][endpoint.method.lower()]
        assert operation["operationId"] == endpoint.name


def test_a_host_that_is_not_ours_is_refused() -> None:
    assert Client(headers={"host": "evil.example"}).get("/api/openapi.json").status_code == 400


def test_an_empty_host_is_refused_before_a_link_needs_it(caller: Caller) -> None:
    assert caller.get("customers", Host="").status_code == 400


def test_own_use_of_the_week(caller: Caller) -> None:
    caller.get("customers")
    caller.get("nothing")
    body = caller.get("usage").json()
    assert body["calls"]["billable"] == 2
    assert body["limits"] == {"ordersPerMinute": 30}
    assert caller.get("usage?week=2026-11-16").status_code == 200
    assert caller.get("usage?week=2026-11-17").status_code == 400
    for week in ("9999-12-13", "0001-01-15"):
        assert caller.get(f"usage?week={week}").json()["week"] == week
    for week in ("9999-12-20", "9999-12-27", "0001-01-01", "2026-W47-1", "20261116", "２０２６-11-16"):
        assert caller.get(f"usage?week={week}").status_code == 400


def test_own_use_of_a_week_before_a_change_of_zone_is_that_of_its_statement(
    caller: Caller, tenant: Tenant
) -> None:
    starts = datetime(2026, 11, 22, 14, tzinfo=UTC)
    ZoneChange.objects.create(
        tenant=tenant, starts=starts, old_zone="Australia/Brisbane", new_zone="Pacific/Auckland"
    )
    Tenant.objects.filter(pk=tenant.pk).update(zone="Pacific/Auckland")
    week = caller.get("usage?week=2026-11-16").json()
    assert (week["start"], week["end"]) == ("2026-11-16T00:00:00+10:00", "2026-11-23T00:00:00+10:00")
    between = caller.get("usage?week=2026-11-23").json()
    assert (between["week"], between["start"]) == ("2026-11-23", "2026-11-23T03:00:00+13:00")

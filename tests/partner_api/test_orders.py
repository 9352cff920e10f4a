"""Orders over HTTP: the examples of the wire contract as they stand, what real clients do, the limit."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from apps.clients.models import ApiClient, Channel
from apps.customers.models import Customer
from apps.orders.models import LineState, Order, OrderLine, Product, Stock
from apps.tenants.models import Tenant, Warehouse
from apps.usage.models import Call
from tests.partner_api.conftest import NOBODY, Caller, calls, problems
from tests.partner_api.sent import EXAMPLE, arriving, compared, condition, order, stocked

pytestmark = pytest.mark.django_db


def test_the_example_of_the_contract_is_stored_and_answered_as_it_shows(
    caller: Caller, customer: Customer, mug: Product, warehouse: Warehouse
) -> None:
    answer = caller.post("outbound-orders", raw=EXAMPLE.replace("CUSTOMER", str(customer.pk)))
    assert answer.status_code == 201, answer.content
    body = answer.json()
    assert body["type"] == "OUTBOUND"
    assert body["status"] == "AWAITING_PICK_AND_PACK"
    assert body["version"] == 1
    assert body["references"]["customer"] == "SO-771"
    assert body["references"]["numericId"].isdigit()
    assert body["customer"] == {
        "id": str(customer.pk),
        "name": "Blue Kettle Teas",
        "enabled": True,
        "references": {"code": "BKT"},
    }
    assert body["warehouse"] == {"id": str(warehouse.pk), "name": "Default", "enabled": True}
    assert body["details"]["urgent"] is False
    assert body["details"]["allowSplitting"] is True
    assert body["details"]["deliver"]["method"]["type"] == "SHIPPING"
    assert body["properties"] == {}
    (item,) = body["items"]
    assert item["type"] == "ITEM"
    assert item["details"]["product"]["references"] == {"code": "MUG-12"}
    assert item["details"]["unitOfMeasure"] == {"type": "CTN", "name": "Carton"}
    assert item["measures"] == {"quantity": 3}
    assert body["timestamps"]["created"]["time"].endswith("+10:00")
    assert caller.get(f"outbound-orders/{body['id']}").json() == body
    assert calls() == [("outbound-orders.create", 201, "billable"), ("outbound-orders.get", 200, "billable")]
    assert set(Call.objects.values_list("customer_id", flat=True)) == {customer.pk}


def test_what_real_clients_send_on_top_is_taken(caller: Caller, customer: Customer, mug: Product) -> None:
    body = order(
        customer, externalMeta={"shop": 1}, status="DISPATCHED", enabled=True, user={}, tenant=str(NOBODY)
    )
    deliver = body["details"]["deliver"]
    deliver["requiredDate"] = "2020-01-01"
    deliver["address"] |= {"state": {"code": ""}, "suburb": "Riverside", "email": ""}
    del deliver["address"]["city"]
    body["details"]["collect"] = {}
    body["items"][0]["measures"]["quantity"] = "1.000"
    body["items"][0]["externalMeta"] = {}
    answer = caller.post("outbound-orders?client_id=x&client_secret=y", body)
    assert answer.status_code == 201, answer.content
    assert answer.json()["status"] == "AWAITING_PICK_AND_PACK"
    assert answer.json()["items"][0]["measures"]["quantity"] == 1
    assert "externalMeta" not in answer.json()
    assert Order.objects.get().tenant_id == caller.row.tenant_id


@pytest.mark.parametrize(
    ("code", "quantity"), [("NOT-THERE", 3), ("MUG-12", 1000), ("MUG-12", 0), ("MUG-12", -1)]
)
def test_what_the_stock_can_not_fill_is_stored_as_rejected(
    caller: Caller, customer: Customer, mug: Product, code: str, quantity: int
) -> None:
    body = order(customer)
    body["items"][0]["details"]["product"]["references"]["code"] = code
    body["items"][0]["measures"]["quantity"] = quantity
    answer = caller.post("outbound-orders", body)
    assert answer.status_code == 228
    assert answer.json()["status"] == "REJECTED"
    assert len(answer.json()["items"]) == 1
    (error,) = answer.json()["details"]["errors"]
    assert error["message"] and error["isResolved"] is False
    assert Order.objects.count() == 1
    assert calls() == [("outbound-orders.create", 228, "billable")]


def test_a_second_order_of_one_reference_is_a_duplicate(
    caller: Caller, customer: Customer, mug: Product
) -> None:
    first = caller.post("outbound-orders", order(customer)).json()
    answer = caller.post("outbound-orders", order(customer))
    assert answer.status_code == 422
    (problem,) = problems(answer)
    assert problem["field"] == "/references/customer"
    assert problem["type"] == "DUPLICATE"
    assert problem["details"] == {"duplicateId": first["id"]}
    assert "already exists" in problem["message"]
    call = Call.objects.order_by("id").last()
    assert call is not None
    assert (call.status, call.reason, call.error_field) == (422, "duplicate", "/references/customer")
    assert call.customer_id == customer.pk


@pytest.mark.parametrize("member", ["references", "customer", "details", "items"])
def test_a_missing_member_is_422_at_its_pointer(
    caller: Caller, customer: Customer, mug: Product, member: str
) -> None:
    body = order(customer)
    del body[member]
    answer = caller.post("outbound-orders", body)
    assert answer.status_code == 422
    assert all(problem["field"].startswith(f"/{member}") for problem in problems(answer))
    assert Order.objects.count() == OrderLine.objects.count() == 0


def test_a_customer_out_of_scope_is_422_like_one_that_does_not_exist(
    caller: Caller, customer: Customer, other_customer: Customer
) -> None:
    foreign = caller.post("outbound-orders", order(customer, customer={"id": str(other_customer.pk)}))
    missing = caller.post("outbound-orders", order(customer, customer={"id": str(NOBODY)}))
    assert foreign.status_code == missing.status_code == 422
    assert foreign.content == missing.content
    assert problems(foreign)[0]["field"] == "/customer"


def test_a_warehouse_out_of_scope_is_422(
    make_caller: Callable[..., Caller],
    customer: Customer,
    mug: Product,
    warehouse: Warehouse,
    other_warehouse: Warehouse,
) -> None:
    caller = make_caller(customers=[customer], warehouses=[warehouse])
    answer = caller.post("outbound-orders", order(customer, warehouse={"id": str(other_warehouse.pk)}))
    assert answer.status_code == 422
    assert problems(answer)[0]["field"] == "/warehouse"


def test_deleting_an_order_right_after_it_was_made(caller: Caller, customer: Customer, mug: Product) -> None:
    path = f"outbound-orders/{caller.post('outbound-orders', order(customer)).json()['id']}"
    answer = caller.call("DELETE", path, raw="{ignored", content_type="text/plain")
    assert answer.status_code == 204
    assert answer.content == b""
    assert caller.call("DELETE", path).status_code == 404
    assert caller.get(path).status_code == 404
    assert Stock.objects.get().allocated == 0


def test_cancelling_an_order(caller: Caller, customer: Customer, mug: Product) -> None:
    made = caller.post("outbound-orders", order(customer)).json()
    answer = caller.post(f"outbound-orders/{made['id']}/cancel")
    assert answer.status_code == 200
    assert answer.json()["status"] == "CANCELLED"
    assert answer.json()["version"] == 2
    Order.objects.update(status="PACKED")
    refused = caller.post(f"outbound-orders/{made['id']}/cancel")
    assert refused.status_code == 409
    problems(refused)


def test_orders_of_another_customer_are_not_there(
    make_caller: Callable[..., Caller],
    tenant: Tenant,
    customer: Customer,
    other_customer: Customer,
    warehouse: Warehouse,
    mug: Product,
) -> None:
    mine, theirs = make_caller(customers=[customer]), make_caller(customers=[other_customer])
    made = mine.post("outbound-orders", order(customer)).json()
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/cancel"), ("GET", "/documents")):
        foreign = theirs.call(method, f"outbound-orders/{made['id']}{path}")
        missing = theirs.call(method, f"outbound-orders/{NOBODY}{path}")
        assert foreign.status_code == missing.status_code == 404
        assert foreign.content == missing.content
    assert theirs.get("outbound-orders").json() == []
    assert len(mine.get("outbound-orders").json()) == 1


def test_the_list_serves_sixty_days_and_no_more(caller: Caller, customer: Customer, mug: Product) -> None:
    made = [caller.post("outbound-orders", order(customer, f"SO-{n}")).json()["id"] for n in range(3)]
    now = datetime.now(UTC)
    Order.objects.filter(pk=made[0]).update(created=now - timedelta(days=62))
    Order.objects.filter(pk=made[1]).update(created=now - timedelta(days=30))
    listed = caller.get("outbound-orders")
    assert [row["id"] for row in listed.json()] == made[1:]
    assert listed.headers["Total-Elements"] == "2"
    early = caller.get(f"outbound-orders?from={(now - timedelta(days=70)).date()}")
    assert early.status_code == 422
    assert "60 days" in problems(early)[0]["message"]
    recent = caller.get(
        f"outbound-orders?from={(now - timedelta(days=3)).date()}&to={now.date() + timedelta(days=9)}"
    )
    assert [row["id"] for row in recent.json()] == made[2:]
    assert caller.get("outbound-orders?from=9999-12-31").json() == []
    assert caller.get("outbound-orders?status=REJECTED").json() == []
    for bad in ("from=yesterday", "to=2026-02-30", "status=NOPE", "from=２０２６-01-01"):
        assert caller.get(f"outbound-orders?{bad}").status_code == 400


def test_calls_for_a_sandbox_customer_cost_nothing(
    make_caller: Callable[..., Caller], tenant: Tenant, customer: Customer, warehouse: Warehouse
) -> None:
    sandbox = Customer.objects.create(tenant=tenant, name="Sandbox Blue Kettle", kind="sandbox")
    stocked(tenant, sandbox, warehouse, "MUG-12", "Mug")
    both = make_caller(customers=[customer, sandbox])
    both.post("outbound-orders", order(sandbox))
    both.post("outbound-orders", order(sandbox, items=[]))
    both.post("outbound-orders", order(customer))
    both.get("customers")
    assert [kind for _, _, kind in calls()] == ["sandbox", "sandbox", "billable", "billable"]
    only = make_caller(customers=[sandbox])
    only.get("customers")
    assert calls() == [("customers.list", 200, "sandbox")]


def test_an_inbound_order_keeps_its_draft_status(
    caller: Caller, customer: Customer, mug: Product, warehouse: Warehouse
) -> None:
    answer = caller.post("inbound-orders", arriving(customer, warehouse))
    assert answer.status_code == 201, answer.content
    body = answer.json()
    assert (body["type"], body["status"]) == ("INBOUND", "DRAFT")
    bare = caller.get(f"inbound-orders/{body['id']}", Prefer="return=no-items")
    assert "items" not in bare.json()
    assert bare.headers["Preference-Applied"] == "return=no-items"
    assert caller.get(f"outbound-orders/{body['id']}").status_code == 404
    assert caller.call("DELETE", f"inbound-orders/{body['id']}").status_code == 204


def test_an_item_says_in_what_state_its_goods_are(
    caller: Caller, customer: Customer, mug: Product, warehouse: Warehouse
) -> None:
    """Unset is OK; every other text is a value, the empty one and another spelling too."""
    body = arriving(customer, warehouse)
    for sent, served in [*((state, state) for state in LineState.values), (None, "OK")]:
        answer = caller.post("inbound-orders", with_states(body, f"PO-{sent}", sent))
        assert answer.status_code == 201, answer.content
        assert answer.json()["items"][0]["status"] == served
    path = f"inbound-orders/{answer.json()['id']}"
    Order.objects.exclude(pk=answer.json()["id"]).delete()
    for wrong in ("DAMGED", "damaged", "OK ", "", 1, False, ["OK"]):
        changed = with_states(body, "PO-None", "OK", wrong)
        for refused in (
            caller.post("inbound-orders", changed),
            caller.call("PUT", path, changed, If_Match="1"),
        ):
            assert refused.status_code == 422
            assert [problem["field"] for problem in problems(refused)] == ["/items/1/status"]
    assert list(OrderLine.objects.values_list("state", flat=True)) == ["OK"]
    lost = caller.call("PUT", path, with_states(body, "PO-None", "LOST"), If_Match="1")
    assert (lost.status_code, lost.json()["items"][0]["status"]) == (200, "LOST")


def test_a_line_of_a_sale_order_has_no_state(caller: Caller, customer: Customer, mug: Product) -> None:
    answer = caller.post("outbound-orders", with_states(order(customer), "SO-1", 7))
    assert answer.status_code == 201, answer.content
    assert "status" not in answer.json()["items"][0]


@pytest.mark.parametrize("number", ["1e30", "-1e25", "9223372036854775807", "-9223372036854775807", "1.5e19"])
def test_a_number_of_any_size_in_a_custom_field_leaves_its_order_servable(
    caller: Caller, customer: Customer, mug: Product, number: str
) -> None:
    body = json.dumps(order(customer, properties={"x": "NUMBER"})).replace('"NUMBER"', number)
    made = caller.post("outbound-orders", raw=body)
    assert made.status_code == 201, made.content
    assert json.loads(made.content, parse_float=Decimal)["properties"]["x"] == Decimal(number)
    # PostgreSQL keeps the members of a column in an order of its own.
    read = caller.get(f"outbound-orders/{made.json()['id']}").content
    assert json.loads(read, parse_float=Decimal) == json.loads(made.content, parse_float=Decimal)
    assert caller.post("outbound-orders/search", condition()).json() == [made.json()]


@pytest.mark.parametrize(
    ("path", "sent"), [("", None), ("", 7), ("", []), ("measures", 7), ("measures", None), ("details", "x")]
)
def test_a_fault_of_an_item_is_told_once_and_nothing_below_it(
    caller: Caller, customer: Customer, mug: Product, path: str, sent: Any
) -> None:
    body = order(customer)
    body["items"] = [{**body["items"][0], path: sent} if path else sent]
    answer = caller.post("outbound-orders", body)
    assert answer.status_code == 422
    assert [problem["field"] for problem in problems(answer)] == ["/items/0" + (path and f"/{path}")]


def with_states(body: dict[str, Any], reference: str, *states: Any) -> dict[str, Any]:
    """The order with an item for each state."""
    items = [{**body["items"][0], "status": state} for state in states]
    return {**body, "references": {"customer": reference}, "items": items}


def test_a_stock_report_is_done_when_it_is_asked_for(
    caller: Caller, customer: Customer, mug: Product
) -> None:
    body = {"type": "STOCK_ON_HAND", "parameters": {"pageSize": 200000, "customer": {"id": str(customer.pk)}}}
    started = caller.post("report-runs", body)
    assert started.status_code == 201
    assert started.json()["status"] == "IN_PROCESS"
    assert started.json()["parameters"] == {
        "pageSize": 100,
        "customer": {"id": str(customer.pk)},
        "warehouse": {"name": "Default"},
        "aggregateBy": ["unitOfMeasure", "productStatus"],
    }
    run = caller.get(f"report-runs/{started.json()['id']}?page=1&size=50")
    assert run.json()["status"] == "SUCCESS"
    (item,) = run.json()["items"]
    assert item["measures"] == {
        "quantity": 100,
        "quantityFree": 100,
        "quantityAllocated": 0,
        "quantityIncoming": 0,
    }
    assert item["properties"]["productStatus"] == "OK"
    assert run.headers["Total-Elements"] == "1"
    with time_machine.travel(datetime.now(UTC) + timedelta(days=8)):
        caller.token = caller.take_token()
        assert caller.get(f"report-runs/{started.json()['id']}").status_code == 404
    charges = caller.post("report-runs", {"type": "BULK_CHARGES", "parameters": {}})
    assert charges.status_code == 403


def test_a_charges_report_ignores_an_undocumented_customer(make_caller: Callable[..., Caller]) -> None:
    caller = make_caller(["INTERNAL_FIELD_ACCESS"], internal=True)
    body = {"type": "BULK_CHARGES", "parameters": {"customer": {"id": "x"}, "pageSize": 50}}
    started = caller.post("report-runs", body)
    assert started.status_code == 201
    assert caller.get(f"report-runs/{started.json()['id']}").json()["items"] == []
    stock = caller.post("report-runs", {"type": "STOCK_ON_HAND", "parameters": {}})
    assert stock.status_code == 403


def test_searching_orders(caller: Caller, customer: Customer, mug: Product) -> None:
    made = [caller.post("outbound-orders", order(customer, f"SO-{n}")).json()["id"] for n in range(3)]
    found = caller.post("outbound-orders/search", condition(compared("/references/customer", "SO-1")))
    assert found.status_code == 200
    assert [row["id"] for row in found.json()] == made[1:2]
    assert found.headers["Total-Elements"] == "1"
    everything = caller.post("outbound-orders/search?page=1&size=2", condition(), Prefer="return=minimal")
    assert everything.json() == [{"id": made[0]}, {"id": made[1]}]
    assert everything.headers["Total-Pages"] == "2"
    today = datetime.now(UTC).date()
    window = condition(
        compared(
            "/timestamps/created/time", str(today - timedelta(days=2)), "GREATER_THAN_OR_EQUAL_TO", "Date"
        ),
        compared("/timestamps/created/time", str(today + timedelta(days=2)), "LESS_THAN", "Date"),
    )
    assert len(caller.post("outbound-orders/search", window).json()) == 3
    for resource in ("inbound-orders",):
        assert caller.post(f"{resource}/search", condition()).json() == []


@pytest.mark.parametrize(
    "body", [{}, {"condition": {}}, {"condition": {"type": "AndCondition"}}, [], {"condition": []}]
)
def test_a_search_without_conditions_is_400_in_the_words_clients_know(caller: Caller, body: Any) -> None:
    answer = caller.post("outbound-orders/search", body)
    assert answer.status_code == 400
    assert problems(answer) == [{"message": "Missing field: conditions"}]


def test_a_pointer_that_can_not_be_searched_is_422(caller: Caller) -> None:
    answer = caller.post("outbound-orders/search", condition(compared("/secret", "x")))
    assert answer.status_code == 422
    assert problems(answer)[0]["field"]


PRODUCT_EXAMPLE = (
    '{"scope":"WAREHOUSE","type":"General","references":{"code":"MUG-12"},"customer":{"id":"CUSTOMER"},"name":'
    '"Mug 12oz","defaultUnitOfMeasure":"CTN","unitOfMeasures":{"CTN":{"baseQty":1,"weight":7.5,"name":"Carton"}}}'
)


def test_the_product_examples_of_the_contract(make_caller: Callable[..., Caller], customer: Customer) -> None:
    caller = make_caller(["PRODUCT_API_ACCESS"], customers=[customer])
    made = caller.post(
        "warehouse-products", raw=PRODUCT_EXAMPLE.replace("CUSTOMER", str(customer.pk)), version="8"
    )
    assert made.status_code == 201, made.content
    assert made.json()["unitOfMeasures"]["CTN"]["weight"] == 7.5
    path = f"warehouse-products/{made.json()['id']}"
    raw = '[{"op":"replace","path":"/unitOfMeasures/CTN/weight","value":8.1}]'
    patched = caller.call("PATCH", path, raw=raw, content_type="application/json-patch+json")
    assert patched.status_code == 200, patched.content
    assert patched.json()["unitOfMeasures"]["CTN"]["weight"] == 8.1
    off = caller.call("PATCH", path, raw='[{"op":"replace","path":"/details/active","value":false}]')
    assert off.json()["details"]["active"] is False
    assert [row["id"] for row in caller.get("warehouse-products").json()] == [made.json()["id"]]
    assert len(caller.post("warehouse-products/search", condition(compared("/code", "mug-12"))).json()) == 1
    again = caller.post("warehouse-products", raw=PRODUCT_EXAMPLE.replace("CUSTOMER", str(customer.pk)))
    assert again.status_code == 422
    assert "already exists" in problems(again)[0]["message"]


def test_a_volume_that_was_computed_follows_the_lengths_and_one_that_was_given_stays(
    make_caller: Callable[..., Caller], customer: Customer
) -> None:
    caller = make_caller(["PRODUCT_API_ACCESS"], customers=[customer])
    raw = PRODUCT_EXAMPLE.replace("CUSTOMER", str(customer.pk))
    made = caller.post(
        "warehouse-products", raw=raw.replace('"baseQty"', '"length":1,"width":0.5,"height":0.2,"baseQty"')
    )
    path = f"warehouse-products/{made.json()['id']}"

    def unit(*operations: dict[str, Any]) -> Any:
        return caller.call("PATCH", path, list(operations), version="8").json()["unitOfMeasures"]["CTN"]

    assert made.json()["unitOfMeasures"]["CTN"]["volume"] == 0.1
    longer = {"op": "replace", "path": "/unitOfMeasures/CTN/length", "value": 3}
    assert unit(longer)["volume"] == 0.3
    assert unit({"op": "replace", "path": "/unitOfMeasures/CTN/volume", "value": 0.5})["volume"] == 0.5
    assert unit({**longer, "value": 4})["volume"] == 0.5


@pytest.mark.parametrize(
    "operations",
    [
        {},
        [1],
        [{"op": "move", "path": "/name", "from": "/type"}],
        [{"op": "replace", "path": "/id", "value": "x"}],
        [{"op": "replace", "path": "/customer/id", "value": "x"}],
        [{"op": "replace", "path": "/details/harmonizedSystemCode", "value": "123456"}],
        [{"op": "replace", "path": "/name"}],
        [{"op": "remove", "path": "/nothing"}],
        [{"op": "add", "path": "name", "value": 1}],
        [{"op": "replace", "path": "/name", "value": 5}],
        [{"op": "add", "path": "/notifications/0", "value": {}}],
        [{"op": "add", "path": "/name/deeper", "value": 1}],
        [{"op": "add", "path": "/a/b", "value": 1}],
    ],
)
def test_a_patch_that_does_not_fit_is_422_and_changes_nothing(
    make_caller: Callable[..., Caller], customer: Customer, mug: Product, operations: Any
) -> None:
    caller = make_caller(["PRODUCT_API_ACCESS"])
    answer = caller.call("PATCH", f"warehouse-products/{mug.pk}", operations)
    assert answer.status_code == 422
    problems(answer)
    mug.refresh_from_db()
    assert (mug.name, mug.version) == ("Mug 12oz", 1)


def test_an_invoice_value_without_a_currency_is_in_the_tenants(
    caller: Caller, customer: Customer, mug: Product
) -> None:
    body = order(customer)
    body["details"]["invoiceValue"] = {"amount": "12.50"}
    answer = caller.post("outbound-orders", body)
    assert answer.status_code == 201, answer.content
    assert answer.json()["details"]["invoiceValue"] == {"amount": 12.5, "currency": "AUD"}


def test_a_channels_order_takes_what_is_missing_from_its_threshold(
    tenant: Tenant, customer: Customer, mug: Product, make_caller: Callable[..., Caller]
) -> None:
    caller = make_caller(["ORDER_API_ACCESS"])
    ApiClient.objects.filter(pk=caller.row.pk).update(kind="channel")
    Channel.objects.create(
        client=caller.row,
        configuration="manual",
        threshold_weight=Decimal("2.5"),
        threshold_volume=Decimal("0.1"),
    )
    answer = caller.post("outbound-orders", order(customer, measures={"weight": 0}))
    assert answer.status_code == 201, answer.content
    assert answer.json()["status"] == "DRAFT"
    assert answer.json()["measures"] == {"weight": 0, "cubic": 0.1}
    assert answer.json()["details"]["defaulted"]

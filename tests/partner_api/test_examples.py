"""Every example of the wire contract, sent as it is printed and answered with at least what it shows."""

import base64
import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from apps.customers.models import Customer
from apps.orders.models import Order, Product
from apps.orders.services import pack
from apps.tenants.models import Tenant, Warehouse
from tests.partner_api.conftest import ACTOR, FORM, Caller, basic
from tests.partner_api.sent import EXAMPLE, INBOUND_EXAMPLE, compared, condition

pytestmark = pytest.mark.django_db
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}[+-]\d{2}:\d{2}")


def shows(answer: Any, example: Any, at: str = "") -> None:
    """Everything of the example is in the answer. Ids are cut off in print, numbers and times are anybody's."""
    if isinstance(example, dict):
        assert isinstance(answer, dict), at
        for name, value in example.items():
            assert name in answer, f"{at}/{name}"
            shows(answer[name], value, f"{at}/{name}")
    elif isinstance(example, list):
        assert isinstance(answer, list) and len(answer) >= len(example), at
        for number, value in enumerate(example):
            shows(answer[number], value, f"{at}/{number}")
    elif isinstance(example, str) and example.endswith("…"):
        assert isinstance(answer, str) and answer, at
    elif isinstance(example, str) and MOMENT.fullmatch(example):
        assert MOMENT.fullmatch(answer), at
    elif at.endswith("/numericId"):
        assert answer.isdigit(), at
    else:
        assert answer == example, at
        assert type(answer) is type(example), at


def test_1_1_the_token_as_clients_take_it(caller: Caller) -> None:
    answer = caller.http.post(
        "/uaa/oauth/token?client_id=x&client_secret=y",
        data="grant_type=client_credentials",
        content_type=FORM,
        headers={"Authorization": basic(caller.client_id, caller.secret), "X-CLIENT-SECRET": "y"},
    )
    assert answer.status_code == 200
    shows(answer.json(), {"access_token": "…", "token_type": "bearer", "expires_in": 3600})
    assert set(answer.json()) == {"access_token", "token_type", "expires_in"}


def test_1_3_who_am_i(caller: Caller, tenant: Tenant) -> None:
    example = '{"id":"6a0c…","name":"A…","email":"api@acme.test…","tenants":[{"id":"91d2…","name":"N…","slug":"n…"}]}'
    body = caller.get("/uaa/userinfo").json()
    shows(body, json.loads(example))
    assert body["tenants"] == [{"id": str(tenant.pk), "name": tenant.name, "slug": tenant.slug}]


def test_2_3_a_duplicate_reference(caller: Caller, customer: Customer, mug: Product) -> None:
    raw = EXAMPLE.replace("CUSTOMER", str(customer.pk))
    made = caller.post("outbound-orders", raw=raw).json()
    answer = caller.post("outbound-orders", raw=raw)
    assert answer.status_code == 422
    (problem,) = answer.json()
    shows(
        problem,
        {"field": "/references/customer", "type": "DUPLICATE", "details": {"duplicateId": made["id"]}},
    )
    assert "already exists" in problem["message"]


def test_2_3_a_search_without_conditions(caller: Caller) -> None:
    answer = caller.post("outbound-orders/search", {"condition": {"type": "AndCondition"}})
    assert (answer.status_code, answer.json()) == (400, [{"message": "Missing field: conditions"}])


def test_4_1_a_customer(make_caller: Callable[..., Caller], warehouse: Warehouse) -> None:
    caller = make_caller(["ADD_CUSTOMER"], internal=True)
    sent = '{"name":"Blue Kettle Teas","references":{"code":"BKT"},"email":"ops@bk.test"}'
    shown = (
        '{"id":"3c1e…","scope":"CUSTOMER","enabled":true,"name":"Blue Kettle Teas","references":{"code":"BKT"},'
        '"warehouses":[{"id":"77aa…","name":"Default","enabled":true}],"email":"ops@bk.test"}'
    )
    made = caller.post("customers", raw=sent)
    assert made.status_code == 201
    shows(made.json(), json.loads(shown))
    assert caller.get(f"customers/{made.json()['id']}").json() == made.json()


def test_4_2_a_warehouse(caller: Caller, warehouse: Warehouse) -> None:
    body = caller.get(f"warehouses/{warehouse.pk}").json()
    shows(body, {"id": str(warehouse.pk), "name": "Default", "enabled": True})
    assert caller.get("warehouses").json() == [body]


def test_4_3_a_product_and_its_patch(make_caller: Callable[..., Caller], customer: Customer) -> None:
    caller = make_caller(["WMS_ADD_PRODUCT", "WMS_EDIT_PRODUCT"])
    sent = (
        '{"scope":"WAREHOUSE","type":"General","references":{"code":"MUG-12"},"customer":{"id":"CUSTOMER"},"name":'
        '"Mug 12oz","defaultUnitOfMeasure":"CTN","unitOfMeasures":{"CTN":{"baseQty":1,"weight":7.5,"name":"Carton"}}}'
    ).replace("CUSTOMER", str(customer.pk))
    made = caller.post("warehouse-products", raw=sent)
    assert made.status_code == 201
    shows(made.json(), json.loads(sent))
    for kind in ("application/json", "application/json-patch+json"):
        patched = caller.call(
            "PATCH",
            f"warehouse-products/{made.json()['id']}",
            raw='[{"op":"replace","path":"/unitOfMeasures/CTN/weight","value":8.1}]',
            content_type=kind,
        )
        assert patched.status_code == 200
        assert patched.json()["unitOfMeasures"]["CTN"]["weight"] == 8.1
    again = caller.post("warehouse-products", raw=sent)
    assert again.status_code == 422
    assert re.search("already exists", " ".join(f"{p.get('field')}: {p['message']}" for p in again.json()))


def test_4_4_an_outbound_order(caller: Caller, customer: Customer, mug: Product) -> None:
    shown = (
        '{"id":"b7f0…","type":"OUTBOUND","status":"AWAITING_PICK_AND_PACK","version":1,"references":{"customer":'
        '"SO-771","numericId":"1042"},"customer":{"id":"3c1e…","name":"Blue Kettle Teas","enabled":true},"warehouse":'
        '{"id":"77aa…","name":"Default","enabled":true},"details":{"urgent":false,"allowSplitting":true,"deliver":{}},'
        '"properties":{},"items":[{"id":"e1…","type":"ITEM","details":{"product":{"id":"c4…","name":"Mug 12oz",'
        '"references":{"code":"MUG-12"}},"unitOfMeasure":{"type":"CTN","name":"Carton"}},"measures":{"quantity":3}}],'
        '"timestamps":{"created":{"time":"2026-03-01T09:15:00+10:00"},"modified":{"time":"2026-03-01T09:15:00+10:00"}}}'
    )
    made = caller.post("outbound-orders", raw=EXAMPLE.replace("CUSTOMER", str(customer.pk)))
    assert made.status_code == 201
    shows(made.json(), json.loads(shown))


def test_4_5_a_document(caller: Caller, customer: Customer, mug: Product) -> None:
    order = caller.post("outbound-orders", raw=EXAMPLE.replace("CUSTOMER", str(customer.pk))).json()["id"]
    content = {"name": "invoice.pdf", "data": base64.b64encode(b"%PDF-1.4").decode()}
    made = caller.post(
        f"outbound-orders/{order}/documents", {"type": "OUTBOUND_ORDER_INVOICE", "content": content}
    )
    assert made.status_code == 201, made.content
    owner = {"type": "OUTBOUND", "id": order}
    shows(made.json(), {"id": "…", "type": "OUTBOUND_ORDER_INVOICE", "owner": owner})
    path = f"outbound-orders/{order}/documents"
    (listed,) = caller.get(path).json()
    shows(listed, {"id": "…", "type": "OUTBOUND_ORDER_INVOICE", "content": {"name": "invoice.pdf"}})
    assert "data" not in listed["content"]
    one = caller.get(f"{path}/{listed['id']}").json()
    shows(one, {"content": content, "owner": owner})
    file = caller.get(f"{path}/{listed['id']}/download")
    assert file.content == b"%PDF-1.4"
    assert file.headers["Content-Type"] == "application/pdf"
    assert file.headers["Content-Disposition"].startswith("attachment")
    by_owner = caller.post(
        "documents", {"type": "OUTBOUND_ORDER_INVOICE", "content": content, "owner": owner}
    )
    assert by_owner.status_code == 201
    assert "data" not in by_owner.json()["content"]


def test_4_6_an_inbound_order(caller: Caller, customer: Customer, warehouse: Warehouse, mug: Product) -> None:
    raw = INBOUND_EXAMPLE.replace("CUSTOMER", str(customer.pk)).replace("WAREHOUSE", str(warehouse.pk))
    made = caller.post("inbound-orders", raw=raw)
    assert made.status_code == 201
    shows(made.json(), json.loads(raw))


def test_4_7_a_consignment_of_an_order_that_was_packed(
    make_caller: Callable[..., Caller], customer: Customer, mug: Product
) -> None:
    caller = make_caller(["WMS_CREATE_JOBS", "TMS_CREATE_JOBS"])
    made = caller.post("outbound-orders", raw=EXAMPLE.replace("CUSTOMER", str(customer.pk))).json()
    pack(order=Order.objects.get(pk=made["id"]), actor=ACTOR)
    shown = (
        '[{"id":"5d…","status":"IN_WAREHOUSE","references":{"customer":"SO-771"},"customer":{"id":"3c1e…","name":'
        '"Blue Kettle Teas","enabled":true},"details":{"type":"DELIVERY"},"items":[],"version":1}]'
    )
    found = caller.post("consignments/search", condition(compared("/generatedFromTask/id", made["id"])))
    assert found.status_code == 200
    shows(found.json(), json.loads(shown))


def test_4_8_a_stock_report(caller: Caller, customer: Customer, mug: Product) -> None:
    sent = '{"type":"STOCK_ON_HAND","parameters":{"pageSize":200000,"customer":{"id":"CUSTOMER"}}}'
    shown = (
        '{"id":"aa90…","type":"STOCK_ON_HAND","status":"IN_PROCESS","parameters":{"pageSize":100,"customer":{"id":'
        '"3c1e…"},"warehouse":{"name":"Default"},"aggregateBy":["unitOfMeasure","productStatus"]}}'
    )
    started = caller.post("report-runs", raw=sent.replace("CUSTOMER", str(customer.pk)))
    assert started.status_code == 201
    shows(started.json(), json.loads(shown))
    assert caller.get(f"report-runs/{started.json()['id']}").json()["status"] == "SUCCESS"

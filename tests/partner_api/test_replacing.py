"""PUT of orders: the whole order as on create, the version that was read, and not once packing or receiving began."""

from collections.abc import Callable
from typing import Any

import pytest

from apps.customers.models import Customer
from apps.customers.settings import ConsignmentGeneration, OutOfStock
from apps.orders import services
from apps.orders.models import Consignment, Order, Product, Stock
from tests.customers.factories import with_settings
from tests.orders.factories import CALLER as WAREHOUSE_HAND
from tests.partner_api.conftest import Caller, calls, problems
from tests.partner_api.sent import INBOUND_EXAMPLE, order

pytestmark = pytest.mark.django_db


def with_quantity(of: Customer, quantity: Any, reference: str = "SO-1") -> dict[str, Any]:
    body = order(of, reference)
    body["items"][0]["measures"]["quantity"] = quantity
    return body


def allocated() -> int:
    return int(Stock.objects.get().allocated)


def test_a_replaced_order_keeps_its_id_and_number_and_holds_what_it_needs_now(
    caller: Caller, customer: Customer, mug: Product
) -> None:
    made = caller.post("outbound-orders", with_quantity(customer, 3)).json()
    assert allocated() == 3
    answer = caller.call(
        "PUT", f"outbound-orders/{made['id']}", with_quantity(customer, 7, "SO-2"), If_Match="1"
    )
    assert answer.status_code == 200, answer.content
    changed = answer.json()
    assert (changed["id"], changed["version"]) == (made["id"], 2)
    assert changed["references"] == {"customer": "SO-2", "numericId": made["references"]["numericId"]}
    assert changed["timestamps"]["created"] == made["timestamps"]["created"]
    assert [item["measures"]["quantity"] for item in changed["items"]] == [7]
    assert allocated() == 7
    assert caller.get(f"outbound-orders/{made['id']}").json() == changed
    assert calls()[-2:] == [
        ("outbound-orders.put", 200, "billable"),
        ("outbound-orders.get", 200, "billable"),
    ]


def test_the_version_has_to_be_the_newest_and_has_to_be_sent(
    caller: Caller, customer: Customer, mug: Product
) -> None:
    path = f"outbound-orders/{caller.post('outbound-orders', order(customer)).json()['id']}"
    assert caller.call("PUT", path, order(customer), If_Match='"1"').status_code == 200
    for version in ("1", "3", "0"):
        answer = caller.call("PUT", path, order(customer), If_Match=version)
        assert answer.status_code == 412
        assert "version is 2" in problems(answer)[0]["message"]
    for version in ("", "*", "W/1", "one", "１"):
        assert caller.call("PUT", path, order(customer), If_Match=version).status_code == 400
    assert Order.objects.get().version == 2


def test_an_order_in_packing_is_409_and_a_shortage_is_228(
    caller: Caller, customer: Customer, mug: Product
) -> None:
    path = f"outbound-orders/{caller.post('outbound-orders', order(customer)).json()['id']}"
    answer = caller.call("PUT", path, with_quantity(customer, 101), If_Match="1")
    assert (answer.status_code, answer.json()["status"]) == (228, "REJECTED")
    assert answer.json()["details"]["errors"] and allocated() == 0
    again = caller.call("PUT", path, with_quantity(customer, 2), If_Match="2")
    assert (again.status_code, again.json()["status"]) == (200, "AWAITING_PICK_AND_PACK")
    assert "errors" not in again.json()["details"]
    services.pack(order=Order.objects.get(), actor=WAREHOUSE_HAND)
    late = caller.call("PUT", path, order(customer), If_Match="4")
    assert late.status_code == 409
    assert "packed" in problems(late)[0]["message"] and allocated() == 2


def test_customer_and_reference_are_guarded(
    make_caller: Callable[..., Caller], customer: Customer, other_customer: Customer, mug: Product
) -> None:
    caller = make_caller()
    made = caller.post("outbound-orders", order(customer, "SO-1")).json()
    other = caller.post("outbound-orders", order(customer, "SO-2")).json()
    path = f"outbound-orders/{made['id']}"
    (problem,) = problems(caller.call("PUT", path, order(customer, "SO-2"), If_Match="1"))
    assert problem["type"] == "DUPLICATE" and problem["details"] == {"duplicateId": other["id"]}
    (problem,) = problems(caller.call("PUT", path, order(other_customer), If_Match="1"))
    assert problem["field"] == "/customer"
    assert caller.last.status_code == 422
    narrow = make_caller(customers=[other_customer])
    assert narrow.call("PUT", path, order(customer), If_Match="1").status_code == 404


def test_what_is_split_off_by_a_replacement_waits_as_a_second_order(
    caller: Caller, customer: Customer, mug: Product
) -> None:
    with_settings(customer, out_of_stock=OutOfStock.SPLIT)
    path = f"outbound-orders/{caller.post('outbound-orders', order(customer)).json()['id']}"
    answer = caller.call("PUT", path, with_quantity(customer, 130), If_Match="1")
    assert answer.json()["items"][0]["measures"]["quantity"] == 100
    assert Order.objects.get(part=2).status == "AWAITING_STOCK"
    assert caller.call("PUT", path, with_quantity(customer, 1), If_Match="2").status_code == 409


def test_a_consignment_made_at_import_follows(
    make_caller: Callable[..., Caller], customer: Customer, mug: Product
) -> None:
    with_settings(customer, consignments=ConsignmentGeneration.AT_IMPORT)
    caller = make_caller(["WMS_CREATE_JOBS", "TMS_CREATE_JOBS"])
    path = f"outbound-orders/{caller.post('outbound-orders', order(customer)).json()['id']}"
    caller.call("PUT", path, order(customer, "SO-9"), If_Match="1")
    job = Consignment.objects.get()
    assert (job.reference, job.status, job.version) == ("SO-9", "AWAITING_SALE_ORDER_PACKING", 2)
    caller.call("PUT", path, with_quantity(customer, 500), If_Match="2")
    assert Consignment.objects.get().status == "CANCELLED"


def test_an_inbound_order_can_be_replaced_until_it_is_received(
    caller: Caller, customer: Customer, mug: Product, warehouse: Any
) -> None:
    document = INBOUND_EXAMPLE.replace("CUSTOMER", str(customer.pk)).replace("WAREHOUSE", str(warehouse.pk))
    made = caller.post("inbound-orders", raw=document).json()
    path = f"inbound-orders/{made['id']}"
    changed = caller.call("PUT", path, raw=document.replace(":40", ":41").replace("DRAFT", ""), If_Match="1")
    assert (changed.status_code, changed.json()["status"]) == (200, "NOT_YET_RECEIVED")
    assert changed.json()["items"][0]["measures"]["quantity"] == 41
    services.receive(order=Order.objects.get(), actor=WAREHOUSE_HAND)
    assert caller.call("PUT", path, raw=document, If_Match="3").status_code == 409


def test_order_api_access_may_not_replace(
    make_caller: Callable[..., Caller], customer: Customer, mug: Product
) -> None:
    caller = make_caller(["ORDER_API_ACCESS"])
    made = caller.post("outbound-orders", order(customer)).json()
    answer = caller.call("PUT", f"outbound-orders/{made['id']}", order(customer), If_Match="1")
    assert answer.status_code == 403

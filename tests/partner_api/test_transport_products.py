"""Transport products over the API (#35 and #36): what consignments carry."""

from collections.abc import Callable
from typing import Any

import pytest

from apps.audit.models import Entry
from apps.customers.models import Customer
from apps.orders.models import TransportProduct
from tests.partner_api.conftest import NOBODY, Caller, problems

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(make_caller: Callable[..., Caller], customer: Customer) -> Caller:
    return make_caller(["TMS_EDIT_PRODUCT"], customers=[customer])


def pallet(of: Customer, code: str = "PALLET-STD", **members: Any) -> dict[str, Any]:
    return {
        "scope": "TRANSPORT",
        "references": {"code": code, "erp": "77"},
        "customer": {"id": str(of.pk)},
        "name": "Standard pallet",
        "measures": {"weight": "420.500", "cubic": 1.9, "pallets": 1, "colour": "blue"},
        "properties": {"hazard": "none"},
        **members,
    }


def test_a_transport_product_is_made_read_and_replaced(editor: Caller, customer: Customer) -> None:
    answer = editor.post("products", pallet(customer))
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert made == {
        "id": made["id"],
        "scope": "TRANSPORT",
        "type": "General",
        "references": {"erp": "77", "code": "PALLET-STD"},
        "customer": made["customer"],
        "name": "Standard pallet",
        "details": {"active": True},
        "measures": {"weight": 420.5, "cubic": 1.9, "pallets": 1},
        "properties": {"hazard": "none"},
        "timestamps": made["timestamps"],
    }
    path = f"products/{made['id']}"
    assert editor.get(path).json() == made
    assert editor.get("products").json() == [made]
    assert editor.get("products?size=1", Prefer="return=minimal").json() == [{"id": made["id"]}]
    changed = editor.call(
        "PUT", path, pallet(customer, name="Pallet", details={"active": False}, measures={})
    )
    assert changed.status_code == 200, changed.content
    assert (changed.json()["name"], changed.json()["details"]) == ("Pallet", {"active": False})
    assert "measures" not in editor.get(path).json()
    entries = Entry.objects.filter(action__startswith="transport_product").order_by("id")
    assert [entry.action for entry in entries] == ["transport_product.created", "transport_product.updated"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"scope": "WAREHOUSE"}, "/scope"),
        ({"references": {}}, "/references/code"),
        ({"name": " "}, "/name"),
        ({"measures": {"weight": -1}}, "/measures/weight"),
        ({"customer": None}, "/customer"),
        ({"customer": {"id": str(NOBODY)}}, "/customer"),
    ],
)
def test_what_is_wrong_is_named_at_its_place(
    editor: Caller, customer: Customer, changes: dict[str, Any], field: str
) -> None:
    answer = editor.post("products", pallet(customer, **changes))
    assert answer.status_code == 422
    assert [problem["field"] for problem in problems(answer)] == [field]
    assert not TransportProduct.objects.exists()


def test_a_code_is_taken_once_by_each_customer(
    editor: Caller, make_caller: Callable[..., Caller], customer: Customer, other_customer: Customer
) -> None:
    made = editor.post("products", pallet(customer)).json()
    again = editor.post("products", pallet(customer))
    assert again.status_code == 422
    (problem,) = problems(again)
    assert (problem["type"], problem["details"]) == ("DUPLICATE", {"duplicateId": made["id"]})
    assert "already exists" in problem["message"]
    everywhere = make_caller(["TMS_EDIT_PRODUCT"])
    theirs = everywhere.post("products", pallet(other_customer)).json()
    assert editor.post("products", pallet(other_customer)).status_code == 422
    assert [row["id"] for row in editor.get("products").json()] == [made["id"]]
    assert len(everywhere.get("products").json()) == 2
    assert editor.get(f"products/{theirs['id']}").status_code == 404
    assert editor.call("PUT", f"products/{theirs['id']}", pallet(customer)).status_code == 404


def test_who_makes_consignments_reads_transport_products_and_changes_none(
    editor: Caller, make_caller: Callable[..., Caller], customer: Customer
) -> None:
    made = editor.post("products", pallet(customer)).json()
    carrier = make_caller(["TMS_CREATE_JOBS"])
    assert carrier.get(f"products/{made['id']}").json() == made
    assert carrier.post("products", pallet(customer, "OTHER")).status_code == 403
    assert carrier.call("PUT", f"products/{made['id']}", pallet(customer)).status_code == 403
    assert make_caller(["WMS_CREATE_JOBS"]).get("products").status_code == 403

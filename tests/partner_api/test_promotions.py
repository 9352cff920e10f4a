"""Promotions over the API, and the definitions of custom fields."""

from collections.abc import Callable
from typing import Any

import pytest

from apps.customers.models import Customer
from apps.orders.models import Product, Promotion
from apps.tenants.models import Tenant, Warehouse
from tests.partner_api.conftest import NOBODY, Caller, calls, problems
from tests.partner_api.sent import stocked

pytestmark = pytest.mark.django_db


@pytest.fixture
def seller(make_caller: Callable[..., Caller], customer: Customer) -> Caller:
    return make_caller(["PROMOTION_MANAGEMENT"], customers=[customer])


def offer(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Mugs in March",
        "products": [{"references": {"code": "MUG-12"}}],
        "discount": {"type": "PERCENT", "value": "12.5"},
        "starts": "2020-03-01T00:00:00Z",
        "limits": {"perOrder": 6},
        **changes,
    }


def test_a_promotion_is_made_changed_and_ended(seller: Caller, mug: Product) -> None:
    made = seller.post("promotions", offer())
    assert made.status_code == 201, made.content
    body = made.json()
    assert body["starts"].startswith("2020-03-01T") and "ends" not in body
    assert body == {
        "id": body["id"],
        "name": "Mugs in March",
        "status": "ACTIVE",
        "products": [{"id": str(mug.pk), "name": "Mug 12oz", "references": {"code": "MUG-12"}}],
        "discount": {"type": "PERCENT", "value": 12.5},
        "starts": body["starts"],
        "limits": {"perOrder": 6},
    }
    path = f"promotions/{body['id']}"
    assert seller.get(path).json() == body
    later = offer(
        name="Later", starts="2099-01-01T00:00:00+10:00", products=[{"id": str(mug.pk)}], limits=None
    )
    changed = seller.call("PUT", path, later).json()
    assert (changed["name"], changed["status"], "limits" in changed) == ("Later", "SCHEDULED", False)
    assert seller.post(f"{path}/end").json()["status"] == "ENDED"
    assert seller.post(f"{path}/end").status_code == 409
    assert seller.call("PUT", path, offer()).status_code == 409
    assert seller.post(f"promotions/{NOBODY}/end").status_code == 404


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "/name"),
        ({"products": []}, "/products"),
        ({"products": [{"references": {"code": "NONE"}}]}, "/products/0"),
        ({"products": [{}]}, "/products/0"),
        ({"discount": {"type": "PERCENT", "value": 101}}, "/discount/value"),
        ({"discount": {"type": "AMOUNT", "value": 0}}, "/discount/value"),
        ({"discount": {"value": 1}}, "/discount/type"),
        ({"discount": None}, "/discount"),
        ({"starts": "2026-03-01"}, "/starts"),
        ({"ends": "2019-01-01T00:00:00Z"}, "/ends"),
        ({"limits": {"perOrder": 0}}, "/limits/perOrder"),
    ],
)
def test_what_is_wrong_is_named(seller: Caller, mug: Product, changes: dict[str, Any], field: str) -> None:
    (problem,) = problems(seller.post("promotions", offer(**changes)))
    assert problem["field"] == field and seller.last.status_code == 422
    assert not Promotion.objects.exists()


def test_names_are_unique_and_products_of_others_stay_theirs(
    make_caller: Callable[..., Caller],
    seller: Caller,
    tenant: Tenant,
    other_customer: Customer,
    warehouse: Warehouse,
    mug: Product,
) -> None:
    other = stocked(tenant, other_customer, warehouse, "MUG-12", "Their mug")
    anyone = make_caller(["PROMOTION_MANAGEMENT"])
    assert "Several customers" in problems(anyone.post("promotions", offer()))[0]["message"]
    both = anyone.post("promotions", offer(products=[{"id": str(mug.pk)}, {"id": str(other.pk)}])).json()
    assert len(both["products"]) == 2
    assert [row["name"] for row in seller.get(f"promotions/{both['id']}").json()["products"]] == ["Mug 12oz"]
    assert seller.post(f"promotions/{both['id']}/end").status_code == 409
    (problem,) = problems(seller.post("promotions", offer(name="MUGS in march")))
    assert problem["type"] == "DUPLICATE"


def test_no_custom_fields_are_defined_and_a_strangers_customer_is_404(
    caller: Caller, customer: Customer, other_customer: Customer
) -> None:
    for activity in ("inbound", "outbound", "transport"):
        answer = caller.get(
            f"definitions/activity/{activity}?customerId={customer.pk}&inactiveCustomFields=1"
        )
        assert (answer.status_code, answer.json()) == (200, [])
        assert (
            caller.get(f"definitions/activity/{activity}?customerId={other_customer.pk}").status_code == 404
        )
    assert calls()[0] == ("definitions.inbound", 200, "billable")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"discount": {"type": "HALF", "value": 1}}, "/discount/type"),
        ({"discount": {"type": 7, "value": 1}}, "/discount/type"),
        ({"discount": {"type": "", "value": 1}}, "/discount/type"),
        ({"products": ["MUG-12"]}, "/products/0"),
        ({"products": [None]}, "/products/0"),
    ],
)
def test_a_fault_of_a_promotion_is_told_once(
    seller: Caller, mug: Product, changes: dict[str, Any], field: str
) -> None:
    answer = seller.post("promotions", offer(**changes))
    assert answer.status_code == 422
    assert [problem["field"] for problem in problems(answer)] == [field]

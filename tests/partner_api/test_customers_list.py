"""The list of customers is read by other queries than one customer; both have to say the same."""

from collections.abc import Callable

import pytest

from apps.customers.models import Customer, Kind
from apps.tenants.models import Tenant, Warehouse
from tests.partner_api.conftest import Caller

pytestmark = pytest.mark.django_db


def test_the_list_shows_each_customer_as_it_is_shown_alone(
    tenant: Tenant, warehouse: Warehouse, customer: Customer, make_caller: Callable[..., Caller]
) -> None:
    full = Customer.objects.create(
        tenant=tenant, name="Tea House", code="TEA", email="ops@tea.example", telephone="+61 7 5550 0100"
    )
    full.warehouses.add(warehouse)
    Customer.objects.create(tenant=tenant, name="Closed", is_active=False)
    Customer.objects.create(tenant=tenant, name="Tea House Sandbox", kind=Kind.SANDBOX, copied_from=full)
    caller = make_caller(["WMS_CREATE_JOBS"])
    listed = caller.get("customers").json()
    assert len(listed) == 4
    assert listed == [caller.get(f"customers/{row['id']}").json() for row in listed]
    assert {row["name"] for row in listed} >= {"Tea House", "Closed", "Tea House Sandbox"}


def test_a_customer_shows_the_warehouses_that_the_client_reaches_and_no_others(
    make_caller: Callable[..., Caller], customer: Customer, warehouse: Warehouse, other_warehouse: Warehouse
) -> None:
    customer.warehouses.add(other_warehouse)
    narrow = make_caller(warehouses=[other_warehouse])
    for answer in (narrow.get("customers").json()[0], narrow.get(f"customers/{customer.pk}").json()):
        assert [row["name"] for row in answer["warehouses"]] == ["Northside"]
    wide = make_caller().get("customers").json()[0]
    assert [row["name"] for row in wide["warehouses"]] == ["Default", "Northside"]


def test_the_list_shows_each_warehouse_as_it_is_shown_alone(
    make_caller: Callable[..., Caller], warehouse: Warehouse, other_warehouse: Warehouse
) -> None:
    wide, narrow = make_caller(), make_caller(warehouses=[other_warehouse])
    listed = wide.get("warehouses").json()
    assert listed == [wide.get(f"warehouses/{row['id']}").json() for row in listed]
    assert [row["name"] for row in listed] == ["Default", "Northside"]
    assert narrow.get("warehouses").json() == listed[1:]
    assert narrow.get(f"warehouses/{warehouse.pk}").status_code == 404
    second = wide.get("warehouses?page=2&size=1")
    assert (second.json(), second.headers["Total-Elements"]) == (listed[1:], "2")
    assert wide.get("warehouses?page=3&size=1").json() == []

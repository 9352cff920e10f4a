"""Customers as the API sends and gets them, and what their services refuse."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError

from apps.core.problems import Invalid
from apps.customers import selectors, services, wire
from apps.customers.models import Customer
from apps.customers.scope import EVERYTHING, Scope
from apps.customers.settings import OrderSettings
from apps.tenants.models import Tenant, Warehouse
from tests.customers.factories import CustomerFactory
from tests.orders.factories import CALLER


def create(tenant: Tenant, payload: Any, scope: Scope = EVERYTHING) -> Customer:
    return services.create_customer_from(tenant=tenant, scope=scope, payload=payload, actor=CALLER)


def test_the_example_is_stored_and_served_as_documented(tenant: Tenant, warehouse: Warehouse) -> None:
    payload = {"name": "Blue Kettle Teas", "references": {"code": "BKT"}, "email": "ops@bk.test", "kind": "x"}
    customer = create(tenant, payload)
    assert wire.customer_json(customer) == {
        "id": customer.pk,
        "scope": "CUSTOMER",
        "enabled": True,
        "name": "Blue Kettle Teas",
        "references": {"code": "BKT"},
        "warehouses": [{"id": warehouse.pk, "name": "Default", "enabled": True}],
        "email": "ops@bk.test",
    }


@pytest.mark.parametrize(
    ("payload", "pointers"),
    [
        ({}, ["/name"]),
        (None, ["", "/name"]),
        ({"name": ""}, ["/name"]),
        ({"name": 7}, ["/name"]),
        ({"name": "BLUE kettle teas"}, ["/name"]),
        ({"name": "New", "references": {"code": "BKT"}}, ["/references/code"]),
        ({"name": "New", "references": []}, ["/references"]),
        ({"name": "New", "warehouses": [{"id": "zz"}]}, ["/warehouses/0"]),
        ({"name": "New", "warehouses": {}}, ["/warehouses"]),
    ],
)
def test_what_can_not_be_stored_is_said_at_its_pointer(
    tenant: Tenant, customer: Customer, payload: Any, pointers: list[str]
) -> None:
    with pytest.raises(Invalid) as refusal:
        create(tenant, payload)
    assert [problem.pointer for problem in refusal.value.problems] == pointers
    assert Customer.objects.count() == 1


def test_a_warehouse_out_of_reach_is_refused(tenant: Tenant, warehouse: Warehouse) -> None:
    scope = Scope(warehouse_ids=frozenset({uuid4()}))
    with pytest.raises(Invalid, match="no access"):
        create(tenant, {"name": "New", "warehouses": [{"id": str(warehouse.pk)}]}, scope)


def test_a_scope_narrows_the_list(tenant: Tenant, customer: Customer) -> None:
    CustomerFactory.create(tenant=tenant)
    assert list(selectors.customers(tenant, Scope(customer_ids=frozenset({customer.pk})))) == [customer]
    assert selectors.customers(tenant).count() == 2


def test_names_are_unique_in_the_database_and_per_tenant(customer: Customer) -> None:
    assert CustomerFactory.create(name=customer.name, code=customer.code).tenant != customer.tenant
    with pytest.raises(IntegrityError):
        CustomerFactory.create(tenant=customer.tenant, name="BLUE  kettle teas")


def test_settings_refuse_what_they_do_not_know() -> None:
    with pytest.raises(ValueError, match="NOPE"):
        OrderSettings.read({"out_of_stock": "NOPE"})
    with pytest.raises(ValueError, match="delete_statuses"):
        OrderSettings.read({"delete_statuses": ["DISPATCHED"]})
    assert OrderSettings.read({"from_a_later_version": 1}) == OrderSettings()
    assert OrderSettings.read(OrderSettings().stored()) == OrderSettings()


def test_a_customer_has_nothing_else_to_change(customer: Customer) -> None:
    with pytest.raises(TypeError, match="tenant_id"):
        services.update_customer(customer=customer, actor=CALLER, tenant_id=uuid4())


def test_live_customers_without_a_sandbox_are_known(tenant: Tenant, customer: Customer) -> None:
    other = CustomerFactory.create(tenant=tenant)
    CustomerFactory.create(tenant=tenant, kind="sandbox", copied_from=other)
    assert selectors.live_without_sandbox(tenant) == {customer.pk}

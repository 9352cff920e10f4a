"""What the tests of API clients start from: a tenant with customers, warehouses and a plan."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from apps.audit import actors
from apps.clients.models import ApiClient
from apps.clients.services import ClientInput, create_client
from apps.customers.models import Customer
from apps.tenants.models import Plan, Tenant, Warehouse

ACTOR = actors.command("tests")


@pytest.fixture
def plan(tenant: Tenant) -> Plan:
    return Plan.objects.create(
        tenant=tenant,
        valid_from=date(2020, 1, 6),
        consignments=500,
        warehouse_orders=250,
        api_integration=True,
        orders_per_minute=45,
    )


@pytest.fixture
def customer(tenant: Tenant) -> Customer:
    return Customer.objects.create(tenant=tenant, name="Blue Kettle Teas")


@pytest.fixture
def warehouse(tenant: Tenant) -> Warehouse:
    return Warehouse.objects.create(tenant=tenant, name="Brisbane Depot", is_default=True)


@pytest.fixture
def make_client(tenant: Tenant, customer: Customer, warehouse: Warehouse) -> Callable[..., ApiClient]:
    """Return `make_client(name, **values)`: a client for one customer and one warehouse, without credentials."""

    def make(name: str = "ERP connector", **values: Any) -> ApiClient:
        given = {
            "roles": ["WMS_CREATE_JOBS"],
            "customers": [customer],
            "warehouses": [warehouse],
            **values,
        }
        return create_client(tenant=tenant, actor=ACTOR, values=ClientInput(name=name, **given))

    return make

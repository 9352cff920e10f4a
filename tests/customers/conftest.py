"""A customer with a warehouse."""

import pytest

from apps.customers.models import Customer
from apps.tenants.models import Tenant, Warehouse
from tests.customers.factories import CustomerFactory, WarehouseFactory


@pytest.fixture
def warehouse(tenant: Tenant) -> Warehouse:
    return WarehouseFactory.create(tenant=tenant, name="Default", is_default=True)


@pytest.fixture
def customer(tenant: Tenant, warehouse: Warehouse) -> Customer:
    customer = CustomerFactory.create(tenant=tenant, name="Blue Kettle Teas", code="BKT")
    customer.warehouses.add(warehouse)
    return customer

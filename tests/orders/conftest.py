"""One customer with a product on stock, for most tests of orders."""

import pytest

from apps.customers.models import Customer
from apps.orders.models import Product
from apps.tenants.models import Tenant, Warehouse
from tests.customers.factories import CustomerFactory, WarehouseFactory
from tests.orders.factories import ProductFactory, stocked


@pytest.fixture
def warehouse(tenant: Tenant) -> Warehouse:
    return WarehouseFactory.create(tenant=tenant, name="Default", is_default=True)


@pytest.fixture
def customer(tenant: Tenant, warehouse: Warehouse) -> Customer:
    return CustomerFactory.create(tenant=tenant, name="Blue Kettle Teas", code="BKT")


@pytest.fixture
def mug(customer: Customer, warehouse: Warehouse) -> Product:
    product = ProductFactory.create(
        customer=customer, code="MUG-12", name="Mug 12oz", default_unit="CTN", units={"CTN": 1, "PAL": 40}
    )
    stocked(product, warehouse, 10)
    return product

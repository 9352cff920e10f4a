"""Warehouses and customers for tests."""

from typing import Any

import factory
from factory.django import DjangoModelFactory

from apps.customers.models import Customer
from apps.customers.settings import OrderSettings
from apps.tenants.models import Warehouse
from tests.factories import TenantFactory


class WarehouseFactory(DjangoModelFactory[Warehouse]):
    class Meta:
        model = Warehouse

    tenant = factory.SubFactory(TenantFactory)
    name = factory.Sequence(lambda n: f"Warehouse {n}")


class CustomerFactory(DjangoModelFactory[Customer]):
    class Meta:
        model = Customer

    tenant = factory.SubFactory(TenantFactory)
    name = factory.Sequence(lambda n: f"Customer {n}")
    code = factory.Sequence(lambda n: f"C{n}")


def with_settings(customer: Customer, **settings: Any) -> Customer:
    """Give a customer order settings that differ from the defaults."""
    customer.settings = OrderSettings(**settings).stored()
    customer.save()
    return customer

"""Four server processes on one port, with production's settings and the database of the tests."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from django.db import connections

from apps.accounts.models import User
from apps.customers.models import Customer
from apps.tenants.models import Plan, Role, Tenant, Warehouse
from benchmarks.server import serving
from tests import factories
from tests.processes import database_url
from tests.promises import naive
from tests.promises.web import Web, cookies_of

SERVERS = 4


@pytest.fixture(scope="session")
def port(django_db_setup: None, django_db_blocker: Any) -> Iterator[int]:
    """The port of the servers, which live as long as the tests need them."""
    with django_db_blocker.unblock():
        url = database_url()
        connections.close_all()
    environment = {
        "DJANGO_SETTINGS_MODULE": "tests.promises.production",
        "DATABASE_URL": url,
        "ALLOWED_HOSTS": "127.0.0.1",
        "PYTHONWARNINGS": "ignore",  # nobody collected static files, and nobody asks for one
    }
    with serving("config.wsgi:application", environment, workers=SERVERS) as found:
        yield found


@dataclass(frozen=True)
class Office:
    """An organisation and its administrator, with the headers of their browser."""

    tenant: Tenant
    plan: Plan
    customer: Customer
    warehouse: Warehouse
    administrator: User
    cookies: dict[str, str]


@pytest.fixture
def office(transactional_db: None, settings: Any) -> Office:
    """An organisation with a plan that limits nothing, and naive versions that start with nothing."""
    # As in production, whose servers have to know what is hashed here.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    tenant = factories.TenantFactory.create(slug="coastal", name="Coastal Coffee Logistics")
    plan = factories.PlanFactory.create(
        tenant=tenant, valid_from=date(2020, 1, 6), api_integration=True, orders_per_minute=30_000
    )
    administrator = factories.MembershipFactory.create(
        tenant=tenant, role=Role.ADMINISTRATOR, can_edit_users=True
    ).user
    warehouse = factories.WarehouseFactory.create(tenant=tenant, name="Brisbane Depot", is_default=True)
    customer = Customer.objects.create(tenant=tenant, name="Blue Kettle Teas", code="BKT")
    customer.warehouses.add(warehouse)
    naive.create_table()
    return Office(tenant, plan, customer, warehouse, administrator, cookies_of(administrator))


@pytest.fixture
def portal(port: int, office: Office) -> Iterator[Web]:
    """The administrator's browser."""
    with Web(port, **office.cookies) as web:
        yield web

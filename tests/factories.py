"""Objects for tests, with believable defaults; a test names only what it is about."""

from datetime import date

import factory
from factory.django import DjangoModelFactory

from apps.accounts.models import User
from apps.tenants.models import Membership, Plan, Role, Tenant, Warehouse


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"person{n}@example.com")
    name = factory.Sequence(lambda n: f"Person {n}")


class TenantFactory(DjangoModelFactory[Tenant]):
    class Meta:
        model = Tenant

    slug = factory.Sequence(lambda n: f"tenant-{n}")
    name = factory.Sequence(lambda n: f"Tenant {n}")
    zone = "Australia/Brisbane"
    currency = "AUD"
    account_manager_name = "Alex Account"
    account_manager_email = "alex@gatepass.example"


class MembershipFactory(DjangoModelFactory[Membership]):
    class Meta:
        model = Membership

    tenant = factory.SubFactory(TenantFactory)
    user = factory.SubFactory(UserFactory)
    role = Role.VIEWER


class PlanFactory(DjangoModelFactory[Plan]):
    class Meta:
        model = Plan

    tenant = factory.SubFactory(TenantFactory)
    valid_from = date(2000, 1, 1)
    consignments = 500
    warehouse_orders = 250


class WarehouseFactory(DjangoModelFactory[Warehouse]):
    class Meta:
        model = Warehouse

    tenant = factory.SubFactory(TenantFactory)
    name = factory.Sequence(lambda n: f"Warehouse {n}")

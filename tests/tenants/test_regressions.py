"""Locks that an edit of the organisation takes must not stop what merely refers to it."""

from collections.abc import Callable
from threading import Thread

import pytest
from django.db import OperationalError, connection, transaction

from apps.audit.actors import command
from apps.customers.services import update_customer
from apps.tenants import services
from apps.tenants.models import Membership, Role, Tenant
from tests import factories
from tests.customers.factories import CustomerFactory
from tests.orders.factories import ProductFactory

pytestmark = pytest.mark.django_db(transaction=True)

ACTOR = command("test")


def _meanwhile(act: Callable[[], object]) -> Exception | None:
    """Run an act on a connection of its own that waits for no lock; return what it raised."""
    raised: list[Exception] = []

    def run() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '300ms'")
            act()
        except OperationalError as error:
            raised.append(error)
        finally:
            connection.close()

    thread = Thread(target=run)
    thread.start()
    thread.join()
    return raised[0] if raised else None


def _edits(tenant: Tenant, member: Membership) -> list[Callable[[], object]]:
    return [
        lambda: services.change_member(
            membership=member, role=Role.VIEWER, can_edit_users=False, actor=ACTOR
        ),
        lambda: services.invite(tenant=tenant, email="new@example.com", role=Role.VIEWER, actor=ACTOR),
        lambda: services.create_warehouse(tenant=tenant, actor=ACTOR, name="North"),
        lambda: services.set_suspended(tenant=tenant, suspended=True, reason="Unpaid", actor=ACTOR),
    ]


def test_orders_and_products_come_in_while_somebody_edits_the_organisation() -> None:
    # An exclusive lock on the organisation and the audit chain, taken in turn by two people, was a deadlock.
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time.")
    tenant = factories.TenantFactory.create()
    factories.MembershipFactory.create(tenant=tenant, role=Role.ADMINISTRATOR, can_edit_users=True)
    member = factories.MembershipFactory.create(tenant=tenant, role=Role.ADMINISTRATOR)
    customer = CustomerFactory.create(tenant=tenant)
    for edit in _edits(tenant, member):
        with transaction.atomic():
            edit()
            assert _meanwhile(lambda: ProductFactory.create(customer=customer)) is None
    with transaction.atomic():
        update_customer(customer=customer, actor=ACTOR, email="orders@example.com")
        assert _meanwhile(lambda: ProductFactory.create(customer=customer)) is None

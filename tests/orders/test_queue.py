"""What Manual channels leave for a person: a queue, the longest waiting first, and Allocate beside each order."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import User
from apps.customers.models import Customer
from apps.orders import services
from apps.orders.models import Allocation, Order, Product, Status
from apps.orders.types import OrderDefaults
from apps.tenants.models import Membership, Tenant, Warehouse
from tests.customers.factories import CustomerFactory, WarehouseFactory
from tests.orders.factories import CALLER, ProductFactory, make_order, order_document, stocked
from tests.orders.test_pages import SignIn, address, buttons, page_of, text_of


def left(customer: Customer, *lines: tuple[str, Any], reference: str) -> Order:
    """An order of a Manual channel."""
    return services.create_order(
        tenant=customer.tenant,
        scope=services.EVERYTHING,
        payload=order_document(customer, *lines, reference=reference),
        actor=CALLER,
        defaults=OrderDefaults(allocation=Allocation.MANUAL),
    ).order


@pytest.fixture
def portal(sign_in: SignIn, limited_administrator: User) -> Client:
    return sign_in(limited_administrator)


def references(answer: Any) -> list[str]:
    return [link.text_content().strip() for link in page_of(answer).xpath("//main//tbody//th/a")]


def test_the_queue_holds_what_waits_for_a_person_the_oldest_first(
    portal: Client, tenant: Tenant, customer: Customer, mug: Product
) -> None:
    for reference in ("SO-2", "SO-1"):
        left(customer, ("MUG-12", 1), reference=reference)
    make_order(customer, ("MUG-12", 1), reference="SO-3")
    listed = portal.get(address("list", tenant))
    assert address("queue", tenant) in listed.content.decode()
    assert references(portal.get(address("queue", tenant))) == ["SO-2", "SO-1"]


def test_a_person_allocates_from_the_queue_where_every_line_can_be_filled(
    portal: Client, tenant: Tenant, customer: Customer, mug: Product, warehouse: Warehouse
) -> None:
    north = WarehouseFactory.create(tenant=tenant, name="Northside")
    stocked(mug, north, 50)
    order = left(customer, ("MUG-12", 20), reference="SO-1")
    answer = portal.get(address("queue", tenant))
    (select,) = page_of(answer).xpath("//main//select[@name='warehouse']")
    offered = [" ".join(option.text_content().split()) for option in select]
    assert offered == ["Northside: can fill every line", "Default: short of 1 product, as ordered"]
    portal.post(address("allocate", tenant, order.pk), {"warehouse": select[0].get("value")})
    order.refresh_from_db()
    assert (order.status, order.warehouse) == (Status.AWAITING_PICK_AND_PACK, north)
    assert references(portal.get(address("queue", tenant))) == []
    assert "allocated it in Northside" in text_of(portal.get(address("detail", tenant, order.pk)))
    assert "Waits" not in order.allocation_note


def test_viewers_see_the_queue_without_a_button_and_customer_users_their_own_orders(
    sign_in: SignIn, tenant: Tenant, customer: Customer, mug: Product, viewer: User, customer_user: User
) -> None:
    left(customer, ("MUG-12", 1), reference="SO-1")
    other = CustomerFactory.create(tenant=tenant, name="Amber Roast")
    ProductFactory.create(customer=other, code="TIN")
    left(other, ("TIN", 1), reference="SO-2")
    seen = sign_in(viewer).get(address("queue", tenant))
    assert references(seen) == ["SO-1", "SO-2"]
    assert "Allocate" not in " ".join(buttons(seen))
    Membership.objects.filter(user=customer_user).update(customer_ids=[str(other.pk)])
    own = sign_in(customer_user).get(address("queue", tenant))
    assert references(own) == ["SO-2"]


def test_the_queue_asks_no_more_questions_for_more_orders(
    portal: Client, tenant: Tenant, customer: Customer, mug: Product
) -> None:
    counts = []
    portal.get(address("queue", tenant))  # the first visit notes when its person was last here
    for number in range(6):
        left(customer, ("MUG-12", 1), reference=f"SO-{number}")
        if number in (0, 5):
            with CaptureQueriesContext(
                connection,
            ) as queries:
                portal.get(address("queue", tenant))
            counts.append(len(queries))
    assert counts[0] == counts[1]


def test_smart_allocation_says_on_the_order_page_what_it_chose_and_why(
    portal: Client, tenant: Tenant, customer: Customer, mug: Product
) -> None:
    north = WarehouseFactory.create(tenant=tenant, name="Northside")
    stocked(mug, north, 50)
    order = services.create_order(
        tenant=tenant,
        scope=services.EVERYTHING,
        payload=order_document(customer, ("MUG-12", 3)),
        actor=CALLER,
        defaults=OrderDefaults(allocation=Allocation.SMART),
    ).order
    page = text_of(portal.get(address("detail", tenant, order.pk)))
    assert "Smart Allocation chose Northside: it can fill every line and has the most free stock." in page

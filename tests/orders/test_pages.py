"""The pages of orders, products and consignments: who may, what they show, what their buttons do."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from lxml import html

from apps.accounts.models import User
from apps.audit.models import Entry
from apps.customers.models import Customer
from apps.customers.settings import OutOfStock
from apps.orders import services
from apps.orders.models import Allocation, Consignment, Order, Product, Status, Stock
from apps.tenants.models import Membership, Tenant, Warehouse
from tests.customers.factories import CustomerFactory, WarehouseFactory, with_settings
from tests.orders.factories import (
    CALLER,
    ProductFactory,
    make_inbound_order,
    make_order,
    order_document,
    stocked,
)

SignIn = Callable[[User | None], Client]


def address(name: str, tenant: Tenant, *args: Any) -> str:
    return reverse(f"orders:{name}", args=[tenant.slug, *args])


def page_of(response: Any) -> html.HtmlElement:
    return html.fromstring(response.content.decode())


def text_of(response: Any) -> str:
    return " ".join(" ".join(page_of(response).find(".//main").itertext()).split())


def buttons(response: Any) -> list[str]:
    main = page_of(response).find(".//main")
    return [" ".join(button.text_content().split()) for button in main.iter("button")]


@pytest.fixture
def order(customer: Customer, mug: Product) -> Order:
    return make_order(customer, ("MUG-12", 3))


@pytest.fixture
def inbound(customer: Customer, mug: Product) -> Order:
    return make_inbound_order(customer, ("MUG-12", 40))


# --- Who may ------------------------------------------------------------------------------------------------------

READ = ("list", "inbound_list", "products", "consignments")
EDIT = ("add", "inbound_add", "product_add")


@pytest.mark.parametrize("name", READ)
def test_lists_are_open_to_members_and_nobody_else(
    name: str,
    tenant: Tenant,
    viewer: User,
    customer_user: User,
    administrator: User,
    outsider: User,
    staff: User,
    sign_in: SignIn,
) -> None:
    url = address(name, tenant)
    for person in (viewer, customer_user, administrator):
        assert sign_in(person).get(url).status_code == 200
    for person in (outsider, staff):
        assert sign_in(person).get(url).status_code == 404
    assert sign_in(None).get(url).status_code == 302


@pytest.mark.parametrize("name", EDIT)
def test_adding_is_for_administrators(
    name: str,
    tenant: Tenant,
    viewer: User,
    customer_user: User,
    limited_administrator: User,
    outsider: User,
    sign_in: SignIn,
) -> None:
    url = address(name, tenant)
    assert sign_in(limited_administrator).get(url).status_code == 200
    for person in (viewer, customer_user):
        assert sign_in(person).get(url).status_code == 403
    assert sign_in(outsider).get(url).status_code == 404


@pytest.mark.parametrize("step", ["allocate", "pack", "dispatch", "cancel"])
def test_steps_are_for_administrators_by_post(
    step: str,
    order: Order,
    tenant: Tenant,
    viewer: User,
    outsider: User,
    administrator: User,
    sign_in: SignIn,
) -> None:
    url = address(step, tenant, order.pk)
    assert sign_in(viewer).post(url).status_code == 403
    assert sign_in(outsider).post(url).status_code == 404
    assert sign_in(administrator).get(url).status_code == 405
    order.refresh_from_db()
    assert order.version == 1


def test_a_viewer_sees_an_order_without_buttons(
    order: Order, inbound: Order, tenant: Tenant, viewer: User, sign_in: SignIn
) -> None:
    for name, row in (("detail", order), ("inbound", inbound)):
        response = sign_in(viewer).get(address(name, tenant, row.pk))
        assert response.status_code == 200
        assert set(buttons(response)) <= {"Copy", "Copy Order UUID"}


def test_a_customer_user_sees_the_orders_and_products_of_their_customers_only(
    order: Order, tenant: Tenant, mug: Product, customer_user: User, sign_in: SignIn
) -> None:
    other = CustomerFactory.create(tenant=tenant)
    tea = ProductFactory.create(customer=other, name="Hidden tea")
    hidden = make_order(other, (tea.code, 1), reference="HIDDEN-1")
    Membership.objects.filter(user=customer_user).update(customer_ids=[str(order.customer_id)])
    client = sign_in(customer_user)
    orders = text_of(client.get(address("list", tenant)))
    assert "SO-771" in orders and "HIDDEN-1" not in orders
    products = client.get(address("products", tenant))
    assert "Mug 12oz" in text_of(products) and "Hidden tea" not in products.content.decode()
    assert client.get(address("detail", tenant, order.pk)).status_code == 200
    assert client.get(address("detail", tenant, hidden.pk)).status_code == 404
    assert client.get(address("product", tenant, tea.pk)).status_code == 404
    assert other.name not in client.get(address("list", tenant)).content.decode()


@pytest.mark.parametrize("name", ["detail", "inbound", "product", "consignment"])
def test_what_is_foreign_and_what_does_not_exist_are_the_same(
    name: str, order: Order, tenant: Tenant, outsider: User, sign_in: SignIn
) -> None:
    outside = Membership.objects.get(user=outsider).tenant
    client = sign_in(outsider)
    foreign = client.get(address(name, outside, order.pk))
    nothing = client.get(address(name, outside, uuid4()))
    assert foreign.status_code == nothing.status_code == 404
    assert text_of(foreign) == text_of(nothing)


# --- Lists --------------------------------------------------------------------------------------------------------


def test_an_order_is_linked_by_its_reference_and_a_sandbox_is_marked(
    order: Order, customer: Customer, tenant: Tenant, viewer: User, sign_in: SignIn
) -> None:
    Customer.objects.filter(pk=customer.pk).update(kind="sandbox")
    response = sign_in(viewer).get(address("list", tenant))
    links = {link.text_content(): link.get("href") for link in page_of(response).iter("a")}
    assert links["SO-771"] == address("detail", tenant, order.pk)
    assert "Blue Kettle Teas SANDBOX" in text_of(response)
    assert "Blue Kettle Teas (SANDBOX)" in [
        option.text for option in page_of(response).find(".//main").iter("option")
    ]


def test_a_list_narrowed_to_a_customer_beyond_the_choices_says_so(
    customer: Customer, tenant: Tenant, viewer: User, sign_in: SignIn
) -> None:
    Customer.objects.bulk_create(
        Customer(tenant=tenant, name=f"A {number:03}", name_key=f"a {number:03}") for number in range(600)
    )
    client = sign_in(viewer)
    page = page_of(client.get(address("list", tenant), {"customer": customer.pk}))
    assert page.xpath("//select[@name='customer']/option[@selected]/text()") == ["Blue Kettle Teas"]
    assert len(page.xpath("//select[@name='customer']/option")) == 1 + 500 + 1
    page = page_of(client.get(address("list", tenant), {"customer": uuid4()}))
    assert len(page.xpath("//select[@name='customer']/option")) == 1 + 500


def test_lists_narrow_by_text_customer_and_status(
    order: Order, customer: Customer, tenant: Tenant, viewer: User, sign_in: SignIn
) -> None:
    make_order(customer, ("MUG-12", 99), reference="SO-9")
    client, url = sign_in(viewer), address("list", tenant)

    def found(**query: str) -> list[str]:
        page = page_of(client.get(url, query))
        return [link.text for link in page.iterfind(".//main//tbody//th//a")]

    assert found() == ["SO-9", "SO-771"]
    assert found(q="77") == ["SO-771"]
    assert found(q="2") == ["SO-9"]
    assert found(status="REJECTED") == ["SO-9"]
    assert found(customer=str(customer.pk), status="DRAFT") == []
    assert found(customer=str(uuid4())) == []
    for query in ({"customer": "zz"}, {"status": "NOPE"}, {"page": "x"}):
        assert client.get(url, query).status_code == 400


@pytest.mark.parametrize("name", READ)
def test_an_empty_list_says_what_comes_next(
    name: str, tenant: Tenant, administrator: User, sign_in: SignIn
) -> None:
    response = sign_in(administrator).get(address(name, tenant))
    assert "yet" in text_of(response)
    assert "Nothing matches" in text_of(sign_in(administrator).get(address(name, tenant), {"q": "x"}))


@pytest.mark.parametrize("name", READ)
def test_a_list_of_twenty_costs_as_many_queries_as_one_of_ten(
    name: str, tenant: Tenant, customer: Customer, warehouse: Warehouse, administrator: User, sign_in: SignIn
) -> None:
    client = sign_in(administrator)
    client.get(address(name, tenant))
    counts = []
    for batch in range(2):
        for number in range(10):
            product = ProductFactory.create(customer=customer)
            stocked(product, warehouse, 10)
            made = make_order(customer, (product.code, 1), reference=f"SO-{batch}-{number}")
            services.pack(order=made, actor=CALLER)
            make_inbound_order(customer, (product.code, 1), reference=f"PO-{batch}-{number}")
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address(name, tenant)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_fragment_is_the_list_alone(order: Order, tenant: Tenant, viewer: User, sign_in: SignIn) -> None:
    response = sign_in(viewer).get(address("list", tenant), headers={"HX-Request": "true"})
    assert response.content.decode().strip().startswith('<div id="list">')


# --- An order's page ----------------------------------------------------------------------------------------------


def test_an_order_is_packed_and_dispatched_with_its_buttons(
    order: Order, mug: Product, tenant: Tenant, administrator: User, sign_in: SignIn
) -> None:
    client, url = sign_in(administrator), address("detail", tenant, order.pk)
    assert {"Pack", "Cancel"} <= set(buttons(client.get(url)))
    response = client.post(address("pack", tenant, order.pk), follow=True)
    assert "SO-771 is packed." in response.content.decode()
    assert "Dispatch" in buttons(response) and "Cancel" not in buttons(response)
    client.post(address("dispatch", tenant, order.pk))
    order.refresh_from_db()
    assert (order.status, order.version) == (Status.DISPATCHED, 3)
    assert Stock.objects.get(product=mug).on_hand == 7
    assert Consignment.objects.get().status == "IN_TRANSIT_WAREHOUSE_DELIVERY"
    history = text_of(client.get(url))
    assert "Dispatched by" in history and administrator.email in history
    entries = Entry.objects.filter(action="order.moved").order_by("id")
    assert [entry.after["status"] for entry in entries] == ["PACKED", "DISPATCHED"]


def test_a_step_that_is_too_late_says_so_and_changes_nothing(
    order: Order, tenant: Tenant, administrator: User, sign_in: SignIn
) -> None:
    services.pack(order=order, actor=CALLER)
    response = sign_in(administrator).post(address("cancel", tenant, order.pk))
    assert response.status_code == 409
    # The words of the conflict stand on the order's own page.
    assert "An order that is packed can't be cancelled." in text_of(response)
    order.refresh_from_db()
    assert order.status == Status.PACKED


def test_cancelling_gives_the_stock_back(
    order: Order, mug: Product, tenant: Tenant, administrator: User, sign_in: SignIn
) -> None:
    sign_in(administrator).post(address("cancel", tenant, order.pk))
    order.refresh_from_db()
    assert order.status == Status.CANCELLED
    assert Stock.objects.get(product=mug).allocated == 0


def test_an_order_that_waits_is_allocated_where_a_person_says(
    customer: Customer, mug: Product, tenant: Tenant, administrator: User, sign_in: SignIn
) -> None:
    large = WarehouseFactory.create(tenant=tenant, name="Large")
    stocked(mug, large, 100)
    order = services.create_order(
        tenant=tenant,
        scope=services.EVERYTHING,
        payload=order_document(customer, ("MUG-12", 50)),
        actor=CALLER,
        defaults=services.OrderDefaults(allocation=Allocation.MANUAL),
    ).order
    client = sign_in(administrator)
    response = client.get(address("detail", tenant, order.pk))
    assert buttons(response).count("Allocate") == 1
    options = [" ".join(option.text.split()) for option in page_of(response).find(".//main").iter("option")]
    assert options == ["Large: can fill every line", "Default: short of 1 product, as ordered"]
    here = Warehouse.objects.get(is_default=True)
    refused = client.post(address("allocate", tenant, order.pk), {"warehouse": str(here.pk)})
    assert refused.status_code == 409 and "has not enough free stock" in text_of(refused)
    client.post(address("allocate", tenant, order.pk), {"warehouse": str(large.pk)})
    order.refresh_from_db()
    assert (order.status, order.warehouse) == (Status.AWAITING_PICK_AND_PACK, large)
    assert Stock.objects.get(warehouse=large).allocated == 50


def test_a_rejected_order_shows_its_reasons(
    customer: Customer, mug: Product, tenant: Tenant, viewer: User, sign_in: SignIn
) -> None:
    order = make_order(customer, ("MUG-12", 11), ("NOPE", 1))
    shown = text_of(sign_in(viewer).get(address("detail", tenant, order.pk)))
    assert "NOPE (NOPE) x 1 - Product not found" in shown


def test_an_order_that_holds_a_part_waits(
    customer: Customer, mug: Product, tenant: Tenant, administrator: User, sign_in: SignIn
) -> None:
    with_settings(customer, out_of_stock=OutOfStock.PARTIAL)
    order = make_order(customer, ("MUG-12", 14))
    Stock.objects.update(on_hand=14)
    client = sign_in(administrator)
    assert "Default: can fill every line, as ordered" in text_of(
        client.get(address("detail", tenant, order.pk))
    )
    client.post(address("allocate", tenant, order.pk))
    assert Stock.objects.get(product=mug).allocated == 14


def test_an_inbound_order_becomes_stock(
    inbound: Order, mug: Product, tenant: Tenant, administrator: User, sign_in: SignIn
) -> None:
    client = sign_in(administrator)
    product_url = address("product", tenant, mug.pk)
    assert "40 announced on inbound orders" in text_of(client.get(product_url))
    for step, button in (("receive", "Receive"), ("verify", "Verify"), ("inbound_allocate", "Allocate")):
        assert button in buttons(client.get(address("inbound", tenant, inbound.pk)))
        client.post(address(step, tenant, inbound.pk))
    inbound.refresh_from_db()
    assert (inbound.status, inbound.version) == (Status.ALLOCATED, 4)
    assert Stock.objects.get(product=mug).on_hand == 50
    assert client.post(address("inbound_allocate", tenant, inbound.pk)).status_code == 409
    assert Stock.objects.get(product=mug).on_hand == 50


# --- By hand ------------------------------------------------------------------------------------------------------


def test_an_order_is_added_by_hand(
    customer: Customer, mug: Product, tenant: Tenant, administrator: User, sign_in: SignIn
) -> None:
    client = sign_in(administrator)
    url = f"{address('add', tenant)}?customer={customer.pk}"
    assert "Blue Kettle Teas" in text_of(client.get(address("add", tenant)))
    values = {
        "reference": "HAND-1",
        "contact_name": "Kim Lee",
        "address1": "9 Quay St",
        "city": "Perth",
        "country": "AU",
        "product1": str(mug.pk),
        "quantity1": "2.5",
    }
    response = client.post(url, values)
    order = Order.objects.get()
    assert response.status_code == 303 and response.headers["Location"] == address("detail", tenant, order.pk)
    assert (order.status, order.lines.get().quantity) == (Status.AWAITING_PICK_AND_PACK, 2.5)
    assert Entry.objects.filter(action="order.created").exists()
    again = client.post(url, values)
    assert again.status_code == 422
    assert "An order with this reference already exists." in text_of(again)
    wrong = client.post(url, {**values, "reference": "", "quantity1": "1e3", "product2": str(mug.pk)})
    assert wrong.status_code == 422
    page = page_of(wrong)
    assert [
        page.get_element_by_id(f"id_{name}").get("aria-invalid")
        for name in ("reference", "quantity1", "quantity2")
    ] == ["true"] * 3
    assert Order.objects.count() == 1


def test_one_of_very_many_products_is_ordered_by_its_code(
    customer: Customer, mug: Product, tenant: Tenant, administrator: User, sign_in: SignIn
) -> None:
    Product.objects.bulk_create(
        Product(tenant=tenant, customer=customer, code=f"P-{number}", name=f"P {number}", default_unit="EA")
        for number in range(500)
    )
    client = sign_in(administrator)
    url = f"{address('inbound_add', tenant)}?customer={customer.pk}"
    assert not page_of(client.get(url)).xpath("//select[starts-with(@name, 'product')]")
    values = {
        "reference": "PO-1",
        "product1": mug.code,
        "quantity1": "5",
        "product2": "NONE",
        "quantity2": "1",
    }
    refused = client.post(url, values)
    assert refused.status_code == 422
    assert text_of(refused).count("No active product of this customer has this code.") == 1
    assert "Choose a product." not in text_of(refused)
    assert client.post(url, {**values, "product2": "", "quantity2": ""}).status_code == 303
    assert [line.product for line in Order.objects.get().lines.all()] == [mug]


def test_an_inbound_order_is_added_by_hand(
    customer: Customer, mug: Product, tenant: Tenant, administrator: User, sign_in: SignIn
) -> None:
    url = f"{address('inbound_add', tenant)}?customer={customer.pk}"
    values = {"reference": "PO-1", "arrival_date": "2026-05-01", "product1": str(mug.pk), "quantity1": "5"}
    assert sign_in(administrator).post(url, values).status_code == 303
    order = Order.objects.get()
    assert (order.status, order.details["arrivalDate"]) == (Status.NOT_YET_RECEIVED, "2026-05-01")


def test_another_tenants_customer_can_not_be_chosen(
    tenant: Tenant, administrator: User, sign_in: SignIn
) -> None:
    foreign = CustomerFactory.create()
    response = sign_in(administrator).post(
        f"{address('add', tenant)}?customer={foreign.pk}", {"reference": "x"}
    )
    assert response.status_code == 200 and "Choose a customer." in text_of(response)
    assert not Order.objects.exists()


def test_a_product_is_added_and_edited_and_keeps_its_other_units(
    customer: Customer, warehouse: Warehouse, tenant: Tenant, administrator: User, sign_in: SignIn
) -> None:
    client = sign_in(administrator)
    url = f"{address('product_add', tenant)}?customer={customer.pk}"
    values = {
        "code": "TEA",
        "name": "Tea",
        "type": "General",
        "unit": "BAG",
        "weight": "0.3",
        "is_active": "on",
    }
    assert client.post(url, values).status_code == 303
    product = Product.objects.get()
    product.units.create(code="BOX", name="Box", base_quantity=20)
    assert client.post(url, values).status_code == 422
    edit = address("product_edit", tenant, product.pk)
    assert client.get(edit).status_code == 200
    assert client.post(edit, {**values, "name": "Black tea", "customer": str(uuid4())}).status_code == 303
    product.refresh_from_db()
    assert (product.name, product.customer) == ("Black tea", customer)
    assert set(product.units.values_list("code", flat=True)) == {"BAG", "BOX"}
    shown = text_of(client.get(address("product", tenant, product.pk)))
    assert "Black tea" in shown and str(product.pk) in shown and "Nothing on stock" in shown


def test_a_consignment_shows_the_order_it_was_made_from(
    order: Order, tenant: Tenant, viewer: User, sign_in: SignIn
) -> None:
    services.pack(order=order, actor=CALLER)
    consignment = Consignment.objects.get()
    shown = text_of(sign_in(viewer).get(address("consignment", tenant, consignment.pk)))
    assert "Made from SO-771" in shown and "In warehouse" in shown


def test_support_staff_read_orders_in_the_admin(
    order: Order, staff: User, sign_in: SignIn, settings: Any
) -> None:
    settings.STAFF_SECOND_FACTOR = False
    client = sign_in(staff)
    assert "SO-771" in client.get("/admin/orders/order/?q=SO-771").content.decode()
    for model, row in (("order", order), ("product", order.lines.get().product)):
        assert row is not None
        assert client.get(f"/admin/orders/{model}/{row.pk}/change/").status_code == 200
        assert client.post(f"/admin/orders/{model}/{row.pk}/delete/").status_code == 403

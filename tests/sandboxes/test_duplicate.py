"""Customer > Duplicate: a sandbox with what is copied, and nothing of what is not (seed 003)."""

from decimal import Decimal

import pytest
from django.urls import reverse
from lxml import html

from apps.audit.models import Entry
from apps.clients.models import ApiClient
from apps.customers.models import Customer
from apps.customers.settings import OrderSettings, OutOfStock
from apps.orders.models import Order, Product, Stock
from apps.sandboxes import services
from tests.orders.factories import make_order
from tests.world import ACTOR


@pytest.fixture
def portal(sign_in, limited_administrator):
    """Duplicating is no matter of credentials, so an Administrator without that right may do it."""
    return sign_in(limited_administrator)


def path(customer):
    return reverse("sandboxes:duplicate", args=["coastal", customer.pk])


def field(answer, name):
    page = html.fromstring(answer.content)
    return page, page.xpath(f"//main//*[@name='{name}']")[0]


def test_the_page_prefills_the_name_and_says_what_is_copied(portal, mug):
    answer = portal.get(path(mug.customer))
    page, name = field(answer, "name")
    assert name.get("value") == "Blue Kettle Teas Sandbox"
    text = page.text_content()
    for words in (*services.COPIED, *services.NOT_COPIED):
        assert words in text


def test_the_next_sandbox_gets_a_name_that_is_free(portal, mug):
    for name in ("Blue Kettle Teas Sandbox", "Blue Kettle Teas Sandbox 2", "Blue Kettle Teas Sandbox 3"):
        _, prefilled = field(portal.get(path(mug.customer)), "name")
        assert prefilled.get("value") == name
        assert portal.post(path(mug.customer), {"name": name.upper()}).status_code == 303
    Customer.objects.filter(pk=mug.customer.pk).update(name="x" * 120)
    _, prefilled = field(portal.get(path(mug.customer)), "name")
    assert portal.post(path(mug.customer), {"name": prefilled.get("value")}).status_code == 303


def test_a_sandbox_gets_settings_warehouses_products_and_starting_stock(portal, mug, warehouse):
    live = mug.customer
    live.settings = OrderSettings(out_of_stock=OutOfStock.SPLIT).stored()
    live.email, live.telephone = "orders@kettle.example", "07 3000 0000"
    live.save()
    live.warehouses.add(warehouse)
    make_order(live, ("MUG-12", 1))
    answer = portal.post(
        path(live), {"name": "Kettle sandBOX", "with_products": "on", "starting_stock": "40"}
    )
    sandbox = Customer.objects.get(kind="sandbox")
    assert answer.status_code == 303 and answer.url == reverse(
        "customers:detail", args=["coastal", sandbox.pk]
    )
    assert sandbox.copied_from == live and sandbox.name == "Kettle sandBOX" and sandbox.code == ""
    assert sandbox.order_settings == live.order_settings
    assert (sandbox.email, sandbox.telephone) == (live.email, live.telephone)
    assert list(sandbox.warehouses.all()) == [warehouse]
    copy = Product.objects.get(customer=sandbox)
    assert copy.pk != mug.pk and copy.code == "MUG-12"
    assert sorted(copy.units.values_list("code", "base_quantity")) == [("CTN", 1), ("PAL", 40)]
    assert Stock.objects.get(product=copy).on_hand == 40
    assert Stock.objects.get(product=mug).on_hand == Decimal(10)
    assert not Order.objects.filter(customer=sandbox).exists()
    assert Entry.objects.filter(action="customer.created", target_id=str(sandbox.pk)).count() == 1
    shown = portal.get(answer.url).content.decode()
    assert "SANDBOX" in shown and str(sandbox.pk) in shown


def test_without_products_there_are_none(portal, mug):
    portal.post(path(mug.customer), {"name": "Empty Sandbox"})
    assert not Product.objects.filter(customer__kind="sandbox").exists()


@pytest.mark.parametrize(
    ("values", "name", "words"),
    [
        ({"name": "Blue Kettle Test"}, "name", "Sandbox"),
        ({"name": ""}, "name", "Fill this in."),
        ({"name": "Blue  kettle TEAS"}, "name", "Sandbox"),
        ({"name": "Taken Sandbox"}, "name", "already exists"),
        ({"name": "S" * 115 + "Sandbox"}, "name", "120"),
        ({"name": "A Sandbox", "with_products": "on", "starting_stock": "１２"}, "starting_stock", "digits"),
        ({"name": "A Sandbox", "with_products": "on", "starting_stock": "1e3"}, "starting_stock", "digits"),
        ({"name": "A Sandbox", "with_products": "on", "starting_stock": "-1"}, "starting_stock", "0"),
        ({"name": "A Sandbox", "with_products": "on", "starting_stock": "1.5"}, "starting_stock", "decimal"),
    ],
)
def test_what_can_not_be_is_said_beside_its_field(portal, mug, values, name, words):
    services.duplicate(customer=mug.customer, name="Taken Sandbox", actor=ACTOR, with_products=False)
    before = Customer.objects.count()
    answer = portal.post(path(mug.customer), values)
    assert answer.status_code == 422
    page, control = field(answer, name)
    assert control.get("aria-invalid") == "true"
    messages = [page.get_element_by_id(key).text_content() for key in control.get("aria-describedby").split()]
    assert any(words.lower() in message.lower() for message in messages), messages
    assert control.get("value", "") == values[name]
    assert Customer.objects.count() == before


def test_a_sandbox_is_not_duplicated_again(portal, mug):
    sandbox = services.duplicate(customer=mug.customer, name="A Sandbox", actor=ACTOR, with_products=False)
    assert portal.get(path(sandbox)).status_code == 404
    with pytest.raises(services.Invalid):
        services.duplicate(customer=sandbox, name="B Sandbox", actor=ACTOR, with_products=False)


def test_a_viewer_may_not_duplicate(sign_in, viewer, mug):
    answer = sign_in(viewer).post(path(mug.customer), {"name": "A Sandbox"})
    assert answer.status_code == 403 and "Administrator" in answer.content.decode()
    assert not ApiClient.objects.exists() and not Customer.objects.filter(kind="sandbox").exists()


def test_a_sandbox_is_emptied_after_asking_and_a_live_customer_never(portal, mug):
    sandbox = services.duplicate(
        customer=mug.customer,
        name="A Sandbox",
        actor=ACTOR,
        with_products=True,
        starting_stock=Decimal(9),
    )
    make_order(sandbox, ("MUG-12", 1))
    make_order(mug.customer, ("MUG-12", 1))
    address = reverse("sandboxes:delete_orders", args=["coastal", sandbox.pk])
    assert "Delete" in portal.get(address).content.decode() and Order.objects.count() == 2
    assert portal.post(address).status_code == 303
    assert [order.customer for order in Order.objects.all()] == [mug.customer]
    entry = Entry.objects.get(action="sandbox.emptied")
    assert entry.before["orders"] == 1
    assert Stock.objects.get(product__customer=sandbox).allocated == 0
    live = reverse("sandboxes:delete_orders", args=["coastal", mug.customer.pk])
    assert portal.post(live).status_code == 404 and Order.objects.count() == 1

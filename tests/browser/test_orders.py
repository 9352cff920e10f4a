"""Import, assortment and simulator in a browser, with and without scripts."""

import pytest
from playwright.sync_api import Page, expect

from apps.customers.models import Customer, Kind
from apps.orders.models import Order, Product, Stock
from tests.customers.factories import CustomerFactory, WarehouseFactory
from tests.orders.factories import ProductFactory, make_order, stocked

pytestmark = pytest.mark.django_db(transaction=True)
T = "/t/coastal/"
HEAD = "customer,code,name,weight"


@pytest.fixture
def sandbox(tenant):
    """A sandbox with a product in one of two warehouses, and one order of it."""
    warehouse = WarehouseFactory.create(tenant=tenant, name="Brisbane Depot", is_default=True)
    WarehouseFactory.create(tenant=tenant, name="Northside")
    sandbox = CustomerFactory.create(tenant=tenant, name="Blue Kettle Sandbox", kind=Kind.SANDBOX)
    stocked(ProductFactory.create(customer=sandbox, code="MUG-12", name="Mug 12oz"), warehouse, 10)
    make_order(sandbox, ("MUG-12", 1))
    return sandbox


def import_tea(page: Page) -> None:
    page.goto(f"{T}warehouse/products/")
    page.get_by_role("link", name="Import").click()
    file = f"{HEAD}\nBlue Kettle Sandbox,TEA-1,Tea,heavy\n".encode()
    page.get_by_label("CSV file").set_input_files(
        {"name": "products.csv", "mimeType": "text/csv", "buffer": file}
    )
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("Line 2: weight: This must be a number.")).to_be_visible()
    # What was chosen stands in the text, to be put right at once.
    expect(page.get_by_label("Or paste it here")).to_have_value(file.decode())
    page.get_by_label("Or paste it here").fill(f"{HEAD}\nBlue Kettle Sandbox,TEA-1,Tea,0.5\n")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("1 new, 0 changed, 0 as they are.")).to_be_visible()
    assert not Product.objects.filter(code="TEA-1").exists()
    page.get_by_role("button", name="Import products").click()
    expect(page.get_by_role("link", name="Tea")).to_be_visible()


def keep_tea_out_of_northside(page: Page) -> None:
    page.get_by_role("link", name="Assortment").click()
    page.get_by_role("checkbox", name="Tea in Northside").uncheck()
    page.get_by_role("button", name="Save this page").click()
    expect(page.get_by_text("1 changed.")).to_be_visible()
    expect(page.get_by_role("checkbox", name="Tea in Northside")).not_to_be_checked()
    expect(page.get_by_role("checkbox", name="Tea in Brisbane Depot")).to_be_checked()
    off = Stock.objects.get(is_offered=False)
    assert (off.product.code, off.warehouse.name) == ("TEA-1", "Northside")


def move_the_order(page: Page, sandbox: Customer, *, scripts: bool) -> None:
    page.goto(f"{T}contacts/customers/{sandbox.pk}/")
    if not scripts:
        page.get_by_role("link", name="Simulator").click()
    expect(page.get_by_text("1 order, 0 consignments")).to_be_visible()
    page.get_by_role("button", name="Move everything one step").click()
    expect(page.get_by_text("Moved on: 1 orders and 0 consignments.")).to_be_visible()
    assert Order.objects.get().status == "PACKED"
    page.goto(f"{T}warehouse/orders/{Order.objects.get().pk}/")
    page.get_by_role("button", name="Simulate next step").click()
    # In this order, because the page before has that heading too.
    expect(page.get_by_role("button", name="Simulate next step")).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_contain_text("SO-771")
    assert Order.objects.get().status == "DISPATCHED"


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_products_are_imported_offered_and_their_orders_moved(page_as, administrator, sandbox, scripts):
    page = page_as(administrator, java_script_enabled=scripts)
    import_tea(page)
    keep_tea_out_of_northside(page)
    move_the_order(page, sandbox, scripts=scripts)

"""The walk of seed 003 in its own order and with its labels: from Duplicate to the usage report."""

import re

import pytest
from playwright.sync_api import Page, expect

from apps.customers.models import Customer
from apps.orders.models import Order
from apps.tenants.models import Plan
from apps.usage.counters import rebuild
from tests.browser.developer import Developer, read_credentials, sale_order, shown
from tests.browser.settled import at_rest, follow
from tests.factories import WarehouseFactory
from tests.orders.factories import ProductFactory, stocked

pytestmark = pytest.mark.django_db(transaction=True)

LIVE, SANDBOX = "Coastal Coffee Company", "Coastal Coffee Company Sandbox"


@pytest.fixture
def live(tenant) -> Customer:
    Plan.objects.create(
        tenant=tenant, valid_from="2020-01-06", consignments=500, warehouse_orders=250, api_integration=True
    )
    depot = WarehouseFactory.create(tenant=tenant, name="Brisbane Depot", is_default=True)
    WarehouseFactory.create(tenant=tenant, name="Northside")
    customer = Customer.objects.create(tenant=tenant, name=LIVE, code="CCC")
    customer.warehouses.add(depot)
    stocked(ProductFactory.create(customer=customer, code="MUG-12", name="Mug 12oz"), depot, 100)
    return customer


def menu(page: Page, *labels: str) -> None:
    for label in labels:
        follow(page.get_by_role("navigation").get_by_role("link", name=label, exact=True))


def uuid_in(page: Page, label: str) -> str:
    return shown(page, label).inner_text().split()[0]


def test_from_duplicate_to_the_usage_report(page_as, administrator, tenant, live, base_url):
    page = page_as(administrator, viewport={"width": 1280, "height": 900})
    page.goto("/t/coastal/")
    make_the_sandbox(page)
    sandbox = Customer.objects.get(name=SANDBOX)
    assert uuid_in(page, "Customer UUID") == str(sandbox.pk)
    give_customer_access(page)
    find_the_other_uuids(page, str(tenant.pk))
    add_the_client(page)
    developer = generate(page, base_url, tenant, sandbox)
    order = try_an_order(page, developer, sandbox)
    go_live(page, developer, live, order)
    read_the_usage_report(page, developer, live)


def make_the_sandbox(page: Page) -> None:
    menu(page, "Customers")
    page.get_by_role("link", name=LIVE).click()
    page.get_by_role("link", name="Duplicate").click()
    for part in ("Copied", "Not copied"):
        expect(page.get_by_role("heading", name=part, exact=True)).to_be_visible()
    name = page.get_by_label("Name", exact=True)
    expect(name).to_have_value(SANDBOX)
    name.fill("Coastal Coffee copy")
    page.get_by_role("button", name="Duplicate").click()
    expect(name).to_have_attribute("aria-invalid", "true")
    expect(name).to_have_value("Coastal Coffee copy")
    name.fill(SANDBOX)
    page.get_by_role("button", name="Duplicate").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(SANDBOX)
    expect(page.get_by_role("main").get_by_text("SANDBOX", exact=True).first).to_be_visible()


def give_customer_access(page: Page) -> None:
    page.get_by_role("link", name="Invite with Customer access").click()
    page.get_by_label("E-mail").fill("kim@coffee.example")
    page.get_by_role("button", name="Send invitation").click()
    expect(page.get_by_text("kim@coffee.example is invited")).to_be_visible()


def find_the_other_uuids(page: Page, tenant_uuid: str) -> None:
    menu(page, "Organisation Settings")
    box = page.locator("section").filter(
        has=page.get_by_role("heading", name="Basic Organisation Information")
    )
    expect(box.get_by_role("group", name="Tenant UUID")).to_contain_text(tenant_uuid)
    page.get_by_label("Search for anything").fill("Warehouses")
    # The page before may have a link of that name too.
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.get_by_role("main").get_by_role("link", name="Warehouses").first.click()
    expect(page.get_by_role("columnheader", name="UUID", exact=True)).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("Northside"))).to_be_visible()


def add_the_client(page: Page) -> None:
    menu(page, "API Clients")
    follow(page.get_by_role("main").get_by_role("link", name="+ Add API Client").first)
    page.get_by_label("Name", exact=True).fill("ABC Foods Booking System")
    page.get_by_label(LIVE, exact=True).check()
    # Before the answer is there the advice is missing in any case; it also moves the boxes below it.
    at_rest(page)
    expect(page.get_by_text("has no sandbox")).to_have_count(0)
    page.get_by_label(LIVE, exact=True).uncheck()
    page.get_by_label(SANDBOX).check()
    at_rest(page)
    page.get_by_label("Brisbane Depot").check()
    for role in ("WMS Create Jobs", "TMS Create Jobs"):
        page.get_by_label(role).check()
    switch = page.get_by_role("switch", name="Active")
    expect(switch).not_to_be_checked()
    switch.press("Space")
    expect(switch).to_be_checked()
    at_rest(page)
    page.get_by_role("button", name="Save").click()


def generate(page: Page, base: str, tenant, sandbox: Customer) -> Developer:
    dialog = page.get_by_role("dialog")
    button = dialog.get_by_role("button", name="Generate Credentials")
    expect(button).to_be_disabled()
    for number in range(2):
        dialog.get_by_role("checkbox").nth(number).check()
    button.click()
    for label in ("Client ID", "Client Secret", "Tenant UUID", "Customer UUID", "Warehouse UUID"):
        expect(shown(page, label).get_by_role("button", name="Copy")).to_be_visible()
    assert uuid_in(page, "Customer UUID") == str(sandbox.pk)
    expect(page.get_by_text("Waiting for the first call")).to_be_visible()
    return read_credentials(page, base, tenant)


def try_an_order(page: Page, developer: Developer, sandbox: Customer) -> str:
    assert developer.take_token() == 200
    status, order = developer.call("POST", "outbound-orders", sale_order(str(sandbox.pk)))
    assert (status, order["status"]) == (201, "AWAITING_PICK_AND_PACK")
    expect(page.locator("#first-call")).to_contain_text("First call received")
    page.get_by_role("link", name="I have saved them").click()
    return str(order["id"])


def go_live(page: Page, developer: Developer, live: Customer, order: str) -> None:
    page.get_by_role("link", name="Go live", exact=True).click()
    expect(page.get_by_text("POST outbound-orders.create")).to_be_visible()
    summary = page.get_by_role("main")
    expect(summary).to_contain_text(f"1 order and 0 consignments of {SANDBOX}")
    page.get_by_role("button", name="Go live").click()
    expect(page.get_by_label("Tested with the customer (UAT)")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Tested with the customer (UAT)").check()
    follow(page.get_by_role("button", name="Go live"))
    assert uuid_in(page, "Customer UUID") == str(live.pk)
    assert not Order.objects.exists()
    assert developer.take_token() == 200
    assert developer.call("GET", f"outbound-orders/{order}")[0] == 404
    status, customers = developer.call("GET", "customers")
    assert (status, [row["id"] for row in customers]) == (200, [str(live.pk)])
    assert developer.call("POST", "outbound-orders", sale_order(str(live.pk), "SO-900"))[0] == 201
    gone = page_of_the_sandbox(page)
    expect(gone.get_by_text("Inactive", exact=True).first).to_be_visible()


def page_of_the_sandbox(page: Page) -> Page:
    beside = page.context.new_page()
    beside.goto(f"/t/coastal/contacts/customers/{Customer.objects.get(name=SANDBOX).pk}/")
    return beside


def read_the_usage_report(page: Page, developer: Developer, live: Customer) -> None:
    rebuild()
    page.get_by_role("link", name="API Client Usage Report").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("API Client Usage")
    report = page.get_by_role("main")
    expect(report).to_contain_text("by ABC Foods Booking System")
    # The 404 for the order that went, the list of customers and the live order; the order of the sandbox is free.
    expect(report.locator(".stat").filter(has_text="Billable")).to_contain_text("3")
    expect(report.locator(".stat").filter(has_text="Sandbox")).to_contain_text("1")

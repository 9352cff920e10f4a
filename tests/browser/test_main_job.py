"""The main job, clicked and called: from "Add API Client" to the first metered order, and the secret nowhere again."""

import re
from datetime import date
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import Locator, Page, expect

from apps.clients.models import ApiClient, Credential
from apps.customers.models import Customer
from apps.orders.models import Order
from apps.tenants.models import Plan, Tenant
from apps.usage.models import Call
from tests.browser.developer import SECRET, Developer, read_credentials, sale_order, shown
from tests.browser.settled import at_rest, content_of, follow, step_in_history
from tests.factories import WarehouseFactory
from tests.orders.factories import ProductFactory, stocked
from tests.security.scanner import Scanner, database

pytestmark = pytest.mark.django_db(transaction=True)

NAME = "ABC Foods Booking System"
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}


@pytest.fixture
def kettle(tenant: Tenant) -> Customer:
    """The customer whose developer gets access, with goods on stock, and another one beside it."""
    Plan.objects.create(
        tenant=tenant,
        valid_from=date(2020, 1, 6),
        consignments=500,
        warehouse_orders=250,
        api_integration=True,
    )
    warehouse = WarehouseFactory.create(tenant=tenant, name="Default", is_default=True)
    customer = Customer.objects.create(tenant=tenant, name="Blue Kettle Teas", code="BKT")
    Customer.objects.create(tenant=tenant, name="Amber Roast")
    stocked(ProductFactory.create(customer=customer, code="MUG-12", name="Mug 12oz"), warehouse, 100)
    return customer


def odd_sale_order(customer: str) -> dict[str, Any]:
    """The same as real connectors send it: a date in the past, empty texts, members that nobody knows."""
    order = sale_order(customer, "SO-772")
    address = order["details"]["deliver"]["address"]
    address |= {"state": {"code": ""}, "starred": None, "suburb": ""}
    order["details"]["deliver"]["requiredDate"] = "2020-02-29"
    order["details"]["collect"] = {}
    order |= {"externalMeta": {"source": "shop", "deep": [1, {"a": None}]}, "enabled": True, "user": {}}
    order["items"][0]["externalMeta"] = {"line": 1}
    order["items"][0]["measures"]["quantity"] = "1.000"
    return order


def passes_axe(page: Page) -> None:
    """Nothing serious or critical, on a wide screen and on a phone."""
    at_rest(page)
    for size in (DESK, PHONE):
        page.set_viewport_size(size)
        result = Axe().run(page)
        bad = [
            found["id"]
            for found in result.response["violations"]
            if found["impact"] in ("serious", "critical")
        ]
        assert not bad, f"{page.url} at {size['width']}: {bad}\n{result.generate_report()}"
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wider <= 0, f"{page.url} scrolls sideways at {size['width']}"
    page.set_viewport_size(DESK)


def open_form(page: Page) -> None:
    page.goto("/t/coastal/contacts/api-clients/")
    follow(page.get_by_role("main").get_by_role("link", name="Add API Client").first)


def fill_in(page: Page) -> None:
    page.get_by_label("Name", exact=True).fill(NAME)
    page.get_by_label("Blue Kettle Teas", exact=True).check()
    # The advice that comes for a customer moves the boxes below it.
    at_rest(page)
    page.get_by_label("All warehouses, now and later").check()
    page.get_by_label("WMS Create Jobs").check()
    active = page.get_by_role("switch", name="Active")
    if not active.is_checked():
        # By key and not by mouse: what the page adds while one ticks may move the switch away under a click.
        active.press("Space")
    expect(active).to_be_checked()
    at_rest(page)


def test_the_main_job_from_the_button_to_the_metered_order(
    page_as: Any, administrator: Any, kettle: Customer, tenant: Tenant, base_url: str, sign_in: Any
) -> None:
    page = page_as(administrator, viewport=DESK)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=base_url)
    page.goto("/t/coastal/contacts/api-clients/")
    passes_axe(page)
    open_form(page)
    passes_axe(page)
    fill_in(page)
    page.get_by_role("button", name="Save").click()
    dialog = page.get_by_role("dialog")
    generate = dialog.get_by_role("button", name="Generate Credentials")
    expect(generate).to_be_disabled()
    boxes = dialog.get_by_role("checkbox")
    expect(boxes).to_have_count(2)
    passes_axe(page)
    boxes.nth(0).check()
    expect(generate).to_be_disabled()
    boxes.nth(1).check()
    generate.click()
    expect(shown(page, "Client Secret")).to_be_visible()
    passes_axe(page)

    developer = read_credentials(page, base_url, tenant)
    shown(page, "Client Secret").get_by_role("button", name="Copy").click()
    expect(page.get_by_text("Copied").first).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == developer.secret
    for label, value in (("Tenant UUID", tenant.pk), ("Customer UUID", kettle.pk)):
        expect(shown(page, label)).to_contain_text(str(value))
    assert "Amber Roast" not in page.get_by_role("main").inner_text()
    page.evaluate("navigator.clipboard.writeText('')")

    call_the_api(developer, kettle)
    is_on_the_screens(page, tenant)
    is_nowhere_again(page, developer, sign_in(administrator))


def call_the_api(developer: Developer, kettle: Customer) -> None:
    """A token, the one customer, and two orders as real callers send them."""
    assert developer.take_token() == 200
    status, customers = developer.call("GET", "customers")
    assert (status, [found["name"] for found in customers]) == (200, ["Blue Kettle Teas"])
    for order in (sale_order(str(kettle.pk)), odd_sale_order(str(kettle.pk))):
        status, created = developer.call("POST", "outbound-orders", order)
        assert status == 201, created
        assert created["status"] == "AWAITING_PICK_AND_PACK"
        assert developer.call("GET", f"outbound-orders/{created['id']}") == (200, created)
    status, refused = developer.call("POST", "outbound-orders", sale_order(str(kettle.pk)))
    assert status == 422 and refused[0]["type"] == "DUPLICATE"
    other = Customer.objects.get(name="Amber Roast")
    assert developer.call("POST", "outbound-orders", sale_order(str(other.pk), "SO-9"))[0] == 422
    assert Order.objects.count() == 2


def is_on_the_screens(page: Page, tenant: Tenant) -> None:
    """The orders and the calls can be seen where people look for them."""
    page.goto("/t/coastal/warehouse/orders/")
    passes_axe(page)
    for reference in ("SO-771", "SO-772"):
        expect(page.get_by_role("link", name=reference, exact=True)).to_be_visible()
    follow(page.get_by_role("link", name="SO-771", exact=True))
    expect(page.get_by_role("main")).to_contain_text("MUG-12")
    passes_axe(page)
    calls = Call.objects.filter(tenant_id=tenant.pk)
    assert sorted(calls.values_list("status", flat=True)) == [200, 200, 200, 200, 201, 201, 422, 422]
    page.goto("/t/coastal/contacts/api-clients/")
    follow(page.get_by_role("link", name=NAME).first)
    expect(page.get_by_role("main")).to_contain_text("422")
    passes_axe(page)


def is_nowhere_again(page: Page, developer: Developer, portal: Client) -> None:
    """Not in history, storage, a second submit, another page or the database."""
    for _ in range(12):
        with step_in_history(page):
            page.go_back()
        assert developer.secret not in content_of(page), page.url
        if page.url == "about:blank":
            break
    client = ApiClient.objects.get(name=NAME)
    for path in ("", "edit/", "generate/"):
        page.goto(f"/t/coastal/contacts/api-clients/{client.pk}/{path}")
        assert developer.secret not in content_of(page), path
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    assert developer.secret not in kept
    again = {"version": 0, "understood": "on", "stored": "on"}
    answer = portal.post(f"/t/coastal/contacts/api-clients/{client.pk}/generate/", again)
    assert answer.status_code == 409 and not SECRET.search(answer.content.decode())
    assert Credential.objects.count() == 1
    assert not Scanner([developer.secret, developer.token]).search(database())


def test_reload_after_the_secret_was_shown_shows_and_mints_none(
    page_as: Any, administrator: Any, kettle: Customer
) -> None:
    page = page_as(administrator)
    open_form(page)
    fill_in(page)
    page.get_by_role("button", name="Save").click()
    dialog = page.get_by_role("dialog")
    for number in range(2):
        dialog.get_by_role("checkbox").nth(number).check()
    dialog.get_by_role("button", name="Generate Credentials").click()
    expect(shown(page, "Client Secret")).to_be_visible()
    for _ in range(2):
        page.reload()
        assert not SECRET.search(content_of(page))
    with step_in_history(page):
        page.go_back()
    with step_in_history(page):
        page.go_forward()
    assert not SECRET.search(content_of(page))
    assert Credential.objects.count() == 1


def tab_to(page: Page, target: Locator, most: int = 120) -> None:
    """Press Tab until the focus is there, as somebody without a mouse does."""
    for _ in range(most):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"The keyboard does not reach {target}")


def test_the_same_with_the_keyboard_alone(
    page_as: Any, administrator: Any, kettle: Customer, tenant: Tenant, base_url: str
) -> None:
    page = page_as(administrator, viewport=DESK)
    page.goto("/t/coastal/contacts/api-clients/")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_attribute("href", re.compile("#"))
    tab_to(page, page.get_by_role("main").get_by_role("link", name="Add API Client").first)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    tab_to(page, page.get_by_label("Name", exact=True))
    page.keyboard.type(NAME)
    for box in ("Blue Kettle Teas", "All warehouses, now and later"):
        tab_to(page, page.get_by_label(box, exact=True))
        page.keyboard.press("Space")
    tab_to(page, page.get_by_label("WMS Create Jobs"))
    page.keyboard.press("Space")
    active = page.get_by_role("switch", name="Active")
    tab_to(page, active)
    if not active.is_checked():
        page.keyboard.press("Space")
    tab_to(page, page.get_by_role("button", name="Save"))
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    page.wait_for_function("document.querySelector('[role=dialog], dialog').contains(document.activeElement)")
    for number in range(2):
        tab_to(page, dialog.get_by_role("checkbox").nth(number))
        page.keyboard.press("Space")
    tab_to(page, dialog.get_by_role("button", name="Generate Credentials"))
    page.keyboard.press("Enter")
    expect(shown(page, "Client Secret")).to_be_visible()
    tab_to(page, shown(page, "Client Secret").get_by_role("button", name="Copy"))
    assert read_credentials(page, base_url, tenant).take_token() == 200


def test_the_same_without_scripts(
    page_as: Any, administrator: Any, kettle: Customer, tenant: Tenant, base_url: str
) -> None:
    page = page_as(administrator, java_script_enabled=False, viewport=PHONE)
    open_form(page)
    fill_in(page)
    page.get_by_role("button", name="Save").click()
    generate = page.get_by_role("button", name="Generate Credentials")
    # The page that comes has the same boxes and the same button.
    follow(generate)
    expect(page.get_by_text("Tick this box to go on.")).to_have_count(2)
    assert not Credential.objects.exists()
    for box in page.get_by_role("checkbox").all():
        box.check()
    follow(generate)
    developer = read_credentials(page, base_url, tenant)
    call_the_api(developer, kettle)
    page.goto("/t/coastal/warehouse/orders/")
    expect(page.get_by_role("link", name="SO-772", exact=True)).to_be_visible()

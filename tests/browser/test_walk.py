"""What walking through the pages found: the menu shows where one is, and nothing touches what stands above it."""

import pytest
from playwright.sync_api import Page, expect

from tests import world

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_long_menu_shows_the_page_that_is_open(page_as):
    coastal = world.build("coastal")
    page: Page = page_as(coastal.administrator, viewport={"width": 1280, "height": 600})
    page.goto("/t/coastal/more/audit/")
    current = page.get_by_role("navigation", name="Main").get_by_role("link", name="Audit")
    expect(current).to_have_attribute("aria-current", "page")
    expect(current).to_be_in_viewport(ratio=1)
    assert page.evaluate("window.scrollY") == 0
    page.goto("/t/coastal/")
    assert page.evaluate("document.getElementById('navigation').scrollTop") == 0


def test_the_drawer_of_a_phone_opens_where_the_person_is(page_as):
    coastal = world.build("coastal")
    page: Page = page_as(coastal.administrator, viewport={"width": 390, "height": 600})
    page.goto("/t/coastal/more/audit/")
    page.get_by_role("button", name="Menu", exact=True).click()
    expect(page.get_by_role("navigation", name="Main").get_by_role("link", name="Audit")).to_be_in_viewport(
        ratio=1
    )


def test_what_reaches_a_warehouse_keeps_its_distance_from_the_form(page_as):
    coastal = world.build("coastal")
    page: Page = page_as(coastal.administrator)
    page.goto(f"/t/coastal/warehouse/warehouses/{coastal.warehouse.pk}/edit/")
    panel = page.get_by_role("heading", name="API clients that reach it")
    expect(panel).to_be_visible()
    save = page.get_by_role("button", name="Save").bounding_box()
    below = panel.locator("xpath=ancestor::section").bounding_box()
    assert save and below and below["y"] - (save["y"] + save["height"]) >= 16


def test_a_name_without_spaces_stays_on_the_screen_where_it_leads_back(page_as):
    coastal = world.build("coastal")
    type(coastal.customer).objects.filter(pk=coastal.customer.pk).update(name="W" * 120)
    page: Page = page_as(coastal.administrator, viewport={"width": 390, "height": 844})
    page.goto(f"/t/coastal/contacts/customers/{coastal.customer.pk}/duplicate/")
    expect(page.get_by_role("link", name="W" * 120)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_without_scripts_the_errors_of_a_token_are_on_the_screen(page_as):
    coastal = world.build("coastal")
    page: Page = page_as(coastal.administrator, java_script_enabled=False)
    page.goto("/t/coastal/settings/api/tokens/")
    page.get_by_role("button", name="Generate", exact=True).click()
    expect(page.get_by_text("Nothing was saved yet.")).to_be_in_viewport()

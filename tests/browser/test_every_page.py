"""Every page of the menu in a browser: readable by everybody, as wide as the screen, without errors or violations."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Page, expect

from apps.portal import navigation
from tests import world
from tests.browser.settled import at_rest

pytestmark = pytest.mark.django_db(transaction=True)

ENTRIES = [*(entry for _, entries in navigation.MENU for entry in entries), *navigation.QUICK_ADD]
PATHS = sorted({reverse(entry.url_name, kwargs={"tenant_slug": "coastal"}) for entry in ENTRIES})


def check(page: Page, path: str, faults: list[str]) -> None:
    """Note what axe finds and what is wider than the screen; `page_as` itself notes errors of the console."""
    page.goto(path)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    at_rest(page)
    width = page.viewport_size["width"] if page.viewport_size else 0
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if overflow > 0:
        faults.append(f"{path} at {width}: {overflow} px wider than the screen")
    for found in Axe().run(page).response["violations"]:
        faults.append(f"{path} at {width}: {found['id']} {found['nodes'][0]['html'][:120]}")


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_every_page_of_the_menu_is_readable_by_everybody(page_as, width, scheme):
    coastal = world.build("coastal")
    page = page_as(coastal.administrator, viewport={"width": width, "height": 844}, color_scheme=scheme)
    faults: list[str] = []
    for path in PATHS:
        check(page, path, faults)
    assert not faults, "\n".join(faults)


def test_an_organisation_with_nothing_in_it_has_a_next_step_on_every_page(page_as, administrator):
    page = page_as(administrator, viewport={"width": 390, "height": 844})
    faults: list[str] = []
    for path in PATHS:
        check(page, path, faults)
    assert not faults, "\n".join(faults)


def test_the_menu_and_the_buttons_carry_the_words_of_the_product(page_as, administrator):
    page = page_as(administrator)
    page.goto("/t/coastal/contacts/api-clients/")
    page.get_by_text("+ Quick Add", exact=True).click()
    expect(page.get_by_role("link", name="API client", exact=True)).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="API client", exact=True)).to_be_hidden()
    expect(page.get_by_role("link", name="+ Add API Client", exact=True).first).to_be_visible()
    expect(page.get_by_label("Search for anything", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Log Out", exact=True)).to_be_visible()

"""The reference page in a browser: any width, any scheme, by keyboard, and without scripts as it has none."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_the_reference_is_readable_and_as_wide_as_the_screen(page_as, base_url, width, scheme):
    # Its policy allows no script at all, axe's neither: what is judged here is the page.
    page = page_as(None, viewport={"width": width, "height": 844}, color_scheme=scheme, bypass_csp=True)
    page.goto("/api/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Partner API")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert not Axe().run(page).response["violations"]
    assert page.evaluate("getComputedStyle(document.body).fontFamily").startswith("system-ui")


def test_the_contents_lead_to_an_endpoint_by_keyboard_on_a_phone(page_as):
    page = page_as(None, viewport={"width": 390, "height": 844}, java_script_enabled=False)
    page.goto("/api/")
    contents = page.get_by_role("navigation", name="Contents of the page")
    expect(contents).to_be_hidden()
    page.get_by_text("Contents", exact=True).press("Enter")
    contents.get_by_role("link", name="Create an outbound order").press("Enter")
    expect(page).to_have_url("/api/#outbound-orders-create")
    heading = page.get_by_role("heading", name="Create an outbound order")
    expect(heading).to_be_in_viewport()
    page.locator("#outbound-orders-create summary").press("Enter")
    expect(page.locator("#outbound-orders-create").get_by_text("The body is too large.")).to_be_visible()


def test_a_wide_screen_keeps_the_contents_beside_the_page(page_as):
    page = page_as(None, viewport={"width": 1280, "height": 844}, java_script_enabled=False)
    page.goto("/api/#usage-get")
    expect(page.get_by_role("navigation", name="Contents", exact=True)).to_be_in_viewport()
    expect(page.get_by_role("heading", name="The caller's own calls")).to_be_in_viewport()

"""The design system in a real browser: dialog, copy, form errors, drawer, contrast and names."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from tests.browser.settled import at_rest


@pytest.fixture(autouse=True)
def _components_page(settings: Settings, live_server: LiveServer, transactional_db: None) -> None:
    settings.ROOT_URLCONF = "tests.browser.urls_components"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing(page: Page, scheme: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of the two literals
    page.goto("/components/")
    result = Axe().run(page)
    assert result.violations_count == 0, result.generate_report()
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0


def test_axe_finds_nothing_in_an_open_dialog_and_an_invalid_form(page: Page) -> None:
    page.goto("/components/")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Name", exact=True)).to_have_attribute("aria-invalid", "true")
    page.get_by_role("link", name="Revoke").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    at_rest(page)
    result = Axe().run(page)
    assert result.violations_count == 0, result.generate_report()


def test_the_button_of_a_dialog_works_once_both_boxes_are_ticked(page: Page) -> None:
    page.goto("/components/")
    page.get_by_role("link", name="Generate Credentials").click()
    dialog = page.get_by_role("dialog", name="Generate Credentials")
    button = dialog.get_by_role("button", name="Generate Credentials")
    expect(button).to_be_disabled()
    for box in dialog.get_by_role("checkbox").all():
        expect(button).to_be_disabled()
        box.check()
    expect(button).to_be_enabled()


def test_escape_closes_a_dialog_and_the_focus_returns(page: Page) -> None:
    page.goto("/components/")
    opener = page.get_by_role("link", name="Generate Credentials")
    opener.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    assert page.evaluate("document.getElementById('dialog').contains(document.activeElement)")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()


def test_the_focus_of_a_dangerous_dialog_is_on_cancel(page: Page) -> None:
    page.goto("/components/")
    page.get_by_role("link", name="Revoke").first.click()
    cancel = page.get_by_role("dialog").get_by_role("link", name="Cancel")
    expect(cancel).to_be_focused()
    cancel.click()
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_a_dialog_is_a_page_without_scripts(new_context, live_server: LiveServer) -> None:  # type: ignore[no-untyped-def]
    page = new_context(java_script_enabled=False).new_page()
    page.goto("/components/")
    page.get_by_role("link", name="Generate Credentials").click()
    expect(page).to_have_url(live_server.url + "/components/dialog/generate/")
    expect(page.get_by_role("button", name="Generate Credentials")).to_be_enabled()
    page.goto("/components/")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_be_visible()


def test_an_invalid_form_takes_the_focus_to_what_is_wrong(page: Page) -> None:
    page.goto("/components/")
    page.get_by_label("Note").fill("kept")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert").filter(has_text="Nothing was saved")).to_be_focused()
    expect(page.get_by_label("Note")).to_have_value("kept")


def test_copy_puts_the_value_on_the_clipboard(page: Page) -> None:
    page.goto("/components/")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    group = page.get_by_role("group", name="Tenant UUID")
    group.get_by_role("button", name="Copy").click()
    expect(group.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "3f0b6c1e-8a55-4f0c-9d57-6a0e5d0f6a11"


def test_a_copy_that_fails_says_so_and_selects_the_text(page: Page) -> None:
    page.goto("/components/")
    page.evaluate("navigator.clipboard.writeText = () => Promise.reject(new Error('refused')), 0")
    group = page.get_by_role("group", name="Client Secret")
    group.get_by_role("button", name="Copy").click()
    expect(group).to_contain_text("Copying did not work")
    assert page.evaluate("getSelection().toString()").startswith("gp_cs_")


def test_a_menu_closes_on_escape(page: Page) -> None:
    page.goto("/components/")
    summary = page.get_by_label("Actions for a sample")
    summary.click()
    expect(page.get_by_role("link", name="Duplicate")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Duplicate")).to_be_hidden()
    expect(summary).to_be_focused()


def test_a_page_of_a_list_swapped_in_place_keeps_the_focus_and_says_where_it_is(page: Page) -> None:
    page.goto("/components/")
    page.get_by_role("link", name="Next").press("Enter")
    expect(page.locator("#sample-rows")).to_be_focused()
    expect(page.locator("#announcer")).to_have_text("51 to 100 of 1,240")
    expect(page.get_by_role("link", name="Page 2", exact=True)).to_have_attribute("aria-current", "page")


@pytest.mark.parametrize("path", ["dialog/revoke/", "error/403/", "error/404/", "error/500/", "error/503/"])
def test_axe_finds_nothing_on_pages_of_one_message(page: Page, path: str) -> None:
    page.goto(f"/components/{path}")
    result = Axe().run(page)
    assert result.violations_count == 0, result.generate_report()

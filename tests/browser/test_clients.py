"""API clients in a browser: seed 003 in its own order, with and without scripts."""

import re

import pytest
from playwright.sync_api import Page, expect

from apps.clients.models import ApiClient, Credential
from tests.browser.developer import shown
from tests.browser.settled import at_rest, content_of, follow, step_in_history
from tests.clients.conftest import customer, plan, warehouse  # noqa: F401  # fixtures

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("plan", "customer", "warehouse"),
]

SECRET = re.compile(r"gp_cs_[0-9A-Za-z]{49}")


def fill_in(page: Page) -> None:
    page.goto("/t/coastal/contacts/api-clients/")
    follow(page.get_by_role("main").get_by_role("link", name="Add API Client").first)
    page.get_by_label("Name", exact=True).fill("ABC Foods Booking System")
    page.get_by_label("Blue Kettle Teas").check()
    # The advice that comes for a customer moves the boxes below it.
    at_rest(page)
    page.get_by_label("Brisbane Depot").check()
    page.get_by_label("WMS Create Jobs").check()
    # By key and not by mouse: what the page adds while one ticks may move the switch away under a click.
    switch = page.get_by_role("switch", name="Active")
    switch.press("Space")
    expect(switch).to_be_checked()
    at_rest(page)


def test_a_client_is_added_and_its_secret_shown_once(page_as, administrator):
    page = page_as(administrator)
    fill_in(page)
    expect(page.get_by_text("Blue Kettle Teas has no sandbox.")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    boxes = dialog.get_by_role("checkbox")
    generate = dialog.get_by_role("button", name="Generate Credentials")
    expect(boxes).to_have_count(2)
    expect(generate).to_be_disabled()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    opener = page.get_by_role("link", name="Generate Credentials")
    expect(opener).to_be_focused()
    opener.click()
    boxes.nth(0).check()
    expect(generate).to_be_disabled()
    boxes.nth(1).check()
    generate.click()
    expect(page.get_by_role("group", name="Client Secret")).to_be_visible()
    secret = SECRET.search(content_of(page))[0]
    for label in ("Client ID", "Tenant UUID", "Customer UUID"):
        expect(page.get_by_role("group", name=label).get_by_role("button", name="Copy")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nothing was changed")
    assert secret not in content_of(page)
    page.goto("/t/coastal/contacts/api-clients/")
    with step_in_history(page):
        page.go_back()
    assert secret not in content_of(page)
    page.goto("/t/coastal/contacts/api-clients/")
    stored = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert secret not in stored
    assert Credential.objects.count() == 1


def test_the_same_without_scripts(page_as, administrator):
    page = page_as(administrator, java_script_enabled=False)
    fill_in(page)
    page.get_by_role("button", name="Save").click()
    generate = page.get_by_role("button", name="Generate Credentials")
    # The page that comes has the same boxes and the same button.
    follow(generate)
    expect(page.get_by_text("Tick this box to go on.")).to_have_count(2)
    for box in page.get_by_role("checkbox").all():
        box.check()
    follow(generate)
    expect(shown(page, "Client Secret")).to_be_visible()
    assert SECRET.search(content_of(page))
    assert Credential.objects.count() == 1


def test_rotate_with_an_overlap_then_revoke(page_as, administrator):
    page = page_as(administrator)
    fill_in(page)
    page.get_by_role("button", name="Save").click()
    dialog = page.get_by_role("dialog")
    for _ in range(2):
        for number in range(2):
            dialog.get_by_role("checkbox").nth(number).check()
        follow(dialog.get_by_role("button", name="Generate Credentials"))
        # What comes next opens a dialog, for which that page needs its scripts.
        follow(page.get_by_role("link", name="I have saved them"))
        if Credential.objects.count() == 1:
            page.get_by_role("link", name="Generate Credentials").click()
            dialog.get_by_label("24 hours").check()
    expect(page.get_by_text("Two secrets work at present")).to_be_visible()
    page.get_by_role("link", name="Finish now").click()
    follow(dialog.get_by_role("button", name="Finish now"))
    expect(page.get_by_text("The old secret has stopped working.")).to_be_visible()
    page.get_by_role("link", name="Revoke", exact=True).click()
    expect(dialog.get_by_text("Calls, last 24 hours")).to_be_visible()
    expect(dialog.get_by_role("link", name="Cancel")).to_be_focused()
    dialog.get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("Revoked for good")).to_be_visible()
    assert ApiClient.objects.get().revoked_at is not None


def test_an_edit_is_shown_before_it_is_stored(page_as, administrator):
    page = page_as(administrator)
    fill_in(page)
    page.get_by_role("button", name="Save").click()
    page.get_by_role("dialog").get_by_role("link", name="Cancel").click()
    follow(page.get_by_role("link", name="Edit", exact=True))
    page.get_by_label("TMS Create Jobs").check()
    page.get_by_label("All customers, now and later").check()
    at_rest(page)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Choose all customers or name them, not both.")).to_be_visible()
    at_rest(page)
    page.get_by_label("Blue Kettle Teas").uncheck()
    at_rest(page)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Check what changes, then save").first).to_be_in_viewport()
    assert ApiClient.objects.get().roles == ["WMS_CREATE_JOBS"]
    page.get_by_role("button", name="Save these changes").click()
    expect(page.get_by_text("Saved. It applies from the next call on.")).to_be_visible()
    assert ApiClient.objects.get().roles == ["WMS_CREATE_JOBS", "TMS_CREATE_JOBS", "TMS_VIEW_JOBS"]

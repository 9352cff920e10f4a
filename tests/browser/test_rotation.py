"""Points 2 and 3: a copy that fails, a text without the secret, and a rotation whose two secrets live side by side."""

import re

import pytest
from playwright.sync_api import Page, expect

from apps.clients.models import Credential
from apps.tenants.models import Tenant
from tests.browser.developer import Developer, read_credentials, shown
from tests.browser.settled import follow
from tests.clients.conftest import customer, make_client, plan, warehouse  # noqa: F401  # fixtures

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("plan")]


def generate(page: Page, base: str, tenant: Tenant, overlap: str = "") -> Developer:
    """Tick both boxes of the pop-out and read the credentials off the page that follows."""
    page.get_by_role("link", name="Generate Credentials").click()
    dialog = page.get_by_role("dialog")
    if overlap:
        expect(dialog.get_by_label("Immediately")).to_be_checked()
        for choice in ("1 hour", "24 hours", "3 days", "7 days"):
            expect(dialog.get_by_label(choice)).not_to_be_checked()
        expect(dialog.get_by_role("checkbox").first).to_have_accessible_name(
            re.compile("the old credentials stop working at the time chosen above, and that connections")
        )
        dialog.get_by_label(overlap).check()
    for number in range(2):
        dialog.get_by_role("checkbox").nth(number).check()
    dialog.get_by_role("button", name="Generate Credentials").click()
    expect(shown(page, "Client Secret")).to_be_visible()
    return read_credentials(page, base, tenant)


def test_two_secrets_live_side_by_side_until_the_new_one_is_dropped(
    page_as,
    administrator,
    tenant,
    make_client,  # noqa: F811
    base_url,
):
    client = make_client()
    page = page_as(administrator)
    page.goto(f"/t/coastal/contacts/api-clients/{client.pk}/")
    old = generate(page, base_url, tenant)
    a_failed_copy_says_so(page, old)
    assert old.secret not in page.locator("#handover-text").inner_text()
    expect(page.locator("#handover-text")).to_contain_text(client.client_id)
    helper = page.get_by_role("link", name="The first call with these ids: curl, Python, Postman")
    with page.expect_popup() as opened:
        helper.click()
    for part in ("In a terminal", "In Python", "In Postman", "Waiting for the first call"):
        expect(opened.value.get_by_text(part).first).to_be_visible()
    opened.value.close()

    assert old.take_token() == 200
    assert old.call("GET", "customers")[0] == 200
    expect(page.locator("#first-call")).to_contain_text("First call received")
    # What comes next opens a dialog, for which that page needs its scripts; so does the one after.
    follow(page.get_by_role("link", name="I have saved them"))
    new = generate(page, base_url, tenant, overlap="24 hours")
    expect(page.get_by_text("The old secret goes on working until")).to_be_visible()
    assert new.client_id == old.client_id and new.secret != old.secret
    assert [old.take_token(), new.take_token()] == [200, 200]
    for _ in range(2):
        assert new.call("GET", "customers")[0] == 200

    follow(page.get_by_role("link", name="I have saved them"))
    expect(page.get_by_text("Two secrets work at present")).to_be_visible()
    newest, oldest = (page.get_by_role("row", name=re.compile(f"Client Secret {n}")) for n in (2, 1))
    # State, created, until, then the calls of 24 hours: three of the old one's are the token, a call and a token.
    expect(newest.get_by_role("cell").nth(3)).to_have_text("3")
    expect(oldest.get_by_role("cell").nth(3)).to_have_text("3")
    page.get_by_role("link", name="Keep the old one").click()
    page.get_by_role("dialog").get_by_role("button", name="Keep the old one").click()
    expect(page.get_by_text("The old secret stays; the new one is revoked.")).to_be_visible()
    assert [old.take_token(), new.take_token()] == [200, 401]
    assert new.call("GET", "customers")[0] == 401
    assert Credential.objects.filter(state="active").count() == 1


def a_failed_copy_says_so(page: Page, developer: Developer) -> None:
    page.evaluate("navigator.clipboard.writeText = () => Promise.reject(new Error('refused')), 0")
    group = shown(page, "Client Secret")
    group.get_by_role("button", name="Copy").click()
    expect(group).to_contain_text("Copying did not work")
    assert page.evaluate("getSelection().toString()").strip() == developer.secret

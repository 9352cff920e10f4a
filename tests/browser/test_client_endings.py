"""Points 3 and 4: an end in the tenant's zone, the list of addresses, and what ending a client breaks."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from apps.usage.services import CallRecord, record_call
from tests.browser.settled import at_rest, follow
from tests.clients.conftest import customer, make_client, plan, warehouse  # noqa: F401  # fixtures

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("plan")]


def test_addresses_are_suggested_and_a_lock_out_is_warned_of(page_as, administrator, make_client):  # noqa: F811
    client = make_client()
    for address in ("203.0.113.9", "203.0.113.9", "2001:db8::7"):
        record_call(
            CallRecord(
                tenant_id=client.tenant_id,
                client_id=client.pk,
                client_name=client.name,
                method="GET",
                endpoint="customers",
                status=200,
                received_at=timezone.now(),
                ms=4,
                address=address,
            )
        )
    page = page_as(administrator)
    page.goto(f"/t/coastal/contacts/api-clients/{client.pk}/edit/")
    addresses = page.get_by_label("Allowed addresses")
    addresses.fill("198.51.100.0/33")
    page.get_by_role("button", name="Save").click()
    expect(addresses).to_have_attribute("aria-invalid", "true")
    addresses.fill("198.51.100.0/24")
    page.get_by_label("Expires").fill("2030-06-30T17:00")
    page.get_by_role("button", name="Save").click()
    warning = page.get_by_text("Callers of the last 7 days that this locks out:")
    expect(warning).to_contain_text("203.0.113.9 (2 calls), 2001:db8::7 (1 calls)")
    expect(page.get_by_text("30 Jun 2030, 17:00 (Australia/Brisbane)")).to_be_visible()
    # A form that was just swapped in is not listened to before it is settled.
    at_rest(page)
    page.get_by_role("button", name="Fill in these addresses").click()
    expect(addresses).to_have_value("198.51.100.0/24\n203.0.113.9\n2001:db8::7")
    at_rest(page)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Save these changes")).to_be_visible()
    expect(warning).to_have_count(0)
    # Each page from here on opens a dialog, for which it needs its scripts.
    at_rest(page)
    follow(page.get_by_role("button", name="Save these changes"))
    expect(page.get_by_text("Saved. It applies from the next call on.")).to_be_visible()
    client.refresh_from_db()
    assert client.allowed_networks.split() == ["198.51.100.0/24", "203.0.113.9", "2001:db8::7"]
    assert client.expires.isoformat() == "2030-06-30T07:00:00+00:00"

    page.get_by_role("link", name="Deactivate", exact=True).click()
    dialog = page.get_by_role("dialog")
    for words in ("Calls, last 24 hours", "Last call", "203.0.113.9"):
        expect(dialog.get_by_text(words)).to_be_visible()
    follow(dialog.get_by_role("button", name="Deactivate"))
    expect(page.get_by_text("ERP connector is INACTIVE.")).to_be_visible()
    page.get_by_role("link", name="Activate", exact=True).click()
    follow(dialog.get_by_role("button", name="Activate"))
    expect(page.get_by_text("ERP connector is ACTIVE.")).to_be_visible()
    page.get_by_role("link", name="Revoke", exact=True).click()
    expect(dialog.get_by_role("link", name="Cancel")).to_be_focused()
    expect(dialog.get_by_text("This is permanent")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    client.refresh_from_db()
    assert client.is_active and client.revoked_at is None

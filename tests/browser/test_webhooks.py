"""Webhooks in a browser, with a real receiver at the other end: added, rotated, tested, looked up, sent again."""

import re
from ipaddress import ip_network

import pytest
from playwright.sync_api import Page, expect
from standardwebhooks import Webhook, WebhookVerificationError

from apps.webhooks.endpoints import create_endpoint
from apps.webhooks.models import Delivery, DeliveryState, Endpoint
from tests.browser.settled import content_of, follow
from tests.webhooks.conftest import ACTOR, send_due, write_event
from tests.webhooks.receivers import Receiver

pytestmark = pytest.mark.django_db(transaction=True)

KEY = re.compile(r"whsec_[0-9A-Za-z+/]{43}=")
TOKEN = "Bearer of the warehouse system"


@pytest.fixture
def receiver(settings):
    settings.WEBHOOK_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]
    settings.WEBHOOK_ALLOW_HTTP = True
    with Receiver() as running:
        yield running


@pytest.fixture
def endpoint(tenant, receiver):
    return create_endpoint(tenant=tenant, name="Warehouse system", url=receiver.url, actor=ACTOR)[0]


def shown_key(page: Page) -> str:
    expect(page.get_by_role("group", name="Signing key")).to_be_visible()
    return KEY.search(content_of(page))[0]


def takes(request, key: str) -> bool:
    headers = {name.lower(): value for name, value in request["headers"].items()}
    try:
        return bool(Webhook(key).verify(request["body"], headers))
    except WebhookVerificationError:
        return False


def send_a_test(page: Page) -> None:
    page.get_by_role("button", name="Send test event").click()
    expect(page.get_by_text("A test event is on its way.")).to_be_visible()
    send_due()
    page.reload()
    expect(page.get_by_role("main").get_by_text("It arrived.")).to_be_visible()


def test_an_endpoint_is_added_tested_and_its_key_rotated(page_as, administrator, receiver):
    page = page_as(administrator)
    page.goto("/t/coastal/settings/webhooks/")
    page.get_by_role("main").get_by_role("link", name="Add endpoint").first.click()
    page.get_by_label("Name", exact=True).fill("Warehouse system")
    page.get_by_label("Webhook URL").fill("ftp://receiver.example.com/")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Webhook URL")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Webhook URL").fill(receiver.url)
    page.get_by_label("Auth Token").fill(TOKEN)
    page.get_by_role("button", name="Save").click()
    old = shown_key(page)
    follow(page.get_by_role("link", name="I have saved it"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Warehouse system")
    assert old not in content_of(page)
    send_a_test(page)
    [first] = receiver.received
    assert takes(first, old) and first["headers"]["Authorization"] == TOKEN
    assert first["headers"]["Gatepass-Test"] == "1"
    page.get_by_text("Request", exact=True).click()
    expect(page.get_by_label("Request of attempt 1")).to_contain_text(
        "the Auth Token, which is not kept here"
    )

    # What comes next opens a dialog, for which that page needs its scripts.
    follow(page.get_by_role("main").get_by_role("link", name="Warehouse system"))
    page.get_by_role("link", name="Rotate").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("For 24 hours every request carries two signatures")
    dialog.get_by_role("button", name="Rotate").click()
    new = shown_key(page)
    assert new != old
    # The browser sends the form once more, which neither shows a key nor makes one.
    page.reload()
    expect(page.get_by_text("The signing key was rotated already")).to_be_visible()
    expect(
        page.get_by_text(re.compile(r"the key before signs .* until .* \(Australia/Brisbane\)"))
    ).to_be_visible()
    assert new not in content_of(page) and Endpoint.objects.get().key_number == 2
    send_a_test(page)
    second = receiver.received[1]
    assert takes(second, old) and takes(second, new)
    assert len(second["headers"]["webhook-signature"].split()) == 2


def test_what_failed_is_found_by_its_order_and_sent_again_alone_and_together(
    page_as, tenant, administrator, endpoint, receiver
):
    receiver.answer = lambda request: (500, {}, b"<b>out of order</b>")
    for reference in ("SO-1001", "SO-1002", "SO-2001"):
        write_event(tenant, reference=reference)
    send_due()
    Delivery.objects.update(state=DeliveryState.PENDING, tries=9, due="2026-01-01T00:00:00Z")
    send_due()
    assert set(Delivery.objects.values_list("state", flat=True)) == {DeliveryState.FAILED}
    receiver.answer = lambda request: (204, {}, b"")
    receiver.received.clear()

    page = page_as(administrator)
    page.goto("/t/coastal/settings/webhooks/deliveries/")
    rows = page.get_by_role("region", name="Deliveries").get_by_role("row")
    expect(rows).to_have_count(4)
    page.get_by_label("Order reference").fill("SO-2001")
    page.get_by_role("button", name="Filter").click()
    expect(rows).to_have_count(2)
    expect(rows.nth(1)).to_contain_text("The receiver answered 500")
    rows.nth(1).get_by_role("link", name="Order created").click()
    expect(page.get_by_role("main")).to_contain_text("It did not arrive: 2 attempts failed")
    page.get_by_role("button", name="Resend").click()
    expect(page.get_by_text("The event is sent again.")).to_be_visible()
    send_due()
    page.reload()
    expect(page.get_by_role("main")).to_contain_text("It arrived after 2 attempts failed.")
    [request] = receiver.received
    assert request["headers"]["webhook-id"] == Delivery.objects.latest("pk").event.message_id

    page.get_by_role("main").get_by_role("link", name="Warehouse system").click()
    page.get_by_role("link", name="Resend failed").click()
    page.get_by_role("button", name="Count them").click()
    expect(page.get_by_role("main")).to_contain_text("2 events that failed for good since")
    assert len(receiver.received) == 1
    page.get_by_role("button", name="Resend 2 events").click()
    expect(page.get_by_text("Events that are sent again: 2.")).to_be_visible()
    send_due()
    ids = {request["headers"]["webhook-id"] for request in receiver.received}
    assert len(receiver.received) == 3 and len(ids) == 3
    assert set(Delivery.objects.values_list("state", flat=True)) == {DeliveryState.DELIVERED}


def test_an_endpoint_is_paused_resumed_and_disabled_by_its_receiver_without_scripts(
    page_as, tenant, administrator, endpoint, receiver
):
    page = page_as(administrator, java_script_enabled=False)
    page.goto(f"/t/coastal/settings/webhooks/{endpoint.pk}/")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Paused. Events are held back until you resume")).to_be_visible()
    write_event(tenant)
    send_due()
    assert receiver.received == []
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_text("Events that were held back and go out now: 1.")).to_be_visible()
    receiver.answer = lambda request: (410, {}, b"")
    send_due()
    page.reload()
    expect(page.get_by_role("main")).to_contain_text(
        "The receiver answered 410 Gone: it wants no more events."
    )
    expect(page.get_by_role("main")).to_contain_text(
        re.compile(r"It was disabled on \w+day \d+ \w+ 20\d\d, \d\d:\d\d AEST")
    )
    receiver.answer = lambda request: (200, {}, b"")
    # Nothing is due before the server has answered.
    follow(page.get_by_role("button", name="Resume"))
    send_due()
    assert [request["headers"]["webhook-id"] for request in receiver.received] == [
        Delivery.objects.get(state=DeliveryState.DELIVERED).event.message_id
    ] * 2

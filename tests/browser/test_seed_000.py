"""Seed 000 in its own order and labels: Settings > Channel Integration > Generate Token, then orders by its token."""

# ruff: noqa: F811  # fixtures of other files are imported under their names

import re
from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from apps.clients.models import ApiClient, ChannelDraft
from apps.customers.models import Customer
from apps.tenants.models import Tenant
from tests.browser.settled import content_of, follow
from tests.browser.test_main_job import DESK, Developer, kettle, passes_axe, sale_order, shown  # noqa: F401
from tests.webhooks.conftest import send  # noqa: F401  # a fixture
from tests.webhooks.receivers import Receiver

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = re.compile(r"gp_(?:cs|bt)_[0-9A-Za-z]{49}")


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    """The shop's webhook."""
    settings.WEBHOOK_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]
    settings.WEBHOOK_ALLOW_HTTP = True
    with Receiver() as running:
        yield running


def open_wizard(page: Page) -> None:
    page.goto("/t/coastal/")
    follow(page.get_by_role("navigation", name="Main").get_by_role("link", name="Channel Integration"))
    follow(page.get_by_role("link", name="Generate Token"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Generate Token")


def answer(page: Page, url: str, configuration: str = "Smart Allocation") -> None:
    page.get_by_label("Channel Name").fill("Web shop")
    page.get_by_label(configuration).check()
    page.get_by_label("Package weight").fill("0.5")
    page.get_by_label("Package volume").fill("0.012")
    page.get_by_label("Webhook URL").fill(url)
    page.get_by_label("Auth Token").fill("Bearer shop-31")


def generate(page: Page, base: str, tenant: Tenant) -> Developer:
    """Generate Token up to the credentials, read off the page as a person does."""
    page.get_by_role("button", name="Generate Token").click()
    expect(shown(page, "Password")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("not saved in the system")
    username = shown(page, "Username").inner_text().split()[0]
    password = SECRET.search(shown(page, "Password").inner_text())
    assert password
    return Developer(base, str(tenant.pk), username, password[0])


def confirm(page: Page) -> str:
    """Confirm that they are saved; the API token that comes then."""
    page.get_by_label("I have saved the username and the password").check()
    page.get_by_role("button", name="Confirm").click()
    expect(shown(page, "API Token")).to_be_visible()
    token = SECRET.search(shown(page, "API Token").inner_text())
    assert token
    return token[0]


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_channel_from_the_menu_to_its_first_order(
    scripts: bool,
    page_as: Any,
    administrator: Any,
    kettle: Customer,
    tenant: Tenant,
    base_url: str,
    receiver: Receiver,
    send: Any,
) -> None:
    page = page_as(administrator, viewport=DESK, java_script_enabled=scripts)
    open_wizard(page)
    answer(page, receiver.url)
    page.get_by_role("button", name="Send a test").click()
    expect(page.get_by_text("Your webhook answered 200")).to_be_visible()
    if scripts:
        passes_axe(page)
    developer = generate(page, base_url, tenant)
    assert developer.take_token() == 401
    assert ChannelDraft.objects.get().waits
    developer.token = confirm(page)
    first = ask_for_an_order(developer, kettle)
    assert developer.take_token() == 200
    page.goto(f"/t/coastal/warehouse/orders/{first}/")
    expect(page.get_by_role("main")).to_contain_text("0.5 kg (the channel's minimum)")
    expect(page.get_by_role("main")).to_contain_text("Smart Allocation chose Default")
    send()
    tested, *told = receiver.received
    assert tested["headers"]["Gatepass-Test"] == "1"
    assert len(told) == 2
    for sent in (tested, *told):
        assert sent["headers"]["Authorization"] == "Bearer shop-31"
    assert {sent["headers"]["Gatepass-Event"] for sent in told} == {"outbound-order.created"}


def ask_for_an_order(developer: Developer, kettle: Customer) -> str:
    """An order without weight and volume, over real HTTP: both come from the Minimum Threshold, and it says so."""
    status, created = developer.call("POST", "outbound-orders", sale_order(str(kettle.pk)))
    assert (status, created["status"]) == (201, "AWAITING_PICK_AND_PACK")
    assert created["measures"] == {"weight": 0.5, "cubic": 0.012}
    assert sorted(created["details"]["defaulted"]) == ["/measures/cubic", "/measures/weight"]
    heavy = {**sale_order(str(kettle.pk), "SO-772"), "measures": {"weight": 7, "cubic": None}}
    status, second = developer.call("POST", "outbound-orders", heavy)
    assert status == 201
    assert second["measures"] == {"weight": 7, "cubic": 0.012}
    assert second["details"]["defaulted"] == ["/measures/cubic"]
    return str(created["id"])


def test_a_person_goes_back_leaves_and_goes_on_without_typing_again(
    page_as: Any,
    administrator: Any,
    kettle: Customer,
    tenant: Tenant,
    base_url: str,
) -> None:
    page = page_as(administrator, viewport=DESK)
    open_wizard(page)
    answer(page, "https://hooks.example.com/orders", configuration="Manual")
    page.get_by_role("button", name="Save for later").click()
    expect(page.get_by_role("heading", name="Not finished")).to_be_visible()
    passes_axe(page)
    page.get_by_role("link", name="Continue with Web shop").click()
    expect(page.get_by_label("Channel Name")).to_have_value("Web shop")
    first = generate(page, base_url, tenant)
    page.get_by_role("link", name="Back to the settings").click()
    expect(page.get_by_text("You went back")).to_be_visible()
    expect(page.get_by_label("Manual")).to_be_checked()
    expect(page.get_by_label("Webhook URL")).to_have_value("https://hooks.example.com/orders")
    expect(page.get_by_label("Auth Token")).to_have_value("")
    page.get_by_label("Package weight").fill("2")
    second = generate(page, base_url, tenant)
    token = confirm(page)
    assert (first.take_token(), second.take_token()) == (401, 200)
    page.reload()
    assert token not in content_of(page)
    client = ApiClient.objects.present().get()
    assert client.channel.threshold_weight == 2
    second.token = token
    status, order = second.call("POST", "outbound-orders", sale_order(str(kettle.pk)))
    assert (status, order["status"]) == (201, "DRAFT")
    page.goto("/t/coastal/warehouse/orders/")
    # The list before names the order too.
    follow(page.get_by_role("link", name="Waiting for allocation"))
    expect(page.get_by_role("link", name="SO-771", exact=True)).to_be_visible()
    passes_axe(page)
    page.get_by_role("button", name="Allocate SO-771").click()
    expect(page.get_by_role("main")).to_contain_text("allocated it in Default")


def test_enter_in_a_field_goes_on_and_sends_no_test(
    page_as: Any, administrator: Any, kettle: Customer, receiver: Receiver
) -> None:
    page = page_as(administrator)
    open_wizard(page)
    answer(page, receiver.url)
    page.get_by_label("Channel Name").press("Enter")
    expect(shown(page, "Password")).to_be_visible()
    assert not receiver.received

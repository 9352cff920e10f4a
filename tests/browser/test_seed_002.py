"""Seed 002 in its own order and labels: API integration on the Dashboard, Create Access Token, Delete, Revoke."""

# ruff: noqa: F811  # fixtures of other files are imported under their names

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from apps.clients.models import ApiClient
from apps.customers.models import Customer
from apps.tenants.models import Plan, Tenant
from tests.browser.settled import content_of, follow
from tests.browser.test_main_job import DESK, Developer, kettle, passes_axe, sale_order, shown  # noqa: F401

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = re.compile(r"gp_bt_[0-9A-Za-z]{49}")
PASSWORD = "Kestrel-paper-41-lantern"


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_an_access_token_from_the_dashboard_to_its_end(
    scripts: bool,
    page_as: Any,
    administrator: Any,
    kettle: Customer,
    tenant: Tenant,
    base_url: str,
) -> None:
    page = page_as(administrator, viewport=DESK, java_script_enabled=scripts)
    page.goto("/t/coastal/")
    page.get_by_role("main").get_by_role("link", name="API Integration").first.click()
    page.get_by_role("link", name="Create Access Token").click()
    page.get_by_label("Username").fill("ship.team")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    follow(page.get_by_role("button", name="Create Access Token"))
    expect(page.get_by_text("Choose Order API Access, Product API Access or both.").first).to_be_visible()
    page.get_by_role("group", name="API Access Permissions").get_by_label("Order API Access").check()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    follow(page.get_by_role("button", name="Create Access Token"))
    block = shown(page, "Access Token")
    expect(block).to_be_visible()
    if scripts:
        expect(block.get_by_role("button", name="Copy")).to_be_visible()
    token = SECRET.search(block.inner_text())
    assert token and PASSWORD not in content_of(page)

    developer = Developer(base_url, str(tenant.pk), "ship.team", PASSWORD)
    developer.token = token[0]
    assert developer.call("POST", "outbound-orders", sale_order(str(kettle.pk)))[0] == 201
    assert developer.call("GET", "warehouse-products")[0] == 403
    assert developer.take_token() == 200
    obtained = developer.token

    page.goto("/t/coastal/settings/api-integration/")
    row = page.get_by_role("row").filter(has_text="ship.team")
    row.get_by_role("link", name="Delete").click()
    asks = page.get_by_role("dialog") if scripts else page.get_by_role("main")
    expect(asks).to_contain_text("It will immediately be disabled.")
    if scripts:
        passes_axe(page)
    asks.get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("No access tokens yet")).to_be_visible()
    for dead in (token[0], obtained):
        developer.token = dead
        assert developer.call("GET", "outbound-orders")[0] == 401
    assert developer.take_token() == 401
    client = ApiClient.objects.get()
    gone = page.goto(f"/t/coastal/contacts/api-clients/{client.pk}/")
    assert gone is not None and gone.status == 404


def test_a_plan_without_it_says_what_is_missing_and_whom_to_ask(
    page_as: Any,
    administrator: Any,
    kettle: Customer,
) -> None:
    Plan.objects.update(api_integration=False)
    page = page_as(administrator, viewport=DESK)
    page.goto("/t/coastal/settings/api-integration/")
    expect(page.get_by_text("Your plan does not include API Integration")).to_be_visible()
    expect(page.get_by_role("main").get_by_role("link", name="alex@gatepass.example")).to_be_visible()
    expect(page.get_by_role("link", name="Create Access Token")).to_have_count(0)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_enter_in_the_channel_wizard_goes_on_and_sends_no_test(
    scripts: bool, page_as: Any, administrator: Any, kettle: Customer
) -> None:
    page = page_as(administrator, viewport=DESK, java_script_enabled=scripts)
    page.goto("/t/coastal/settings/channels/generate-token/")
    name = page.get_by_label("Name", exact=False).first
    name.fill("Web shop")
    with page.expect_navigation() as went:
        name.press("Enter")
    assert went.value.request.method == "POST"
    assert went.value.url.endswith("/settings/channels/generate-token/")

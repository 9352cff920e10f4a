"""Seed 001 in its own order and labels: Shop Integrations > Settings > API > Token Management, eleven tokens."""

# ruff: noqa: F811  # fixtures of other files are imported under their names

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from apps.audit import actors
from apps.clients import services
from apps.clients.models import ApiClient
from apps.customers.models import Customer
from apps.tenants.models import Tenant
from tests.browser.settled import content_of, follow
from tests.browser.test_main_job import DESK, Developer, kettle, passes_axe, sale_order, shown  # noqa: F401

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = re.compile(r"gp_bt_[0-9A-Za-z]{49}")
NAME = "Order Management"


def open_tokens(page: Page) -> None:
    page.goto("/t/coastal/")
    menu = page.get_by_role("navigation", name="Main")
    expect(menu.get_by_role("link", name="Shop Integrations")).to_be_visible()
    follow(menu.get_by_role("link", name="Token Management"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Token Management")


def generate(page: Page, name: str) -> str:
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Generate", exact=True).click()
    expect(shown(page, "Token")).to_be_visible()
    token = SECRET.search(shown(page, "Token").inner_text())
    assert token
    return token[0]


def test_a_bearer_token_from_the_menu_to_the_orders_of_60_days(
    page_as: Any,
    administrator: Any,
    kettle: Customer,
    tenant: Tenant,
    base_url: str,
) -> None:
    page = page_as(administrator, viewport=DESK)
    open_tokens(page)
    for words in ("A Bearer token proves who you are", "Tokens never expire", "even our support team"):
        expect(page.get_by_role("main")).to_contain_text(words)
    expect(page.get_by_role("heading", name="Integration prerequisites")).to_be_visible()
    developer = Developer(base_url, str(tenant.pk))
    developer.token = generate(page, NAME)
    page.reload()
    assert developer.token not in content_of(page)
    assert ApiClient.objects.count() == 1
    assert developer.call("POST", "outbound-orders", sale_order(str(kettle.pk)))[0] == 201
    status, orders = developer.call("GET", "outbound-orders?size=50")
    assert (status, [order["references"]["customer"] for order in orders]) == (200, ["SO-771"])

    open_tokens(page)
    expect(page.get_by_text("1 of 11").first).to_be_visible()
    for number in range(2, 11):
        services.create_bearer(
            tenant=tenant, actor=actors.command("tests"), name=f"Token {number}", roles=["WMS_CREATE_JOBS"]
        )
    open_tokens(page)
    generate(page, "Catalog Management")
    open_tokens(page)
    expect(page.get_by_text("11 of 11").first).to_be_visible()
    expect(page.get_by_role("link", name="Revoke Token 2", exact=True)).to_be_visible()
    passes_axe(page)
    page.get_by_label("Name", exact=True).fill("Promotion Management")
    # What comes opens a dialog, for which that page needs its scripts.
    follow(page.get_by_role("button", name="Generate", exact=True))
    expect(page.get_by_text("All 11 bearer tokens of your plan are in use.").first).to_be_visible()
    assert not SECRET.search(content_of(page))
    page.get_by_role("link", name="Revoke Token 2", exact=True).click()
    asks = page.get_by_role("dialog")
    expect(asks.get_by_text("Calls, last 24 hours")).to_be_visible()
    follow(asks.get_by_role("button", name="Revoke"))
    expect(page.get_by_text("10 of 11").first).to_be_visible()
    assert generate(page, "Promotion Management")
    assert developer.call("GET", "outbound-orders")[0] == 200

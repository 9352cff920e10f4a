"""Reports, statements, the cap and the support desk in a browser: chosen, printed, added up, explained."""

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Download, Page, expect

from apps.accounts.models import User
from apps.audit import actors
from apps.billing.models import Credit
from apps.billing.services import close_week
from apps.clients.models import ApiClient
from apps.core.weeks import Week
from apps.tenants.models import Plan, Tenant
from apps.tenants.zones import Calendar
from apps.usage.services import CallRecord, record_calls
from tests.billing.billing_world import a_client
from tests.browser.settled import at_rest, follow

pytestmark = pytest.mark.django_db(transaction=True)
ACTOR = actors.command("tests")
PageAs = Callable[..., Page]


@dataclass(frozen=True)
class Billed:
    """A tenant with 6,200 billable calls of last week by two clients, and three of this week."""

    tenant: Tenant
    week: Week
    beta: ApiClient

    @property
    def monday(self) -> date:
        return Calendar(self.tenant).monday(self.week)


def calls(client: ApiClient, number: int, status: int, start: Any) -> list[CallRecord]:
    return [
        CallRecord(
            tenant_id=client.tenant_id,
            client_id=client.pk,
            client_name=client.name,
            method="GET",
            endpoint="customers.list",
            status=status,
            ms=5,
            received_at=start + timedelta(seconds=place),
        )
        for place in range(number)
    ]


@pytest.fixture
def billed(tenant: Tenant) -> Billed:
    Plan.objects.filter(tenant=tenant).delete()
    Plan.objects.create(tenant=tenant, valid_from=date(2020, 1, 6), warehouse_orders=1000)
    alpha, beta = a_client(tenant, "Alpha"), a_client(tenant, "Beta")
    calendar, now = Calendar(tenant), timezone.now()
    running = calendar.week_containing(now)
    week = calendar.week_before(running)
    tuesday = week.start + timedelta(days=1, hours=2)
    record_calls(
        [
            *calls(alpha, 2900, 200, tuesday),
            *calls(alpha, 100, 404, tuesday),
            *calls(alpha, 7, 401, tuesday),
            *calls(beta, 3200, 200, tuesday + timedelta(days=2)),
            *calls(beta, 3, 200, now),
        ]
    )
    return Billed(tenant, week, beta)


def main_text(page: Page) -> str:
    return " ".join(page.get_by_role("main").inner_text().split())


def rows_of(download: Download) -> list[dict[str, str]]:
    with download.path().open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("scripts", [True, False], ids=["htmx", "without scripts"])
def test_a_week_and_a_client_are_chosen(scripts: bool, page_as: PageAs, viewer: User, billed: Billed) -> None:
    page = page_as(viewer, java_script_enabled=scripts)
    page.goto("/t/coastal/usage/")
    if scripts:
        page.evaluate("window.isTheSamePage = true")
    page.get_by_label("Week", exact=True).select_option(billed.monday.isoformat())
    page.get_by_label("API client", exact=True).select_option(label="Beta")
    page.get_by_role("button", name="Show").press("Enter")
    expect(page).to_have_url(re.compile(f"week={billed.monday}&client={billed.beta.pk}"))
    expect(page.get_by_role("main")).to_contain_text(f"{billed.monday:%B} {billed.monday.year} by Beta")
    total = page.get_by_role("region", name="Calls by day").get_by_role("row", name="Week")
    expect(total).to_have_text(re.compile(r"Week\s*3,200\s*0\s*0\s*0\s*3,200\s*3,200"))
    if scripts:
        assert page.evaluate("window.isTheSamePage"), "the page was swapped, not loaded"
        expect(page.get_by_role("button", name="Show")).to_be_focused()
        expect(page.locator("#announcer")).to_contain_text("Beta: 3,200 calls")
    page.get_by_role("link", name="Week after").click()
    expect(total).to_have_text(re.compile(r"Week\s*3\s*0\s*0\s*0\s*3\s*3"))
    page.go_back()
    expect(total).to_contain_text("3,200")
    if scripts:
        page.go_back()
        expect(page.get_by_label("API client", exact=True)).to_have_value("")


def test_a_statement_prints_and_both_downloads_add_up_to_it(
    page_as: PageAs, viewer: User, billed: Billed
) -> None:
    close_week(tenant=billed.tenant, week=billed.week, actor=ACTOR, announce=False)
    page = page_as(viewer)
    page.goto(f"/t/coastal/statements/{billed.monday}/")
    sentence = "You used 6,200 of 5,000 included calls; the 1,200 above cost $12.00."
    expect(page.get_by_role("main")).to_contain_text(sentence)
    assert "1,200 x $0.01 = $12.00" in main_text(page)
    with page.expect_download() as statement:
        page.get_by_role("link", name="Download CSV").click()
    lines = rows_of(statement.value)
    assert [(line["client"], line["billable"]) for line in lines] == [("Alpha", "3000"), ("Beta", "3200")]
    assert sum(round(float(line[f"charge {billed.tenant.currency}"]) * 100) for line in lines) == 1200
    # Both pages have a link of that name, to files of their own.
    follow(page.get_by_role("link", name="API Client Usage of this week"))
    with page.expect_download() as usage:
        page.get_by_role("link", name="Download CSV").click()
    counted = [int(row["calls"]) for row in rows_of(usage.value) if row["class"] == "Billable"]
    assert sum(counted) == 6200

    page.go_back()
    page.emulate_media(media="print", color_scheme="dark")
    for left_out in ("Download CSV", "Week before", "Skip to the content"):
        expect(page.get_by_role("link", name=left_out)).to_be_hidden()
    expect(page.get_by_role("navigation", name="Weeks")).to_be_hidden()
    expect(page.get_by_text(sentence)).to_be_visible()
    expect(page.get_by_text("Fingerprint of everything above")).to_be_visible()
    expect(page.locator("body")).to_have_css("background-color", "rgba(0, 0, 0, 0)")
    assert page.pdf().startswith(b"%PDF")


def test_every_number_is_explained_down_to_the_call(page_as: PageAs, viewer: User, billed: Billed) -> None:
    page = page_as(viewer)
    page.goto("/t/coastal/")
    meter = page.locator("#meter")
    expect(meter).to_contain_text("3 of 5,000")
    expect(meter).to_contain_text("Counted up to")
    at_rest(page)
    follow(meter.get_by_role("link", name="Why this number"))
    expect(page.get_by_role("main")).to_contain_text("5 x (0 consignments + 1,000 warehouse orders) = 5,000")
    follow(page.get_by_role("link", name="Week before"))
    shares = page.get_by_role("region", name="API clients")
    follow(shares.get_by_role("link", name="3,000"))
    expect(page.get_by_role("main")).to_contain_text("3,000 calls counted with this filter.")
    expect(page.get_by_label("Class")).to_have_value("billable")
    page.go_back()
    follow(page.get_by_role("link", name="API Client Usage of this week"))
    follow(page.get_by_role("region", name="Calls by day").get_by_role("link", name="107").first)
    expect(page.get_by_role("main")).to_contain_text("107 calls counted with this filter.")
    page.go_back()
    follow(page.get_by_role("link", name="401 on customers.list"))
    expect(page.get_by_role("main")).to_contain_text("7 calls counted with this filter.")
    page.get_by_role("region", name="Calls").get_by_role("rowheader").first.get_by_role("link").click()
    expect(page.get_by_role("main")).to_contain_text("Refused: costs nothing")


def test_a_cap_is_set_reached_and_removed(page_as: PageAs, administrator: User, billed: Billed) -> None:
    page = page_as(administrator)
    page.goto("/t/coastal/usage/")
    page.get_by_role("link", name="Set a weekly cap").click()
    page.get_by_label("Stop at").fill("many")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Stop at")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Stop at").fill("3")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("main")).to_contain_text(
        "Your organisation's cap of 3 calls a week is reached: calls are answered 429 until"
    )
    page.get_by_role("link", name="Weekly cap: 3").click()
    page.get_by_label("Stop at").fill("")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="Set a weekly cap")).to_be_visible()
    billed.tenant.refresh_from_db()
    assert (billed.tenant.call_cap, billed.tenant.capped_until) == (None, None)


@pytest.fixture
def desk(page_as: PageAs, staff: User, settings: Any) -> Page:
    settings.STAFF_SECOND_FACTOR = False
    return page_as(staff)


def choose_tenant(page: Page, tenant: Tenant) -> None:
    """By the field that works without JavaScript too."""
    page.locator("#id_tenant").fill(str(tenant.pk))


def test_support_sees_what_a_plan_does_before_it_is_saved(desk: Page, billed: Billed) -> None:
    running = Calendar(billed.tenant).week_containing(timezone.now())
    desk.goto("/admin/tenants/plan/add/")
    choose_tenant(desk, billed.tenant)
    desk.get_by_label("Valid from").fill(running.first_day.isoformat())
    desk.get_by_label("Warehouse orders").fill("1100")
    desk.get_by_role("button", name="Save", exact=True).click()
    expect(desk.locator("main, #content").first).to_contain_text("Nothing is saved yet.")
    effect = desk.get_by_role("table", name="What the change does to weeks that are not closed")
    expect(effect.get_by_role("row", name="(running)")).to_contain_text("5,000 → 5,500")
    assert not Plan.objects.filter(warehouse_orders=1100).exists()
    desk.get_by_role("button", name="Save", exact=True).click()
    expect(desk).to_have_url(re.compile("/admin/tenants/plan/$"))
    assert Plan.objects.get(warehouse_orders=1100).valid_from == running.first_day


def test_support_gives_a_credit_that_the_tenant_reads(
    desk: Page, page_as: PageAs, viewer: User, billed: Billed
) -> None:
    desk.goto("/admin/billing/credit/add/")
    choose_tenant(desk, billed.tenant)
    desk.get_by_label("Amount").fill("5.00")
    desk.get_by_label("Reason").fill("Slow answers on Tuesday")
    desk.get_by_role("button", name="Save", exact=True).click()
    expect(desk).to_have_url(re.compile("/admin/billing/credit/$"))
    assert Credit.objects.get().amount_minor == 500
    page = page_as(viewer)
    page.goto(f"/t/coastal/statements/{billed.monday}/")
    expect(page.get_by_role("main")).to_contain_text(
        "A credit of $5.00 goes on the statement that is closed next: Slow answers on Tuesday"
    )
    close_week(tenant=billed.tenant, week=billed.week, actor=ACTOR, announce=False)
    page.reload()
    expect(page.get_by_role("main")).to_contain_text("-$5.00: Slow answers on Tuesday")
    assert "To pay $7.00" in main_text(page)

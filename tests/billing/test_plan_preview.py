"""Support sees what a change of a plan does to the running week before it is saved."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import lxml.html
import pytest
import time_machine
from django.core.management.base import CommandError
from django.test import Client

from apps.accounts.models import User
from apps.audit.models import Entry
from apps.tenants.models import Plan, Tenant
from tests.billing.billing_world import a_client, a_tenant, close, load, run, spread, statement, utc

NOW = utc(2026, 10, 3, 2)
pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(settings: Any, sign_in: Callable[[User], Client], staff: User) -> Client:
    settings.STAFF_SECOND_FACTOR = False
    return sign_in(staff)


def figures(tenant: Tenant, valid_from: str, orders: int, **more: str) -> dict[str, str]:
    return {
        "tenant": str(tenant.pk),
        "valid_from": valid_from,
        "consignments": "0",
        "warehouse_orders": str(orders),
        "calls_per_unit": "5",
        "excess_price_minor": "1",
        "token_limit": "11",
        "orders_per_minute": "30",
        **more,
    }


def save(desk: Client, address: str, values: dict[str, str]) -> tuple[str, str]:
    """Post a plan; returns what the page says and the mark of what it has shown."""
    answer = desk.post(address, values)
    assert answer.status_code == 200
    page = lxml.html.fromstring(answer.content)
    return " ".join(page.text_content().split()), page.xpath("//input[@name='seen']")[0].get("value")


def test_a_change_is_shown_before_it_is_saved(desk: Client, tmp_path: Path) -> None:
    tenant = a_tenant()
    Tenant.objects.update(created=utc(2026, 9, 29))
    load(tmp_path, spread(a_client(tenant), {200: 6200}))
    with time_machine.travel(NOW, tick=False):
        values = figures(tenant, "2026-10-01", 1100)
        text, seen = save(desk, "/admin/tenants/plan/add/", values)
        assert "Nothing is saved yet." in text
        assert "28 Sep 2026 (running) 6,200 5,000 → 5,500 $12.00 → $7.00" in text
        assert Plan.objects.count() == 1 and not Entry.objects.filter(action="plan.set").exists()
        other = figures(tenant, "2026-10-01", 1200, seen=seen)
        assert "5,000 → 6,000" in save(desk, "/admin/tenants/plan/add/", other)[0], (
            "other figures, shown anew"
        )
        assert desk.post("/admin/tenants/plan/add/", values | {"seen": seen}).status_code == 302
        assert Plan.objects.get(valid_from=date(2026, 10, 1)).warehouse_orders == 1100
        assert Entry.objects.get(action="plan.set").actor_kind == "staff"
        assert statement(tenant)["charge_minor"] == 700


def test_a_change_from_a_later_date_leaves_the_running_week_alone(desk: Client, tmp_path: Path) -> None:
    tenant = a_tenant()
    load(tmp_path, spread(a_client(tenant), {200: 5100}))
    with time_machine.travel(NOW, tick=False):
        Tenant.objects.update(created=NOW)
        text, _ = save(desk, "/admin/tenants/plan/add/", figures(tenant, "2026-10-12", 10))
    assert "28 Sep 2026 (running) 5,100 5,000, as before $1.00" in text
    assert "12 Oct 2026 0 5,000 → 50 $0.00 → $0.00" in text


def test_a_change_in_the_past_shows_weeks_that_wait_and_no_closed_one(desk: Client, tmp_path: Path) -> None:
    tenant = a_tenant()
    Tenant.objects.update(created=utc(2026, 9, 22))
    load(tmp_path, spread(a_client(tenant), {200: 5100}))
    with time_machine.travel(utc(2026, 10, 7), tick=False):
        close(tenant, date(2026, 9, 21))
        plan = Plan.objects.get()
        text, seen = save(desk, f"/admin/tenants/plan/{plan.pk}/change/", figures(tenant, "", 2000))
        assert "28 Sep 2026 5,100 5,000 → 10,000 $1.00 → $0.00" in text
        assert "21 Sep 2026" not in text
        desk.post(f"/admin/tenants/plan/{plan.pk}/change/", figures(tenant, "", 2000, seen=seen))
        assert statement(tenant, date(2026, 9, 21))["included"] == 5000
        assert statement(tenant)["included"] == 10000


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "9999-12-20"])
def test_a_plan_begins_in_a_week_that_there_is(desk: Client, day: str) -> None:
    tenant = a_tenant()
    answer = desk.post("/admin/tenants/plan/add/", figures(tenant, day, 1100))
    assert answer.status_code == 200
    assert "Choose a date from 0001-01-15 to 9999-12-13." in answer.content.decode()
    with pytest.raises(CommandError, match="valid_from: Choose a date from 0001-01-15 to 9999-12-13"):
        run("set_plan", tenant.slug, "--consignments", "1", "--warehouse-orders", "1", "--from", day)
    text, _ = save(desk, "/admin/tenants/plan/add/", figures(tenant, "9999-12-13", 1100))
    assert "Nothing is saved yet." in text and Plan.objects.count() == 1

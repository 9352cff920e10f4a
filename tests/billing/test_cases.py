"""The worked cases of billing, through the commands: load the calls, close the week, read the statement."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.billing.billing_world import MONDAY, a_client, a_tenant, close, load, run, spread, statement, utc

MONDAY_BEFORE = MONDAY - timedelta(days=7)
MONDAY_AFTER = MONDAY + timedelta(days=7)
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("consignments", "orders", "calls", "included", "excess", "charge"),
    [
        (500, 250, 1200, 3750, 0, 0),
        (0, 1000, 6200, 5000, 1200, 1200),
        (500, 250, 3749, 3750, 0, 0),
        (500, 250, 3750, 3750, 0, 0),
        (500, 250, 3751, 3750, 1, 1),
        (0, 0, 0, 0, 0, 0),
        (0, 0, 1, 0, 1, 1),
    ],
)
def test_calls_above_the_inclusion_cost_a_cent_each(
    tmp_path: Path, consignments: int, orders: int, calls: int, included: int, excess: int, charge: int
) -> None:
    tenant = a_tenant(consignments=consignments, warehouse_orders=orders)
    load(tmp_path, spread(a_client(tenant), {200: calls}))
    before = statement(tenant)
    assert before["state"] == "provisional"
    closed = close(tenant)
    assert (closed["included"], closed["billable"], closed["excess"], closed["charge_minor"]) == (
        included,
        calls,
        excess,
        charge,
    )
    assert {**before, "state": "closed"} == closed, "what was provisional is what is closed"


@pytest.mark.parametrize(
    ("zone", "start", "end", "calls", "charge", "sunday"),
    [
        ("Australia/Sydney", "2026-09-28T00:00:00+10:00", "2026-10-05T00:00:00+11:00", 10020, 20, 1380),
        ("Australia/Brisbane", "2026-09-28T00:00:00+10:00", "2026-10-05T00:00:00+10:00", 10080, 80, 1440),
    ],
)
def test_a_call_a_minute_in_the_week_in_which_the_clocks_change(
    tmp_path: Path, zone: str, start: str, end: str, calls: int, charge: int, sunday: int
) -> None:
    tenant = a_tenant(zone=zone, consignments=1000, warehouse_orders=1000)
    minutes = spread(a_client(tenant), {200: 9 * 24 * 60}, start=utc(2026, 9, 27), step=60)
    load(tmp_path, minutes)
    closed = close(tenant)
    assert (closed["start"], closed["end"]) == (start, end)
    assert (closed["billable"], closed["charge_minor"]) == (calls, charge)
    assert len(closed["days"]) == 7
    assert closed["days"][-1] == {"date": "2026-10-04", "billable": sunday}
    assert sum(day["billable"] for day in closed["days"]) == calls


def test_the_day_on_which_clocks_go_back_has_25_hours(tmp_path: Path) -> None:
    tenant = a_tenant(zone="Australia/Sydney")
    load(tmp_path, spread(a_client(tenant), {200: 9 * 24}, start=utc(2026, 3, 29), step=3600))
    run("close_week", "--tenant", tenant.slug, "--week", "2026-03-30")
    text = run("statement", "--tenant", tenant.slug, "--week", "2026-03-30")
    assert "169 of 5,000" in text


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Asia/Kathmandu", "Pacific/Chatham", "America/St_Johns"])
def test_weeks_of_zones_off_the_hour_hold_their_own_calls(tmp_path: Path, zone: str) -> None:
    tenant = a_tenant(zone=zone)
    client = a_client(tenant)
    load(tmp_path, spread(client, {200: 16 * 96}, start=utc(2026, 9, 25), step=900))
    weeks = [statement(tenant, week) for week in (MONDAY_BEFORE, MONDAY, MONDAY_AFTER)]
    assert weeks[1]["billable"] == 7 * 96
    assert weeks[0]["billable"] + weeks[1]["billable"] + weeks[2]["billable"] == 16 * 96


def test_shares_add_up_to_the_charge(tmp_path: Path) -> None:
    tenant = a_tenant()
    load(tmp_path, spread(a_client(tenant, "Alpha"), {200: 3000}))
    load(tmp_path, spread(a_client(tenant, "Beta"), {200: 3200}))
    closed = close(tenant)
    assert closed["charge_minor"] == 1200
    assert [(line["name"], line["billable"], line["charge_minor"]) for line in closed["clients"]] == [
        ("Alpha", 3000, 581),
        ("Beta", 3200, 619),
    ]


def test_what_is_refused_throttled_or_our_error_is_metered_and_free(tmp_path: Path) -> None:
    tenant = a_tenant()
    counts = {200: 5000, 404: 300, 422: 200, 401: 100, 429: 400, 503: 200}
    load(tmp_path, spread(a_client(tenant), counts))
    closed = close(tenant)
    assert (closed["billable"], closed["excess"], closed["charge_minor"]) == (5500, 500, 500)
    assert closed["classes"] == {
        "billable": 5500,
        "refused": 100,
        "throttled": 400,
        "our_errors": 200,
        "sandbox": 0,
    }
    assert sum(closed["classes"].values()) == 6200


def test_new_year_is_in_one_week(tmp_path: Path) -> None:
    tenant = a_tenant(zone="Pacific/Auckland")
    load(tmp_path, spread(a_client(tenant), {200: 14 * 24}, start=utc(2025, 12, 25), step=3600))
    closed = close(tenant, MONDAY.replace(2025, 12, 29))
    assert closed["billable"] == 168
    assert (closed["start"], closed["end"]) == ("2025-12-29T00:00:00+13:00", "2026-01-05T00:00:00+13:00")

"""`set_plan` and `set_zone`: from a date, from the next week, and never for the past week that runs."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from apps.audit.models import Entry
from apps.tenants.models import Plan, Tenant, ZoneChange
from tests.factories import PlanFactory
from tests.operations.test_commands import answer, refused, run

pytestmark = pytest.mark.django_db

PLAN = ("set_plan", "coastal", "--consignments", "500", "--warehouse-orders", "500", "--from", "2026-09-28")


def test_a_plan_holds_from_its_date_and_keeps_the_rest(tenant: Tenant) -> None:
    PlanFactory.create(tenant=tenant, api_integration=True, token_limit=7)
    assert answer(*PLAN) == {"tenant": "coastal", "from": "2026-09-28", "included": 5000}
    plan = Plan.objects.get(tenant=tenant, valid_from=date(2026, 9, 28))
    assert (plan.api_integration, plan.token_limit) == (True, 7)
    assert Plan.objects.get(tenant=tenant, valid_from=date(2000, 1, 1)).included_calls == 3750
    assert "5,000 calls included" in run(*PLAN)
    assert Plan.objects.filter(tenant=tenant).count() == 2
    assert Entry.objects.filter(action="plan.set").first().after["valid_from"] == "2026-09-28"


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        (1, "nowhere", "no tenant"),
        (3, "-1", "consignments"),
        (3, "１２", "not a whole number"),
        (3, "1e3", "not a whole number"),
        (5, "9" * 10, "not a whole number"),
        (7, "2026-02-30", "not a date"),
        (7, "20260928", "not a date"),
        (7, "２０２６-09-28", "not a date"),
        (7, "2026-W40-1", "not a date"),
    ],
)
def test_a_plan_that_can_not_be_is_one_line(tenant: Tenant, place: int, value: str, words: str) -> None:
    given = list(PLAN)
    given[place] = value
    assert words in refused(*given)
    assert not Plan.objects.exists()


def test_a_zone_holds_from_the_start_of_the_next_week(tenant: Tenant) -> None:
    found = answer("set_zone", "coastal", "Pacific/Auckland")
    change = ZoneChange.objects.get(tenant=tenant)
    assert (found["tenant"], found["zone"]) == ("coastal", "Pacific/Auckland")
    starts = datetime.fromisoformat(found["from"])
    assert starts == change.starts
    local = starts.astimezone(ZoneInfo("Australia/Brisbane"))
    assert (local.weekday(), local.hour, local.minute) == (0, 0, 0)


def test_the_zone_it_has_changes_nothing(tenant: Tenant) -> None:
    assert answer("set_zone", "coastal", "Australia/Brisbane")["from"] is None
    assert "stays in" in run("set_zone", "coastal", "Australia/Brisbane")
    assert not ZoneChange.objects.exists()


@pytest.mark.parametrize("zone", ["Brisbane", "AEST+10", "", "../etc/passwd", "australia/brisbane"])
def test_a_zone_that_is_none_is_one_line(tenant: Tenant, zone: str) -> None:
    assert "zone" in refused("set_zone", "coastal", zone)
    assert "no tenant" in refused("set_zone", "nowhere", "Pacific/Auckland")

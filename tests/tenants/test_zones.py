"""A tenant's weeks tile time, through every change of zone; plans entitle a week to their highest inclusion."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from apps.audit.actors import command
from apps.audit.models import Entry
from apps.tenants.models import Plan, Tenant, ZoneChange
from apps.tenants.plans import terms_of_week
from apps.tenants.zones import Calendar, apply_zone_changes, set_zone, week_containing
from tests.factories import TenantFactory

ACTOR = command("set_zone")
HOUR = timedelta(hours=1)
pytestmark = pytest.mark.django_db


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "start", "end", "hours"),
    [
        ("Australia/Sydney", utc(2026, 9, 27, 14), utc(2026, 10, 4, 13), 167),
        ("Australia/Brisbane", utc(2026, 9, 27, 14), utc(2026, 10, 4, 14), 168),
        ("Asia/Kolkata", utc(2026, 9, 27, 18, 30), utc(2026, 10, 4, 18, 30), 168),
        ("Asia/Kathmandu", utc(2026, 9, 27, 18, 15), utc(2026, 10, 4, 18, 15), 168),
    ],
)
def test_a_week_runs_between_local_mondays(zone: str, start: datetime, end: datetime, hours: int) -> None:
    week = week_containing(TenantFactory.create(zone=zone), utc(2026, 9, 30))
    assert (week.start, week.end, (week.end - week.start) / HOUR) == (start, end, hours)


def test_the_week_in_which_clocks_go_back_has_169_hours() -> None:
    week = week_containing(TenantFactory.create(zone="Australia/Sydney"), utc(2026, 4, 1))
    assert (week.end - week.start) / HOUR == 169


@time_machine.travel(utc(2026, 9, 30, 3), tick=False)
@pytest.mark.parametrize(
    ("old", "new", "end"),
    [
        # Auckland's Monday begins two hours before Brisbane's: the next one is at least four days later.
        ("Australia/Brisbane", "Pacific/Auckland", utc(2026, 10, 11, 11)),
        ("Pacific/Auckland", "Australia/Brisbane", utc(2026, 10, 11, 14)),
        ("Australia/Brisbane", "America/Los_Angeles", utc(2026, 10, 12, 7)),
    ],
)
def test_a_new_zone_begins_after_the_week_in_progress(old: str, new: str, end: datetime) -> None:
    tenant = TenantFactory.create(zone=old)
    running = week_containing(tenant, utc(2026, 9, 30, 3))
    set_zone(tenant=tenant, zone=new, actor=ACTOR)
    calendar = Calendar(tenant)
    assert calendar.week_containing(utc(2026, 9, 30, 3)) == running
    between = calendar.week_containing(running.end)
    assert (between.start, between.end, str(between.zone)) == (running.end, end, new)
    assert calendar.week_containing(end).start == end
    assert calendar.monday(between) == date(2026, 10, 5)
    assert calendar.week_called(date(2026, 10, 5)) == between
    assert calendar.week_called(date(2026, 9, 28)) == running
    assert calendar.week_before(between) == running


def test_a_change_of_zone_is_recorded_replaced_taken_back_and_then_applied() -> None:
    tenant = TenantFactory.create(zone="Australia/Brisbane")
    with time_machine.travel(utc(2026, 9, 30, 3), tick=False):
        set_zone(tenant=tenant, zone="Asia/Tokyo", actor=ACTOR)
        set_zone(tenant=tenant, zone="Pacific/Auckland", actor=ACTOR)
        assert ZoneChange.objects.get().new_zone == "Pacific/Auckland"
        apply_zone_changes()
        assert Tenant.objects.get(pk=tenant.pk).zone == "Australia/Brisbane"
        assert set_zone(tenant=tenant, zone="Australia/Brisbane", actor=ACTOR) is None
        set_zone(tenant=tenant, zone="Pacific/Auckland", actor=ACTOR)
    with time_machine.travel(utc(2026, 10, 5), tick=False):
        apply_zone_changes()
        tenant.refresh_from_db()
        assert tenant.zone == "Pacific/Auckland"
        assert week_containing(tenant, utc(2026, 9, 30)).start == utc(2026, 9, 27, 14)
    entry = Entry.objects.filter(action="organisation.zone_changed").first()
    assert entry.after["zone"] == "Pacific/Auckland"


def test_a_zone_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValidationError):
        set_zone(tenant=TenantFactory.create(), zone="Mars/Olympus", actor=ACTOR)


@pytest.mark.parametrize("day", [date(2026, 9, 29), date(2026, 10, 4), date.max, date.min])
def test_a_date_that_begins_no_week_is_refused(day: date) -> None:
    if day in (date.max, date.min) and day.weekday() == 0:
        day -= timedelta(days=1) if day == date.max else timedelta(days=-1)
    with pytest.raises(ValidationError):
        Calendar(TenantFactory.create()).week_called(day)


ZONES = st.sampled_from(
    ["Australia/Sydney", "Asia/Kathmandu", "Pacific/Apia", "Asia/Kolkata", "America/New_York", "Africa/Cairo"]
)


class WeeksTileTime(TestCase):
    @given(
        ZONES, st.lists(st.tuples(st.integers(1, 60), ZONES), max_size=4), st.integers(0, 3 * 366 * 24 * 60)
    )
    def test_each_instant_is_in_exactly_one_week_through_any_changes_of_zone(
        self, zone: str, moves: list[tuple[int, str]], minute: int
    ) -> None:
        tenant = TenantFactory.create(zone=zone)
        at = utc(2025, 1, 1)
        for days, new_zone in moves:
            at += timedelta(days=days)
            with time_machine.travel(at, tick=False):
                set_zone(tenant=tenant, zone=new_zone, actor=ACTOR)
        calendar = Calendar(tenant)
        instant = utc(2025, 1, 1) + timedelta(minutes=minute)
        week = calendar.week_containing(instant)
        assert instant in week
        assert timedelta(days=4) <= week.end - week.start <= timedelta(days=11, hours=2)
        assert calendar.week_containing(week.start) == week
        assert calendar.week_containing(week.end).start == week.end
        assert calendar.week_before(week).end == week.start
        assert calendar.week_called(calendar.monday(week)) == week


def test_the_highest_inclusion_in_force_during_a_week_counts() -> None:
    tenant = TenantFactory.create()
    week = week_containing(tenant, utc(2026, 9, 30))
    assert terms_of_week(tenant, week).included == 0
    Plan.objects.create(tenant=tenant, valid_from=date(2026, 10, 5), consignments=1)
    assert terms_of_week(tenant, week).included == 5, "before the first plan, the first one counts"
    Plan.objects.create(tenant=tenant, valid_from=date(2026, 1, 1), consignments=500, warehouse_orders=250)
    assert terms_of_week(tenant, week).included == 3750
    Plan.objects.create(
        tenant=tenant, valid_from=date(2026, 10, 4), warehouse_orders=1000, excess_price_minor=2
    )
    assert (terms_of_week(tenant, week).included, terms_of_week(tenant, week).price_minor) == (5000, 2)
    Plan.objects.create(tenant=tenant, valid_from=date(2026, 10, 1), consignments=0)
    assert terms_of_week(tenant, week).included == 5000

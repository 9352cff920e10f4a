"""Weeks by local dates: clock changes, gaps at midnight, odd offsets and changes of zone, in every zone there is."""

import itertools
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core import weeks
from apps.core.weeks import Week

ZONES = sorted(available_timezones() - {"localtime", "Factory"})
MONDAYS = [date(2024, 12, 30) + timedelta(weeks=number) for number in range(209)]
instants = st.datetimes(datetime(2025, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC))
zones = st.sampled_from(ZONES)


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@cache
def boundaries(zone):
    return [weeks.day_start(monday, zone) for monday in MONDAYS]


@pytest.mark.parametrize(
    ("zone", "monday", "start", "hours"),
    [
        ("Australia/Brisbane", "2026-11-16", "2026-11-15T14:00", 168),
        ("Pacific/Auckland", "2026-09-21", "2026-09-20T12:00", 167),
        ("Pacific/Auckland", "2027-03-29", "2027-03-28T11:00", 169),
        ("America/New_York", "2026-03-02", "2026-03-02T05:00", 167),
        ("America/New_York", "2026-10-26", "2026-10-26T04:00", 169),
        ("Europe/London", "2026-12-28", "2026-12-28T00:00", 168),
        ("Asia/Kathmandu", "2026-11-16", "2026-11-15T18:15", 168),
        ("Australia/Lord_Howe", "2026-09-28", "2026-09-27T13:30", 167.5),
        ("Pacific/Chatham", "2026-11-16", "2026-11-15T10:15", 168),
    ],
)
def test_a_week_runs_between_local_midnights(zone, monday, start, hours):
    week = weeks.week_starting(date.fromisoformat(monday), zone)
    assert week.start == utc(start)
    assert week.end - week.start == timedelta(hours=hours)
    assert week.first_day == date.fromisoformat(monday)
    assert week.last_day == week.first_day + timedelta(days=6)


@pytest.mark.parametrize(
    ("zone", "day", "start"),
    [
        # Clocks went from 00:00 to 01:00: the day begins at 01:00.
        ("Africa/Cairo", "2026-04-24", "2026-04-23T22:00"),
        ("Asia/Beirut", "2026-03-29", "2026-03-28T22:00"),
        ("America/Havana", "2026-03-08", "2026-03-08T05:00"),
        # Midnight came twice: the day begins with the first.
        ("America/Havana", "2026-11-01", "2026-11-01T04:00"),
        # Clocks went from 24:00 back to 23:00: the day begins after the second 23:00.
        ("Africa/Cairo", "2026-10-30", "2026-10-29T22:00"),
        # Clocks went from 23:30 to 00:30.
        ("America/Toronto", "1919-03-31", "1919-03-31T04:30"),
        # A whole day was left out at the date line; it begins and ends with the next.
        ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00"),
        ("Pacific/Apia", "2011-12-31", "2011-12-30T10:00"),
    ],
)
def test_a_day_without_its_midnight_begins_with_its_first_instant(zone, day, start):
    assert weeks.day_start(date.fromisoformat(day), zone) == utc(start)


def test_a_day_that_never_was_is_not_listed():
    week = weeks.week_starting(date(2011, 12, 26), "Pacific/Apia")
    days = weeks.local_days(week)
    assert [day.day for day, _, _ in days] == [26, 27, 28, 29, 31, 1]
    assert week.end - week.start == timedelta(hours=144)


def test_every_week_of_every_zone_is_six_to_eight_days_long_and_starts_on_a_quarter_hour():
    for zone in ZONES:
        starts = boundaries(zone)
        for start, end in itertools.pairwise(starts):
            assert timedelta(hours=144) <= end - start <= timedelta(hours=192)
            assert weeks.bucket_of(start) == start


@given(zones, instants)
def test_an_instant_is_in_exactly_one_week_and_one_day_of_its_zone(zone, instant):
    week = weeks.week_of(instant, zone)
    assert instant in week
    assert weeks.next_week(week).start == week.end
    assert weeks.previous(week).end == week.start
    assert instant not in weeks.next_week(week) and instant not in weeks.previous(week)
    assert weeks.week_of(week.start, zone) == week
    assert weeks.week_of(week.end - timedelta(microseconds=1), zone) == week
    assert weeks.week_of(week.end, zone) == weeks.next_week(week)
    assert week.first_day.weekday() == 0


@given(zones, instants)
def test_local_days_cover_their_week_without_gap_or_overlap(zone, instant):
    week = weeks.week_of(instant, zone)
    days = weeks.local_days(week)
    assert len(days) == 7
    assert (days[0][1], days[-1][2]) == (week.start, week.end)
    for (_, _, end), (_, start, _) in itertools.pairwise(days):
        assert end == start
    for day, start, end in days:
        assert start.astimezone(week.zone).date() == day
        assert (end - timedelta(microseconds=1)).astimezone(week.zone).date() == day
        assert weeks.bucket_of(start) == start


@given(zones, zones, instants)
def test_a_change_of_zone_leaves_no_instant_out_and_counts_none_twice(old, new, instant):
    week = weeks.week_of(instant, old)
    between = weeks.zone_change(week, new)
    assert between.start == week.end
    assert timedelta(days=4) <= between.end - between.start < timedelta(days=11, hours=2)
    assert between.end == weeks.week_of(between.end, new).start
    assert weeks.next_week(between).start == between.end
    days = weeks.local_days(between)
    assert (days[0][1], days[-1][2]) == (between.start, between.end)
    assert all(first[2] == second[1] for first, second in itertools.pairwise(days))


def test_a_change_of_zone_makes_a_week_of_its_own_length():
    week = weeks.week_starting(date(2026, 11, 16), "Australia/Brisbane")
    between = weeks.zone_change(week, "Pacific/Auckland")
    assert between == Week(utc("2026-11-22T14:00"), utc("2026-11-29T11:00"), ZoneInfo("Pacific/Auckland"))
    west = weeks.zone_change(week, "America/Los_Angeles")
    assert west.end == utc("2026-11-30T08:00")
    assert len(weeks.local_days(west)) == 8


def test_a_change_to_the_same_zone_is_the_next_week():
    week = weeks.week_starting(date(2026, 11, 16), "Europe/Paris")
    assert weeks.zone_change(week, "Europe/Paris") == weeks.next_week(week)


@given(instants)
def test_a_bucket_is_the_quarter_hour_an_instant_is_in(instant):
    bucket = weeks.bucket_of(instant.astimezone(ZoneInfo("Asia/Kathmandu")))
    assert bucket <= instant < bucket + weeks.BUCKET
    assert bucket.tzinfo is UTC and bucket.minute in (0, 15, 30, 45)
    assert (bucket.second, bucket.microsecond) == (0, 0)


@pytest.mark.parametrize("day", [date(2026, 11, 17), date(2026, 11, 22), date(9999, 12, 27), date.min])
def test_a_week_that_is_none_is_refused(day):
    with pytest.raises(ValueError, match=r"Monday|beyond the calendar"):
        weeks.week_starting(day, "Europe/Paris")


def test_an_instant_without_a_zone_is_refused():
    for ask in (
        lambda: weeks.week_of(datetime(2026, 1, 1), "UTC"),
        lambda: weeks.bucket_of(datetime(2026, 1, 1)),
    ):
        with pytest.raises(ValueError, match="zone"):
            ask()

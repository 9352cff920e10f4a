"""Weeks of a tenant's zone, its local days, and the quarter hours that calls are counted in. Pure: no clock, no rows.

A week runs from Monday 00:00 to Monday 00:00 by local dates, so it has 167 or 169 hours when clocks change. Where
Monday 00:00 does not exist, the day begins with its first instant.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

BUCKET = timedelta(minutes=15)
# The first and the last Monday whose week has one on either side that can be written in every zone: a date beyond is
# one that nobody means, and computing with it would overflow.
FIRST_MONDAY, LAST_MONDAY = date(1, 1, 15), date(9999, 12, 13)
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_AT_LEAST_AFTER_ZONE_CHANGE = timedelta(days=4)


@dataclass(frozen=True, order=True)
class Week:
    """A half-open span of time in UTC, [start, end), and the zone whose week it is."""

    start: datetime
    end: datetime
    zone: ZoneInfo

    def __contains__(self, instant: datetime) -> bool:
        return self.start <= instant < self.end

    @property
    def first_day(self) -> date:
        """The local date on which the week starts: its Monday, unless it follows a change of zone."""
        return self.start.astimezone(self.zone).date()

    @property
    def last_day(self) -> date:
        """The local date of the week's last instant: its Sunday."""
        return (self.end - timedelta(microseconds=1)).astimezone(self.zone).date()


def day_start(day: date, zone: ZoneInfo | str) -> datetime:
    """Return in UTC the first instant of a local date: 00:00, or what follows a gap that swallows it."""
    zone = _zone(zone)
    midnight = datetime.combine(day, time.min)
    # Of a midnight that comes twice the first is meant, which is what fold=0 says.
    instant = midnight.replace(tzinfo=zone).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == midnight:
        return instant
    return _first_instant_not_before(midnight, zone, near=instant)


def _first_instant_not_before(local: datetime, zone: ZoneInfo, near: datetime) -> datetime:
    """Return the end of a gap in local time, searched for because a gap need not begin at midnight."""
    before, after = near - 2 * _DAY, near + 2 * _DAY
    while after - before > _SECOND:
        middle = before + (after - before) // 2
        middle = middle.replace(microsecond=0)
        if middle <= before:
            break
        if middle.astimezone(zone).replace(tzinfo=None) < local:
            before = middle
        else:
            after = middle
    return after


def week_of(instant: datetime, zone: ZoneInfo | str) -> Week:
    """Return the week of a zone that holds an instant."""
    zone = _zone(zone)
    day = _aware(instant).astimezone(zone).date()
    week = week_starting(day - timedelta(days=day.weekday()), zone)
    # Around midnight a clock set back can show a date whose day is over, or has not begun.
    if instant >= week.end:
        return next_week(week)
    return previous(week) if instant < week.start else week


def week_starting(monday: date, zone: ZoneInfo | str) -> Week:
    """Return the week that starts on this Monday; raise ValueError for another day or one beyond the calendar."""
    zone = _zone(zone)
    if monday.weekday() != 0:
        raise ValueError(f"{monday.isoformat()} is not a Monday.")
    try:
        return Week(day_start(monday, zone), day_start(monday + timedelta(days=7), zone), zone)
    except OverflowError:
        raise ValueError(f"The week of {monday.isoformat()} is beyond the calendar.") from None


def next_week(week: Week) -> Week:
    """Return the week that begins where this one ends, in the same zone."""
    return week_starting(week.last_day + _DAY, week.zone)


def previous(week: Week) -> Week:
    """Return the week of the same zone before this one.

    Before a week that follows a change of zone stands one of another zone, which only a record can tell.
    """
    monday = week.last_day - timedelta(days=6)
    return week_starting(monday - timedelta(days=7), week.zone)


def zone_change(in_progress: Week, new_zone: ZoneInfo | str) -> Week:
    """Return the week that follows a change of zone.

    The week in progress ends as it began; this one starts there and ends at the first Monday 00:00 of the new zone at
    least four days later, so that no instant is in two weeks or in none.
    """
    zone = _zone(new_zone)
    start = in_progress.end
    week = week_of(start + _AT_LEAST_AFTER_ZONE_CHANGE, zone)
    end = week.start if week.start == start + _AT_LEAST_AFTER_ZONE_CHANGE else week.end
    return Week(start, end, zone)


def local_days(week: Week) -> list[tuple[date, datetime, datetime]]:
    """Return the local dates of a week with their spans in UTC; the first may be part of a day after a zone change."""
    days = []
    day = week.first_day
    while (start := max(day_start(day, week.zone), week.start)) < week.end:
        end = min(day_start(day + _DAY, week.zone), week.end)
        # A zone that moves across the date line has a date without any instant.
        if start < end:
            days.append((day, start, end))
        day += _DAY
    return days


def bucket_of(instant: datetime) -> datetime:
    """Return the quarter hour of UTC that an instant belongs to, by its start."""
    moment = _aware(instant).astimezone(UTC)
    return moment.replace(minute=moment.minute - moment.minute % 15, second=0, microsecond=0)


def _zone(zone: ZoneInfo | str) -> ZoneInfo:
    return ZoneInfo(zone) if isinstance(zone, str) else zone


def _aware(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("An instant needs its zone.")
    return instant

"""Turning the values of comparisons into what columns hold: dates in the tenant's zone, moments to the second."""

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_MOMENT = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})[T ]?(?P<clock>[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?)"
    r"(?P<offset>Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FORMS = (
    (re.compile(r"[0-9]{4}"), "%Y"),
    (re.compile(r"[0-9]{4}-[0-9]{2}"), "%Y-%m"),
    (_DAY, "%Y-%m-%d"),
    (re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}"), "%Y-%m-%dT%H"),
    (re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}"), "%Y-%m-%dT%H:%M"),
    (re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"), "%Y-%m-%dT%H:%M:%S"),
)

Range = tuple[datetime, datetime]


def day_of(text: str) -> date | None:
    """The date that a text names, whatever time follows it."""
    try:
        return date.fromisoformat(text[:10]) if _DAY.fullmatch(text[:10]) else None
    except ValueError:
        return None


def day_range(day: date, zone: ZoneInfo) -> Range:
    """A local day as half-open moments; raises OverflowError at the ends of the calendar."""
    return (
        datetime.combine(day, time(), zone),
        datetime.combine(day + timedelta(days=1), time(), zone),
    )


def second_of(text: str, zone: ZoneInfo) -> datetime | None:
    """The second that an ISO 8601 text names; without an offset, in the tenant's zone."""
    match = _MOMENT.fullmatch(text)
    if match is None:
        return None
    try:
        offset = (match["offset"] or "").replace("Z", "+00:00")
        moment = datetime.fromisoformat(f"{match['day']}T{match['clock'].partition('.')[0]}{offset}")
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def prefix_range(text: str, zone: ZoneInfo) -> Range | None:
    """The moments whose text as served begins with this one: a whole year, month, day, hour, minute or second."""
    for form, pattern in _FORMS:
        if form.fullmatch(text):
            try:
                start = datetime.strptime(text, pattern).replace(tzinfo=zone)
            except ValueError:
                return None
            return start, _after(start, pattern)
    moment = second_of(text, zone)
    return (moment, moment + timedelta(seconds=1)) if moment else None


def _after(start: datetime, pattern: str) -> datetime:
    # Adding to a local time counts by the clock on the wall, which is what the text shows.
    match pattern:
        case "%Y":
            return start.replace(year=start.year + 1)
        case "%Y-%m":
            return (start + timedelta(days=31)).replace(day=1)
        case "%Y-%m-%d":
            return start + timedelta(days=1)
        case "%Y-%m-%dT%H":
            return start + timedelta(hours=1)
        case "%Y-%m-%dT%H:%M":
            return start + timedelta(minutes=1)
        case _:
            return start + timedelta(seconds=1)

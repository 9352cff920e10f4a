"""How SQLite and PostgreSQL differ in the statements that are written by hand."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from django.db import connection

QUARTER_SECONDS = 900
_SECONDS_BEFORE_1970 = 62_135_596_800


def quarter_of(moment: datetime) -> int:
    """The number of the quarter hour, counted from 1970 in UTC, that an instant is in."""
    return int(moment.timestamp() // QUARTER_SECONDS)


def start_of_quarter(number: int) -> datetime:
    """The instant at which a quarter hour begins."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=number * QUARTER_SECONDS)


def quarter(column: str) -> str:
    """SQL for the number of the quarter hour that a column of instants is in."""
    if connection.vendor == "postgresql":
        # date_bin cuts in whole microseconds, and what is left is a whole number; extract() would count in decimals.
        cut = f"date_bin('{QUARTER_SECONDS} s', {column}, timestamptz 'epoch')"
        return f"(date_part('epoch', {cut}) / {QUARTER_SECONDS})::int"
    # SQLite rounds fractions of a second, to the next quarter too, so they are cut off first. Its division truncates
    # towards zero, so the years before 1970 are counted from the year 1.
    seconds = f"(CAST(strftime('%%s', substr({column}, 1, 19)) AS INTEGER) + {_SECONDS_BEFORE_1970})"
    return f"({seconds} / {QUARTER_SECONDS} - {_SECONDS_BEFORE_1970 // QUARTER_SECONDS})"


def quarter_start(number: str) -> str:
    """SQL for the instant at which a quarter hour begins, in the form in which a column holds it."""
    if connection.vendor == "postgresql":
        return f"to_timestamp(({number}) * {QUARTER_SECONDS}.0)"
    return f"strftime('%%Y-%%m-%%d %%H:%%M:%%S', ({number}) * {QUARTER_SECONDS}, 'unixepoch')"


def not_by_index(column: str) -> str:
    """SQL for a column that SQLite is not to look up by an index, where another one finds far fewer rows."""
    return column if connection.vendor == "postgresql" else f"+{column}"


@dataclass(frozen=True, slots=True)
class Forms:
    """How values are given to the database. Taken once for many rows: asking the connection costs more than a row."""

    instant: Callable[[datetime], datetime | str]
    key: Callable[[UUID], UUID | str]


def _same(value: Any) -> Any:
    return value


def _utc_text(moment: datetime) -> str:
    return str(moment.astimezone(UTC).replace(tzinfo=None))


def _hex(value: UUID) -> str:
    return value.hex


_NATIVE = Forms(instant=_same, key=_same)
# SQLite keeps UTC without an offset, as text, and the hexadecimal digits of a UUID.
_TEXT = Forms(instant=_utc_text, key=_hex)


@cache
def forms() -> Forms:
    """The forms that the database of this process wants."""
    return _NATIVE if connection.vendor == "postgresql" else _TEXT


def instant(moment: datetime) -> datetime | str:
    """An instant as a parameter."""
    return forms().instant(moment)


def key(value: UUID) -> UUID | str:
    """A UUID as a parameter."""
    return forms().key(value)


def uuid(value: UUID | str) -> UUID:
    """A UUID as the database gave it back."""
    return value if isinstance(value, UUID) else UUID(value)

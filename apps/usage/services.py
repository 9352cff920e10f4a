"""The one door to the ledger of calls."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.utils import timezone

from apps.core import statements, writer
from apps.core.together import Together
from apps.usage import sql
from apps.usage.classes import classify


@dataclass(slots=True, kw_only=True)
class CallRecord:
    """What a call was. `endpoint` is the route's name; error texts are the API's own, without a value of the caller's.

    `customer_kind` is "live", "sandbox", or "" where the call names no customer; `only_sandboxes` says that all
    customers of the client are sandboxes.
    """

    tenant_id: UUID
    client_id: UUID
    client_name: str
    method: str
    endpoint: str
    status: int
    received_at: datetime
    ms: int
    credential_id: UUID | None = None
    customer_id: UUID | None = None
    customer_kind: str = ""
    only_sandboxes: bool = False
    token_request: bool = False
    reason: str = ""
    error_message: str = ""
    error_field: str = ""
    address: str | None = None
    request_id: str = ""


class Condition(NamedTuple):
    """What has to hold in the database when a call is recorded: constant SQL and its parameters."""

    sql: str
    parameters: tuple[Any, ...]


class NotRecorded(Exception):
    """A call was not recorded, because its condition does not hold."""


COLUMNS = (
    "tenant_id",
    "client_id",
    "client_name",
    "credential_id",
    "customer_id",
    "customer_kind",
    "method",
    "endpoint",
    "status",
    "call_class",
    "reason",
    "error_message",
    "error_field",
    "address",
    "ms",
    "received_at",
    "recorded_at",
    "request_id",
)

# Constant SQL: the ORM costs 110 us where this costs 40 (SQLite), 290 where this costs 180 (PostgreSQL).
_INSERT = f"INSERT INTO usage_call ({', '.join(COLUMNS)}) VALUES ({', '.join(['%s'] * len(COLUMNS))})"  # noqa: S608
_COPY = f"COPY usage_call ({', '.join(COLUMNS)}) FROM STDIN"


# The threads of a process and some more; a statement of this many rows is still a short one.
_MOST_TOGETHER = 16
_Entry = tuple[CallRecord, Condition | None]


def record_call(call: CallRecord, only_if: Condition | None = None) -> None:
    """Write one call to the ledger, inside the caller's transaction, before the answer leaves.

    Raises `NotRecorded` if there is a condition and it does not hold; the same statement asks and writes.
    """
    written = (
        _TOGETHER.do((call, only_if))
        if statements.may_be_shared()
        else _write(call, only_if, statements.write)
    )
    if not written:
        raise NotRecorded


def _write(call: CallRecord, only_if: Condition | None, write: Callable[[str, Sequence[Any]], int]) -> bool:
    """Write a call by itself; whether its condition held."""
    row = _row(call, timezone.now(), sql.forms())
    if only_if is None:
        return bool(write(_INSERT, row))
    return bool(write(_insert_if(only_if.sql), (*row, *only_if.parameters)))


def _write_all(entries: Sequence[_Entry]) -> list[bool]:
    """Write calls that ended at the same time by one statement, all or none, and if it is none each by itself."""
    if len(entries) > 1:
        now, forms = timezone.now(), sql.forms()
        values = [value for call, _ in entries for value in _row(call, now, forms)]
        conditions = [only_if for _, only_if in entries if only_if is not None]
        values += [value for condition in conditions for value in condition.parameters]
        together = _insert_all(len(entries), tuple(condition.sql for condition in conditions))
        if writer.write(together, values):
            return [True] * len(entries)
    return [_write(call, only_if, writer.write) for call, only_if in entries]


_TOGETHER = Together(_write_all, _MOST_TOGETHER)


@lru_cache
def _insert_if(condition: str) -> str:
    values = ", ".join(["%s"] * len(COLUMNS))
    return f"INSERT INTO usage_call ({', '.join(COLUMNS)}) SELECT {values} WHERE {condition}"


@lru_cache
def _insert_all(number: int, conditions: tuple[str, ...]) -> str:
    row = f"({', '.join(['%s'] * len(COLUMNS))})"
    held = " AND ".join(conditions) or "true"
    rows = ", ".join([row] * number)
    return f"INSERT INTO usage_call ({', '.join(COLUMNS)}) SELECT * FROM (VALUES {rows}) WHERE {held}"  # noqa: S608


def record_calls(calls: Iterable[CallRecord]) -> None:
    """Write many calls at once, for history from elsewhere and for the demo."""
    recorded_at, forms = timezone.now(), sql.forms()
    rows = (_row(call, recorded_at, forms) for call in calls)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(_COPY) as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            cursor.executemany(_INSERT, list(rows))


def _row(call: CallRecord, recorded_at: datetime, forms: sql.Forms) -> tuple[Any, ...]:
    """The values of a call in the order of `COLUMNS`, in the form in which the database stores them."""
    call_class = classify(
        status=call.status,
        customer_kind=call.customer_kind,
        only_sandboxes=call.only_sandboxes,
        token_request=call.token_request,
    )
    key = forms.key
    return (
        key(call.tenant_id),
        key(call.client_id),
        call.client_name[:120],
        key(call.credential_id) if call.credential_id else None,
        key(call.customer_id) if call.customer_id else None,
        call.customer_kind,
        call.method[:8],
        call.endpoint[:80],
        call.status,
        call_class.value,
        call.reason[:40],
        call.error_message[:300],
        call.error_field[:120],
        call.address,
        call.ms,
        forms.instant(call.received_at),
        forms.instant(recorded_at),
        call.request_id[:64],
    )

"""Reading calls from a CSV file: history from elsewhere. Every line is checked, and an error names the line."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from apps.clients.models import ApiClient
from apps.core.names import has_control
from apps.core.weeks import FIRST_MONDAY, LAST_MONDAY
from apps.customers.models import Kind
from apps.usage.services import CallRecord

COLUMNS = ("client_id", "received_at", "method", "endpoint", "status", "ms")
MAX_MS = 2**31 - 1
_METHOD = re.compile(r"[A-Z]{1,8}")
# An answer of 1xx is never the last one to a call, and the reports have no place for it.
_STATUS = re.compile(r"[2-5][0-9]{2}")
_MS = re.compile(r"[0-9]{1,10}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.,]+(Z|[+-][0-9]{2}:?[0-9]{2})")
# In every zone the first and the last instant of these are in a week that can be called by its Monday.
FIRST, LAST = FIRST_MONDAY + timedelta(days=1), LAST_MONDAY + timedelta(days=5)


class BadLine(ValueError):
    """A line that is not a call; the header is line 1."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(f"Line {line}: {message}")


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose call a line is."""

    pk: UUID
    tenant_id: UUID
    name: str
    only_sandboxes: bool


def read_calls(path: Path) -> Iterator[CallRecord]:
    """The calls of a file, one by one; raises BadLine at the first line that is none."""
    callers: dict[str, Caller] = {}
    with path.open("rb") as file:
        # Decoded line by line, so that a line that is not UTF-8 is known by its number.
        rows = csv.reader((line.decode() for line in file), strict=True)
        try:
            header = next(rows, [])
            header[:1] = [name.removeprefix("\ufeff") for name in header[:1]]
            if sorted(header) != sorted(COLUMNS):
                raise BadLine(1, f"the columns have to be {','.join(COLUMNS)}.")
            for row in rows:
                if not row:
                    continue
                if len(row) != len(COLUMNS):
                    raise BadLine(rows.line_num, f"{len(COLUMNS)} values expected, {len(row)} found.")
                yield _call(dict(zip(header, row, strict=True)), rows.line_num, callers)
        except csv.Error as error:
            raise BadLine(rows.line_num, f"this is not CSV ({error}).") from None
        except UnicodeDecodeError:
            raise BadLine(rows.line_num + 1, "the file has to be saved as UTF-8.") from None


def _call(values: dict[str, str], line: int, callers: dict[str, Caller]) -> CallRecord:
    public_id = values["client_id"]
    if public_id not in callers:
        callers[public_id] = _caller(public_id, line)
    caller = callers[public_id]
    if not _METHOD.fullmatch(values["method"]):
        raise BadLine(line, f'method "{values["method"][:20]}" is not one such as GET.')
    endpoint = values["endpoint"]
    if not endpoint.strip() or len(endpoint) > 80 or has_control(endpoint) or "?" in endpoint:
        raise BadLine(
            line, "endpoint has to be the name of a route, of 1 to 80 characters and without a query."
        )
    if not _STATUS.fullmatch(values["status"]):
        raise BadLine(line, f'status "{values["status"][:20]}" is not a number from 200 to 599.')
    if not _MS.fullmatch(values["ms"]) or int(values["ms"]) > MAX_MS:
        raise BadLine(line, f'ms "{values["ms"][:20]}" is not a whole number of milliseconds.')
    return CallRecord(
        tenant_id=caller.tenant_id,
        client_id=caller.pk,
        client_name=caller.name,
        only_sandboxes=caller.only_sandboxes,
        method=values["method"],
        endpoint=endpoint,
        status=int(values["status"]),
        ms=int(values["ms"]),
        received_at=_instant(values["received_at"], line),
    )


def _instant(text: str, line: int) -> datetime:
    try:
        if not _TIME.fullmatch(text):
            raise ValueError
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadLine(
            line,
            f'received_at "{text[:40]}" is not a time with an offset, such as 2026-09-28T00:00:00+10:00.',
        ) from None
    try:
        instant = moment.astimezone(UTC)
    except OverflowError:
        instant = None
    if instant is None or not FIRST <= instant.date() <= LAST:
        raise BadLine(
            line,
            f'received_at "{text[:40]}" is in no week that can be billed: those run from {FIRST} to {LAST} in UTC.',
        )
    return instant


def _caller(public_id: str, line: int) -> Caller:
    client = ApiClient.objects.filter(client_id=public_id).first()
    if client is None:
        raise BadLine(line, f'there is no API client with the client id "{public_id[:100]}".')
    kinds = set() if client.all_customers else set(client.customers.values_list("kind", flat=True))
    return Caller(client.pk, client.tenant_id, client.name, only_sandboxes=kinds == {Kind.SANDBOX})

"""The audit record as CSV, written as it is read."""

import csv
import json
from collections.abc import Iterable, Iterator
from typing import Any

from apps.audit.models import Entry

COLUMNS = (
    "at",
    "actor_kind",
    "actor_name",
    "action",
    "target_type",
    "target_id",
    "target_name",
    "before",
    "after",
    "address",
    "request_id",
)
# Spreadsheets run a cell that begins with one of these.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class _Line:
    """What csv.writer writes into: hands each line back."""

    def write(self, text: str) -> str:
        return text


def cell(value: Any) -> str:
    """A value as text that no spreadsheet takes for a formula."""
    if isinstance(value, dict):
        value = json.dumps(value, ensure_ascii=False, sort_keys=True) if value else ""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def lines(entries: Iterable[Entry]) -> Iterator[str]:
    """The header, then a line for each entry."""
    writer = csv.writer(_Line())
    yield writer.writerow(COLUMNS)
    for entry in entries:
        row = [entry.at.isoformat(), *(getattr(entry, name) for name in COLUMNS[1:])]
        yield writer.writerow([cell(value) for value in row])

"""CSV out, safe to open in a spreadsheet, and CSV in, refused in words that name the line."""

from __future__ import annotations

import csv
import datetime
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import IO, Any

from django.http import StreamingHttpResponse

from apps.core import jsontext, names

MAX_CELL = 10_000
# What a spreadsheet takes for the start of a formula, the full-width forms and leading blanks included. Apostrophes
# before it count too, so that `plain` can tell the one that was put there from those that were there before.
_FORMULA = re.compile(r"'*\s*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_NEGATIVE_NUMBER = re.compile(r"-[0-9]+(?:\.[0-9]+)?")
# A semicolon or a tab parts cells where commas mark decimals, so a cell that holds one is quoted too.
_QUOTED = re.compile(r'[",;\t\r\n]|^\s|\s$')
_ROWS_A_CHUNK = 200


class CsvError(ValueError):
    """A CSV that is not as it should be; the message is one line that begins with the line number."""


def cell(value: Any) -> str:
    """Return a value as a cell: formulas defused by an apostrophe, plain negative numbers left alone."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return jsontext.plain_number(value)
    if isinstance(value, datetime.datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    text = str(value).replace("\x00", "")
    if _FORMULA.match(text) and not _NEGATIVE_NUMBER.fullmatch(text):
        text = f"'{text}"
    return text


def plain(text: str) -> str:
    """Return what a cell stood for: the text that `cell` defused, without its apostrophe."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text[1:]) else text


def line(values: Iterable[Any]) -> str:
    """Return one line of CSV with its end."""
    return ",".join(_quoted(cell(value)) for value in values) + "\r\n"


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text


def stream(rows: Iterable[Iterable[Any]], header: Sequence[str], filename: str) -> StreamingHttpResponse:
    """Return a download that is written while it is sent, so that its length does not matter."""
    response = StreamingHttpResponse(_chunks(rows, header), content_type="text/csv; charset=utf-8")
    safe = re.sub(r"[^A-Za-z0-9._-]+", "-", filename).strip("-.") or "export.csv"
    response["Content-Disposition"] = f'attachment; filename="{safe}"'
    response["Cache-Control"] = "private, no-store"
    return response


def _chunks(rows: Iterable[Iterable[Any]], header: Sequence[str]) -> Iterator[bytes]:
    lines = [line(header)]
    for row in rows:
        lines.append(line(row))
        if len(lines) >= _ROWS_A_CHUNK:
            yield "".join(lines).encode("utf-8", "replace")
            lines.clear()
    yield "".join(lines).encode("utf-8", "replace")


def read(
    source: str | bytes | IO[Any], *, columns: Sequence[str], optional: Sequence[str] = ()
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (line number, row) of a CSV whose first line names its columns; raise CsvError where it is wrong.

    All of `columns` have to be there, those of `optional` may be missing, others are refused. Cells are stripped;
    empty lines are left out.
    """
    reader = csv.reader(io.StringIO(_text(source), newline=""), strict=True)
    header = [name.strip() for name in next(_numbered(reader), (1, []))[1]]
    _check_header(header, columns, optional)
    for number, cells in _numbered(reader):
        if not any(text.strip() for text in cells):
            continue
        if len(cells) != len(header):
            raise CsvError(f"Line {number}: {len(cells)} cells where the header has {len(header)}.")
        yield number, dict(zip(header, (_checked(text, number) for text in cells), strict=True))


def _text(source: str | bytes | IO[Any]) -> str:
    content = source if isinstance(source, str | bytes) else source.read()
    if isinstance(content, str):
        return content.removeprefix("\ufeff")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = content.count(b"\n", 0, error.start) + 1
        raise CsvError(f"Line {number}: the file has to be saved as UTF-8.") from None


def _numbered(reader: Any) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows with the line they begin on, which is not their count: a cell may hold line breaks."""
    number = reader.line_num + 1
    try:
        for cells in reader:
            yield number, cells
            number = reader.line_num + 1
    except csv.Error as error:
        raise CsvError(f"Line {number}: {error}.") from None


def _check_header(header: list[str], columns: Sequence[str], optional: Sequence[str]) -> None:
    expected = f"The first line has to name the columns {', '.join(columns)}."
    if not any(header):
        raise CsvError(f"Line 1: the file is empty. {expected}")
    for name in header:
        if name not in columns and name not in optional:
            raise CsvError(f"Line 1: there is no column {name[:40]!r}. {expected}")
        if header.count(name) > 1:
            raise CsvError(f"Line 1: the column {name} is there twice.")
    missing = [name for name in columns if name not in header]
    if missing:
        raise CsvError(f"Line 1: the column {missing[0]} is missing. {expected}")


def _checked(text: str, number: int) -> str:
    text = text.strip()
    if len(text) > MAX_CELL:
        raise CsvError(f"Line {number}: a cell is longer than {MAX_CELL} characters.")
    try:
        return names.clean_text(text)
    except ValueError as error:
        raise CsvError(f"Line {number}: {error}") from None

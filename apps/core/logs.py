"""Log lines: one line a record, with the id of the request and without queries."""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any

from apps.core.requests import current_request_id

# Request lines and addresses of our own end before their query: clients are known to send their secret there.
_REQUEST_LINE = re.compile(r"\b((?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|TRACE) [^\s?\"']*)\?[^\s\"']*")
_PATH_WITH_QUERY = re.compile(r"((?:https?:/)?/[^\s?\"'<>]*)\?[^\s\"'<>]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "request", "taskName"}


def without_query(text: str) -> str:
    """Return a text whose addresses end before their query."""
    return _PATH_WITH_QUERY.sub(r"\1", _REQUEST_LINE.sub(r"\1", text))


def _one_line(text: str) -> str:
    """Write control characters as escapes, so that no value can begin a line of its own."""
    return _CONTROL.sub(lambda match: json.dumps(match[0])[1:-1], text)


class _RecordText:
    """What both formatters say about a record, whose secrets the filter RedactSecrets has taken out before."""

    def __init__(self, formatter: logging.Formatter, record: logging.LogRecord) -> None:
        self.message = without_query(record.getMessage())
        self.when = datetime.fromtimestamp(record.created, UTC)
        self.request_id = current_request_id() or getattr(
            getattr(record, "request", None), "request_id", None
        )
        traceback = record.exc_text or ""
        if not traceback and record.exc_info and record.exc_info[0] is not None:
            traceback = formatter.formatException(record.exc_info)
        self.traceback = without_query("\n".join(filter(None, (traceback, record.stack_info))))


class JsonFormatter(logging.Formatter):
    """One JSON object a line, for production; extras of the record are members of their own."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        text = _RecordText(self, record)
        line: dict[str, Any] = {
            "time": text.when.isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": text.message,
        }
        if text.request_id:
            line["request_id"] = text.request_id
        for name, value in record.__dict__.items():
            if name not in _STANDARD and name not in line and not name.startswith("_"):
                plain = isinstance(value, bool | int | float | None)
                line[name] = value if plain else without_query(str(value))
        if text.traceback:
            line["traceback"] = text.traceback
        return json.dumps(line, ensure_ascii=True)


class PlainFormatter(logging.Formatter):
    """One line a record for people, with the traceback below it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        text = _RecordText(self, record)
        request = f" {text.request_id}" if text.request_id else ""
        line = f"{text.when:%H:%M:%S} {record.levelname} {record.name}{request} {_one_line(text.message)}"
        return f"{line}\n{text.traceback}" if text.traceback else line

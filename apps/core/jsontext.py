"""Strict JSON for the API: what other parsers let through by kindness is refused with a clear message."""

from __future__ import annotations

import datetime
import json
import re
import secrets
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn
from uuid import UUID

import orjson
from django.utils.functional import Promise

MAX_DEPTH = 64
MAX_INTEGER = 2**63 - 1
MAX_NUMBER_LENGTH = 64
MAX_EXPONENT = 30


class BadJSON(ValueError):
    """The body is not JSON that we accept; the message is a sentence for the caller."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class BodyTooLarge(BadJSON):
    """The body is longer than allowed, whatever it holds."""


# A string that never ends runs to the end of the text, so that the scan is linear whatever is sent.
_STRUCTURE = re.compile(r'"(?:[^"\\]++|\\[\s\S])*+"?|[\[\]{}]')


def loads(body: bytes, *, max_bytes: int, max_depth: int = MAX_DEPTH) -> Any:
    """Return what a JSON body holds, with Decimal for numbers that have a fraction or an exponent."""
    if len(body) > max_bytes:
        raise BodyTooLarge(f"The body is larger than {max_bytes} bytes.")
    text = _decode(body)
    _check_depth(text, max_depth)
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        message = f"The body is not valid JSON: {error.msg} (line {error.lineno}, column {error.colno})."
        raise BadJSON(message) from None
    if "\\u" in text:
        _check_strings(value)
    return value


def _decode(body: bytes) -> str:
    if body.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        raise BadJSON("The body must be UTF-8 without a byte order mark.")
    if b"\x00" in body:
        raise BadJSON("The body must be UTF-8 without null characters.")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise BadJSON("The body must be UTF-8.") from None
    if not text.strip(" \t\r\n"):
        raise BadJSON("The body is empty. Send a JSON document.")
    return text


def _check_depth(text: str, max_depth: int) -> None:
    # Few brackets can't nest deeply; nearly every body of a real caller takes this way out.
    if text.count("[") + text.count("{") <= max_depth:
        return
    depth = 0
    for match in _STRUCTURE.finditer(text):
        mark = match[0]
        if mark in "[{":
            depth += 1
            if depth > max_depth:
                raise BadJSON(f"The body is nested more than {max_depth} levels deep.")
        elif mark in "]}":
            depth -= 1


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise BadJSON(f"The member {_shown(key)} is there twice in one object.")
            seen.add(key)
    return members


def _shown(key: str) -> str:
    return json.dumps(key[:60])


def _integer(text: str) -> int:
    if len(text) > 20 or abs(number := int(text)) > MAX_INTEGER:
        raise BadJSON("A number is too large.")
    return number


def _fraction(text: str) -> Decimal:
    if len(text) > MAX_NUMBER_LENGTH:
        raise BadJSON("A number has too many digits.")
    try:
        number = Decimal(text)
    except InvalidOperation:
        # Decimal itself gives up on exponents of more than eighteen digits.
        raise BadJSON("A number is too large or too small.") from None
    if not number:
        return Decimal(0)
    if not number.is_finite() or abs(number.adjusted()) > MAX_EXPONENT:
        raise BadJSON("A number is too large or too small.")
    return number


def _constant(name: str) -> NoReturn:
    raise BadJSON(f"{name} is not a JSON number.")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_pairs, parse_int=_integer, parse_float=_fraction, parse_constant=_constant
)


def _check_strings(value: Any) -> None:
    # Only an escape can bring a null character or half of a pair: raw ones are neither JSON nor UTF-8.
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            if "\x00" in item:
                raise BadJSON("A text holds a null character.")
            try:
                item.encode("utf-8")
            except UnicodeEncodeError:
                raise BadJSON("A text holds half of a surrogate pair.") from None
        elif isinstance(item, dict):
            waiting.extend(item.keys())
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)


def plain_number(value: Decimal) -> str:
    """Return a Decimal as JSON writes it: no exponent and no zeros that say nothing (2.5, 3, never 3.000)."""
    if not value.is_finite():
        raise ValueError("Only finite numbers can be written as JSON.")
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("", "-0", "-") else text


# Stands for a number that no float or 64-bit integer holds until the text is made; drawn anew by each process.
_MARK = f"number-{secrets.token_hex(16)}-"
_MARK_BYTES = _MARK.encode()
_MARKED = re.compile(rb'"' + _MARK_BYTES + rb'([-0-9.]+)"')


def _default(value: Any) -> Any:
    if isinstance(value, Decimal):
        text = plain_number(value)
        number = float(text) if "." in text else int(text)
        return number if repr(number) == text and abs(number) <= MAX_INTEGER else _MARK + text
    if isinstance(value, datetime.datetime):
        if value.tzinfo is None:
            raise TypeError("A date and time without a zone can't be written as JSON.")
        return value.isoformat(timespec="seconds")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, UUID | Promise):
        return str(value)
    raise TypeError(f"{type(value).__name__} can't be written as JSON.")


# Dates go through `_default`, which writes them to the second. Members may be named by an enumeration or a number.
_OPTIONS = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_NON_STR_KEYS


def dumps(value: Any) -> bytes:
    """Return a value as JSON in UTF-8; Decimal becomes a number, UUID, date and aware datetime become texts.

    Raises TypeError or ValueError for what JSON can't hold. A float that is no number would be null; nothing makes any.
    """
    text = orjson.dumps(value, default=_default, option=_OPTIONS)
    return _MARKED.sub(rb"\1", text) if _MARK_BYTES in text else text

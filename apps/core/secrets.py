"""The one format of the secrets that Gatepass issues: making, recognising, digesting and redacting them.

A secret reads `gp_<kind>_<43 base62><6 base62 CRC-32>`. The fixed prefix lets secret scanners find a leaked one, the
checksum refuses a mistyped one without a query, and the 43 characters carry 256 bits.
"""

from __future__ import annotations

import hashlib
import logging
import re
import secrets
import traceback
import zlib
from enum import StrEnum

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
BODY_LENGTH = 43
CHECKSUM_LENGTH = 6
PAYLOAD_BYTES = 32
CLIENT_ID_PREFIX = "gpc_"
_CLIENT_ID_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
_CLIENT_ID_LENGTH = 20
_VALUES = {character: value for value, character in enumerate(ALPHABET)}


class SecretKind(StrEnum):
    """What a secret is for; the two letters stand in the secret itself."""

    CLIENT_SECRET = "cs"
    BEARER_TOKEN = "bt"
    ACCESS_TOKEN = "at"

    # The two-letter names are aliases, so that code may say SecretKind.cs as the format does.
    cs = "cs"
    bt = "bt"
    at = "at"


_KINDS = "|".join(SecretKind)
_LENGTH = BODY_LENGTH + CHECKSUM_LENGTH
_SHAPE = re.compile(rf"gp_({_KINDS})_[0-9A-Za-z]{{{_LENGTH}}}")
_CLIENT_ID = re.compile(rf"{CLIENT_ID_PREFIX}[0-9a-z]{{{_CLIENT_ID_LENGTH}}}")

PATTERN = re.compile(rf"(?<![0-9A-Za-z])gp_(?:{_KINDS})_[0-9A-Za-z]{{{_LENGTH}}}(?![0-9A-Za-z])")
"""What a scanner looks for: whole secrets and nothing else."""


def _base62(number: int, length: int) -> str:
    characters = []
    for _ in range(length):
        number, rest = divmod(number, 62)
        characters.append(ALPHABET[rest])
    return "".join(reversed(characters))


def _number(text: str) -> int:
    number = 0
    for character in text:
        number = number * 62 + _VALUES[character]
    return number


def _assemble(kind: SecretKind, number: int) -> str:
    head = f"gp_{kind.value}_{_base62(number, BODY_LENGTH)}"
    # The checksum covers the kind too, so a secret relabelled as another kind is refused like a mistyped one.
    return head + _base62(zlib.crc32(head.encode("ascii")), CHECKSUM_LENGTH)


def generate(kind: SecretKind) -> str:
    """Return a new secret of this kind, drawn uniformly from 62**43 (256 bits)."""
    return _assemble(kind, secrets.randbelow(62**BODY_LENGTH))


def from_bytes(kind: SecretKind, payload: bytes) -> str:
    """Write exactly 32 bytes in the format of a secret; for tokens whose content is computed, such as a MAC."""
    if len(payload) != PAYLOAD_BYTES:
        raise ValueError(f"A secret carries {PAYLOAD_BYTES} bytes, not {len(payload)}.")
    return _assemble(kind, int.from_bytes(payload, "big"))


def to_bytes(text: str, kind: SecretKind) -> bytes | None:
    """Return the 32 bytes that `from_bytes` wrote, or None for a text that is no secret of this kind.

    A secret may also hold a number that is larger than 32 bytes: nothing of ours was written into it.
    """
    if kind_of(text) is not kind:
        return None
    number = _number(text[6 : 6 + BODY_LENGTH])
    return number.to_bytes(PAYLOAD_BYTES, "big") if number < 1 << (8 * PAYLOAD_BYTES) else None


def kind_of(text: str) -> SecretKind | None:
    """Return the kind of a well-formed secret whose checksum is right; None for everything else."""
    match = _SHAPE.fullmatch(text)
    if match is None:
        return None
    head, checksum = text[:-CHECKSUM_LENGTH], text[-CHECKSUM_LENGTH:]
    if _base62(zlib.crc32(head.encode("ascii")), CHECKSUM_LENGTH) != checksum:
        return None
    return SecretKind(match[1])


def digest(text: str) -> str:
    """Return the SHA-256 of a text in hex: what is stored of a random secret, and what it is looked up by."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def generate_client_id() -> str:
    """Return a new client id in the reserved shape that no chosen username can have."""
    return CLIENT_ID_PREFIX + "".join(secrets.choice(_CLIENT_ID_ALPHABET) for _ in range(_CLIENT_ID_LENGTH))


def is_generated_client_id(text: str) -> bool:
    """Say whether a text has the shape of a generated client id."""
    return _CLIENT_ID.fullmatch(text) is not None


def mask(text: str) -> str:
    """Return a form of one secret that may be shown: its prefix for ours, nothing but dots for any other."""
    match = _SHAPE.fullmatch(text)
    return f"gp_{match[1]}_********" if match else "********"


# Redaction errs on the side of hiding: a secret cut off, lengthened or encoded is still a secret to whoever reads it.
_OURS = re.compile(r"gp_([a-z]{2})_[0-9A-Za-z]{8,}")
_SIGNING_KEY = re.compile(r"whsec_[0-9A-Za-z+/=_-]{8,}")
_AUTHORIZATION = re.compile(r"(?i)\b(bearer|basic)(\s+|%20|\+)[0-9A-Za-z+/=._~%-]{8,}")
_AUTHORIZATION_HEADER = re.compile(
    r"(?i)(['\"]?\b(?:proxy-|http_)?authorization['\"]?\]?\s*[:=,]\s*b?)(?:'[^'\n]*'|\"[^\"\n]*\"|[^\n]+)"
)
_NAMED = re.compile(
    r"(?i)((?:client[_-]?secret|password\d?|passwd|access[_-]?token|refresh[_-]?token|auth[_-]?token|api[_-]?token"
    r"|bearer[_-]?token|secret[_-]?key|sealing[_-]?keys|sessionid|csrfmiddlewaretoken|csrftoken)['\"]?"
    r"\s*(?:=>|=|:|%3d)\s*b?)(?:'[^'\n]*+'?|\"(?:[^\"\\\n]|\\.)*+\"?|[^\s&,;'\"})\]]+)"
)


def redact(text: str) -> str:
    """Return a text with everything that looks like a secret replaced; for logs and error reports."""
    text = _AUTHORIZATION_HEADER.sub(r"\1[redacted]", text)
    text = _NAMED.sub(r"\1[redacted]", text)
    text = _OURS.sub(r"gp_\1_[redacted]", text)
    text = _SIGNING_KEY.sub("whsec_[redacted]", text)
    return _AUTHORIZATION.sub(r"\1\2[redacted]", text)


_RECORD = frozenset(logging.makeLogRecord({}).__dict__)


class RedactSecrets(logging.Filter):
    """Redact the message, the extras, the traceback and the stack of every log record that passes.

    Every handler of LOGGING has this filter, so that what a line looks like and what it may hold are apart.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Replace the record's texts in place and let it pass."""
        try:
            message = record.getMessage()
        except (TypeError, ValueError, KeyError):
            # A record whose arguments do not fit its format must not take its secrets to the standard error stream.
            message = f"{record.msg!s} {record.args!r}"
        record.msg, record.args = redact(message), ()
        for name, value in record.__dict__.items():
            if isinstance(value, str) and name not in _RECORD:
                record.__dict__[name] = redact(value)
        if record.exc_info and record.exc_info[0] is not None and not record.exc_text:
            record.exc_text = "".join(traceback.format_exception(*record.exc_info)).rstrip("\n")
        if record.exc_text:
            record.exc_text = redact(record.exc_text)
        if record.stack_info:
            record.stack_info = redact(record.stack_info)
        return True

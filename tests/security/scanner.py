"""Looks for secrets in whatever text or bytes it is given, plain and in the encodings in which they could hide."""

import base64
import json
import pickle
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import quote

from django.contrib.sessions.backends.db import SessionStore as PlainSessions
from django.contrib.sessions.models import Session
from django.core.cache import caches
from django.db import connection


@dataclass(frozen=True)
class Finding:
    """A secret (by its number, never its text), the form it was found in, and where."""

    number: int
    form: str
    place: str


def encodings(secret: str) -> dict[str, bytes]:
    """What to look for: no form is shorter than most of the secret, so that nothing is found by chance."""
    raw = secret.encode()
    forms = {
        "plain": raw,
        "hex": raw.hex().encode(),
        "HEX": raw.hex().upper().encode(),
        "url": quote(secret, safe="").encode(),
        "url in full": "".join(f"%{byte:02X}" for byte in raw).encode(),
        "html": escape(secret).encode(),
        "json": json.dumps(secret)[1:-1].encode(),
        "unicode": "".join(f"\\u{ord(character):04x}" for character in secret).encode(),
        "utf-16": secret.encode("utf-16-le"),
        "reversed": raw[::-1],
    }
    for offset in range(3):
        # At each offset in the three bytes of a base64 group other characters stand for the same text; those at
        # both ends depend on what is beside it.
        for name, encode in (("base64", base64.b64encode), ("base64url", base64.urlsafe_b64encode)):
            text = encode(b"\0" * offset + raw)
            forms[f"{name} at {offset}"] = text[(0, 2, 3)[offset] : len(text) - len(text) % 4 - 4]
    return forms


class Scanner:
    """Searches for every one of some secrets in all their forms."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self.secrets = list(dict.fromkeys(secrets))
        self._forms = [
            (number, form, needle)
            for number, secret in enumerate(self.secrets)
            for form, needle in encodings(secret).items()
        ]

    def search(self, haystacks: Iterable[tuple[str, str | bytes]]) -> list[Finding]:
        """Every finding in texts and bytes that each come with the place where they are from."""
        found = []
        shortest = min(len(needle) for _, _, needle in self._forms)
        for place, haystack in haystacks:
            data = haystack.encode("utf-8", "surrogatepass") if isinstance(haystack, str) else haystack
            if len(data) < shortest:
                continue
            found += [Finding(number, form, place) for number, form, needle in self._forms if needle in data]
        return found


def database() -> Iterator[tuple[str, bytes]]:
    """Every value of every table of the database, and what sessions hold after decoding them in every known way."""
    for table in connection.introspection.table_names():
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT * FROM "{table}"')
            columns = [column[0] for column in cursor.description or ()]
            for row in cursor.fetchall():
                for column, value in zip(columns, row, strict=True):
                    yield f"{table}.{column}", as_bytes(value)
    for session in Session.objects.all():
        yield "django_session decoded", json.dumps(PlainSessions().decode(session.session_data)).encode()
        for text in session.session_data.split(":"):
            yield "django_session inflated", inflated(text)


def as_bytes(value: Any) -> bytes:
    """A value of the database as the bytes that a dump has of it."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    return str(value).encode("utf-8", "surrogatepass")


def inflated(text: str) -> bytes:
    """What a text holds if it is base64, and after that zlib; nothing where it is neither."""
    try:
        data = base64.urlsafe_b64decode(text.lstrip(".") + "===")
        return data + zlib.decompress(data)
    except (ValueError, zlib.error):
        return b""


def cache() -> Iterator[tuple[str, bytes]]:
    """Every key and value of the cache."""
    store = caches["default"]
    for key, pickled in store._cache.items():  # type: ignore[attr-defined]  # the tests' cache is in memory
        value = pickle.loads(pickled)  # our own cache
        yield f"cache {key}", f"{key} {value!r}".encode()
        yield f"cache {key} as stored", bytes(pickled)

"""Sealing: secrets that Gatepass must be able to show to others again, encrypted in the database.

The keys come from the environment (SEALING_KEYS), so a copy of the database alone opens nothing. A sealed text names
the key that opens it, which lets keys be rotated, and is bound to its context (tenant, table, row): moved to another
row it does not open.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

if TYPE_CHECKING:
    from django.db.models import QuerySet

KEY_BYTES = 32
_NONCE_BYTES = 12
_VERSION = "s1"
_KEY_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_HOW_TO_SET = (
    "Set SEALING_KEYS to id:key, where key is 32 random bytes in base64 (openssl rand -base64 32); "
    "several are separated by commas, the first seals and all open."
)


class SealError(Exception):
    """A sealed text does not open: altered, moved to another row, or its key is not among SEALING_KEYS."""


def parse_keys(text: str) -> list[tuple[str, bytes]]:
    """Return the keys of a SEALING_KEYS text in their order; raise ValueError that says what to set.

    No message holds any part of a key.
    """
    keys: dict[str, bytes] = {}
    entries = [entry.strip() for entry in text.split(",")]
    if not any(entries):
        raise ValueError(f"SEALING_KEYS is empty. {_HOW_TO_SET}")
    for place, entry in enumerate(entries, start=1):
        key_id, colon, encoded = entry.partition(":")
        if not colon or not _KEY_ID.fullmatch(key_id):
            message = f"Entry {place} of SEALING_KEYS needs an id of a-z, 0-9 and - before a colon."
            raise ValueError(f"{message} {_HOW_TO_SET}")
        if key_id in keys:
            raise ValueError(f"The id {key_id} is twice in SEALING_KEYS. {_HOW_TO_SET}")
        key = _decode_key(encoded)
        if key is None:
            raise ValueError(
                f"The key {key_id} of SEALING_KEYS is not {KEY_BYTES} bytes in base64. {_HOW_TO_SET}"
            )
        if key in keys.values():
            raise ValueError(f"The key {key_id} of SEALING_KEYS is the same as another one. {_HOW_TO_SET}")
        keys[key_id] = key
    return list(keys.items())


def _decode_key(encoded: str) -> bytes | None:
    try:
        padded = encoded + "=" * (-len(encoded) % 4)
        key = base64.b64decode(padded.replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        return None
    return key if len(key) == KEY_BYTES else None


@lru_cache(maxsize=32)
def _derived(keys_text: str, purpose: str) -> tuple[tuple[str, bytes], ...]:
    def expand(key: bytes) -> bytes:
        info = b"gatepass/" + purpose.encode("utf-8")
        return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(key)

    return tuple((key_id, expand(key)) for key_id, key in parse_keys(keys_text))


def derive(purpose: str) -> list[tuple[str, bytes]]:
    """Return one 32-byte key per sealing key for a purpose, newest first; keys of two purposes are unrelated."""
    return list(_derived(settings.SEALING_KEYS, purpose))


def mac_keys() -> list[tuple[str, bytes]]:
    """Return the HMAC keys of access tokens: the first signs, all verify."""
    return derive("access-token")


def _associated_data(key_id: str, context: tuple[str, ...]) -> bytes:
    # Every part carries its length, so ("ab", "c") and ("a", "bc") are different contexts.
    parts = [part.encode("utf-8") for part in (_VERSION, key_id, *context)]
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def seal(plaintext: str, *, context: tuple[str, ...]) -> str:
    """Return a text encrypted under the first key and bound to its context, such as tenant id, table and row id."""
    if not context:
        raise ValueError("A sealed text needs a context, such as (tenant id, table, row id).")
    key_id, key = _derived(settings.SEALING_KEYS, "seal")[0]
    nonce = os.urandom(_NONCE_BYTES)
    sealed = nonce + AESGCM(key).encrypt(nonce, plaintext.encode("utf-8"), _associated_data(key_id, context))
    return f"{_VERSION}.{key_id}.{base64.urlsafe_b64encode(sealed).rstrip(b'=').decode('ascii')}"


def unseal(sealed: str, *, context: tuple[str, ...]) -> str:
    """Return the text that was sealed in this context; raise SealError if it does not open."""
    sealed_with, encoded = _split(sealed)
    key = dict(_derived(settings.SEALING_KEYS, "seal")).get(sealed_with)
    if key is None:
        raise SealError(f"The key {sealed_with} is not among SEALING_KEYS. Add it again after the first one.")
    try:
        padded = encoded + "=" * (-len(encoded) % 4)
        data = base64.b64decode(padded.replace("-", "+").replace("_", "/"), validate=True)
        nonce, body = data[:_NONCE_BYTES], data[_NONCE_BYTES:]
        return AESGCM(key).decrypt(nonce, body, _associated_data(sealed_with, context)).decode("utf-8")
    except (InvalidTag, ValueError):
        raise SealError("The sealed text was altered, or belongs to another row.") from None


def reseal(rows: QuerySet[Any], column: str, context: Callable[[Any], tuple[str, ...]]) -> int:
    """Seal one column anew in every row that an older key sealed; return how many there were.

    A row that somebody changes meanwhile keeps their change, which the first key has sealed. Raises SealError, with the
    row's name, for one that does not open; those before it are done, and a second run goes on from there.
    """
    done = 0
    for row in rows.exclude(**{column: ""}).iterator():
        sealed = getattr(row, column)
        if is_current(sealed):
            continue
        bound_to = context(row)
        try:
            anew = seal(unseal(sealed, context=bound_to), context=bound_to)
        except SealError as error:
            raise SealError(f"{row._meta.db_table} {row.pk}: {error}") from None
        done += rows.filter(pk=row.pk, **{column: sealed}).update(**{column: anew})
    return done


def key_id(sealed: str) -> str:
    """Return the id of the key that a text is sealed with, to find those that a rotation still has to seal anew."""
    return _split(sealed)[0]


def is_current(sealed: str) -> bool:
    """Say whether a text is sealed with the first key, so that a rotation may skip it."""
    return key_id(sealed) == _derived(settings.SEALING_KEYS, "seal")[0][0]


def _split(sealed: str) -> tuple[str, str]:
    version, _, rest = sealed.partition(".")
    sealed_with, dot, encoded = rest.partition(".")
    if version != _VERSION or not dot or not _KEY_ID.fullmatch(sealed_with):
        raise SealError("This is not a sealed text.")
    return sealed_with, encoded

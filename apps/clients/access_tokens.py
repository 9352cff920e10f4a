"""Access tokens of one hour that need no row: 32 bytes in the format of every secret (docs/decisions).

    8  reference of the credential        4  expiry, seconds since 1970
    2  generation of the client           6  nonce
    12 HMAC-SHA256 over these, cut short

Two tokens of one credential that end in the same second differ by the nonce alone: two bytes of it were the same
after some 300 tokens, and giving one of the pair back ended both.

A forged or altered token falls at the checksum or the MAC, before any query. A genuine one is checked against the
credential's, the client's and the tenant's rows at every call, so whatever ends or narrows them holds on the very
next call in every process. The generation is kept modulo 65,536: a client would have to be narrowed 65,536 times
within the hour for an old token to fit again.
"""

import hmac
import struct
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from secrets import token_bytes

from django.utils import timezone

from apps.clients.models import RevokedToken
from apps.clients.networks import ANYWHERE
from apps.clients.principals import Principal, Reason, Refused, check, principal, refusal, row_of
from apps.core import sealing, secrets
from apps.core.secrets import SecretKind

LIFETIME = timedelta(hours=1)
_FIELDS = struct.Struct(">QLH6s")
_MAC_BYTES = 12


def issue(who: Principal) -> tuple[str, int]:
    """A new access token for a caller that has proved who it is, and its lifetime in seconds."""
    now = timezone.now()
    expires = now + LIFETIME
    if who.credential_ends is not None:
        expires = min(expires, who.credential_ends)
    body = _FIELDS.pack(
        who.credential_reference, int(expires.timestamp()), who.generation % 65536, token_bytes(6)
    )
    token = secrets.from_bytes(SecretKind.ACCESS_TOKEN, body + _mac(sealing.mac_keys()[0][1], body))
    return token, max(1, int((expires - now).total_seconds()))


def verify(token: str, address: str | None = ANYWHERE) -> Principal:
    """The caller behind an access token, as the database says at this instant; `Refused` otherwise.

    Without an address it says whether the token is alive, not whether this call may pass.
    """
    reference, expires, generation = _open(token)
    now = timezone.now()
    if now >= expires:
        raise Refused(Reason.EXPIRED)
    row = row_of(reference=reference, token=secrets.digest(token))
    if row is None:
        raise Refused(Reason.UNKNOWN)
    check(row, now, address)
    if row["client__generation"] % 65536 != generation:
        raise refusal(row, Reason.SUPERSEDED)
    if row["given_back"]:
        raise refusal(row, Reason.DENY_LISTED)
    return principal(row, now)


def expires_at(token: str) -> datetime:
    """When a genuine access token ends by itself; `Refused` for anything else."""
    return _open(token)[1]


def reference_of(token: str) -> int:
    """The reference of the credential that obtained a genuine access token, dead or alive; `Refused` otherwise."""
    return _open(token)[0]


def revoke(token: str) -> None:
    """Give an access token back before its end (RFC 7009). Anything that is none is ignored, as the RFC asks."""
    try:
        expires = expires_at(token)
    except Refused:
        return
    if expires > timezone.now():
        RevokedToken.objects.bulk_create(
            [RevokedToken(digest=secrets.digest(token), expires=expires)], ignore_conflicts=True
        )


def prune() -> int:
    """Remove what has run out by itself from the deny list."""
    return RevokedToken.objects.filter(expires__lte=timezone.now()).delete()[0]


def _open(token: str) -> tuple[int, datetime, int]:
    content = secrets.to_bytes(token, SecretKind.ACCESS_TOKEN)
    if content is None:
        raise Refused(Reason.MALFORMED)
    body, mac = content[:-_MAC_BYTES], content[-_MAC_BYTES:]
    if not any(hmac.compare_digest(mac, _mac(key, body)) for _, key in sealing.mac_keys()):
        raise Refused(Reason.UNKNOWN)
    reference, expires, generation, _ = _FIELDS.unpack(body)
    return reference, datetime.fromtimestamp(expires, UTC), generation


def _mac(key: bytes, body: bytes) -> bytes:
    return hmac.digest(key, body, sha256)[:_MAC_BYTES]

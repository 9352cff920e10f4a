"""Proof of who calls, for the token endpoint, the Partner API and the gateway.

Random secrets are looked up by their SHA-256, and one that is mistyped is refused by its checksum before any query.
Passwords that people chose go through slow hashing, an unknown username as well, so that neither the answer nor its
time tells whether a name exists. An id in the generated shape never gets there: its secret is random, so there is
nothing to guess and no reason to spend the time.
"""

import hashlib
import hmac
import threading
from functools import cache
from uuid import UUID

from django.contrib.auth.hashers import check_password, make_password
from django.utils import timezone

from apps.clients import access_tokens, brake
from apps.clients.lifecycle import State
from apps.clients.models import Credential, CredentialKind
from apps.clients.principals import Principal, Reason, Refused, check, principal, row_of
from apps.core import secrets
from apps.core.names import clean_text
from apps.core.secrets import SecretKind

__all__ = ["Principal", "Reason", "Refused", "authenticate_bearer", "authenticate_client"]

LONGEST_ID = 100
LONGEST_SECRET = 1024
# Two at a time in a process: a burst of guesses may not take all its threads.
_SLOW = threading.BoundedSemaphore(2)
_WAIT_SECONDS = 5
_DIGEST_PREFIX = "sha256$"


def authenticate_bearer(token: str, address: str | None) -> Principal:
    """The caller behind an `Authorization: Bearer` value: a bearer token or an access token."""
    kind = secrets.kind_of(token)
    if kind is SecretKind.ACCESS_TOKEN:
        return access_tokens.verify(token, address)
    if kind is not SecretKind.BEARER_TOKEN:
        raise Refused(Reason.MALFORMED)
    return _by_digest(token, address, kind=CredentialKind.BEARER)


def authenticate_client(client_id: str, secret: str, address: str | None) -> Principal:
    """The caller behind a client id and its secret, or a username and its password."""
    if not 0 < len(client_id) <= LONGEST_ID or not 0 < len(secret) <= LONGEST_SECRET:
        raise Refused(Reason.MALFORMED)
    try:
        clean_text(client_id)
    except ValueError:
        raise Refused(Reason.MALFORMED) from None
    is_random = secrets.kind_of(secret) is SecretKind.CLIENT_SECRET
    if secrets.is_generated_client_id(client_id):
        if not is_random:
            raise Refused(Reason.MALFORMED)
        return _by_digest(secret, address, kind=CredentialKind.SECRET, client__client_id=client_id)
    if is_random:
        # A client from before the portal keeps its own client id when its secret is generated anew.
        row = row_of(digest=secrets.digest(secret), kind=CredentialKind.SECRET, client__client_id=client_id)
        if row is not None:
            return _admit(row, address)
    return _by_chosen_password(client_id, secret, address)


def _by_digest(secret: str, address: str | None, **lookup: object) -> Principal:
    row = row_of(digest=secrets.digest(secret), **lookup)
    if row is None:
        raise Refused(Reason.UNKNOWN)
    return _admit(row, address)


def _admit(row: dict[str, object], address: str | None) -> Principal:
    now = timezone.now()
    check(row, now, address)
    return principal(row, now)


def _by_chosen_password(client_id: str, password: str, address: str | None) -> Principal:
    candidates = _candidates(client_id)
    for id_, encoded in candidates:
        if _matches_digest(password, encoded):
            return _admit_id(id_, address)
    brake.check(client_id, address)
    slow = [(id_, encoded) for id_, encoded in candidates if not encoded.startswith(_DIGEST_PREFIX)]
    # Always one slow comparison, with a stand-in where there is nothing to compare with.
    if not slow:
        _matches_slowly(password, _stand_in())
    for id_, encoded in slow[:2]:
        if _matches_slowly(password, encoded):
            return _admit_id(id_, address)
    brake.count_failure(client_id, address)
    raise Refused(Reason.UNKNOWN)


def _admit_id(credential_id: UUID, address: str | None) -> Principal:
    row = row_of(id=credential_id)
    if row is None:
        raise Refused(Reason.UNKNOWN)
    return _admit(row, address)


def _candidates(client_id: str) -> list[tuple[UUID, str]]:
    """The stored encodings of an id as typed (from before the portal), else of it in lower case (a username)."""
    stored = list(
        Credential.objects.filter(client__client_id__in={client_id, client_id.casefold()})
        .exclude(encoded="")
        .exclude(state__in=(State.EXPIRED, State.REVOKED))
        .order_by("-number")
        .values_list("client__client_id", "id", "encoded")
    )
    exact = [(id_, encoded) for owner, id_, encoded in stored if owner == client_id]
    return exact or [(id_, encoded) for _, id_, encoded in stored]


def _matches_digest(password: str, encoded: str) -> bool:
    if not encoded.startswith(_DIGEST_PREFIX):
        return False
    digest = hashlib.sha256(password.encode("utf-8", "surrogatepass")).hexdigest()
    return hmac.compare_digest(digest, encoded.removeprefix(_DIGEST_PREFIX).lower())


def _matches_slowly(password: str, encoded: str) -> bool:
    if not _SLOW.acquire(timeout=_WAIT_SECONDS):
        raise Refused(Reason.THROTTLED, retry_after=_WAIT_SECONDS)
    try:
        return check_password(password, encoded)
    except (ValueError, UnicodeEncodeError):
        return False
    finally:
        _SLOW.release()


@cache
def _stand_in() -> str:
    return make_password("nobody's password")

"""Callers that this process knows from an earlier call, kept for a minute, so that a read need not look them up.

None of them is believed for being kept. The record of a call, without which no answer leaves, is written under the
condition that the caller still stands as it did (`standing.py`), in one statement; if it is refused, the call begins
anew with the database. So what ends or narrows a caller holds on the very next call in every process, as it would with
nothing kept. What a clock ends, a credential or a token, is told from the clock.
"""

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from apps.clients import access_tokens
from apps.clients.principals import Principal
from apps.core import secrets
from apps.core.secrets import SecretKind
from apps.usage import sql
from apps.usage.services import Condition

LONGEST = timedelta(minutes=1)
MOST = 5_000
# A caller that names thousands of customers is a long list, and there may be many such callers.
MOST_NAMED = 100

_STANDS = """
(SELECT version FROM clients_standing WHERE subject = %s) = %s
AND (SELECT version FROM clients_standing WHERE subject = %s) = %s
AND NOT EXISTS (SELECT 1 FROM clients_revokedtoken WHERE digest = %s)
"""
_Key = tuple[str, str | None]


@dataclass(frozen=True, slots=True)
class Remembered:
    """A caller as it was read at `since`. What is known of it is not to be used from `until` on."""

    principal: Principal
    digest: str
    since: datetime
    until: datetime

    @property
    def still_stands(self) -> Condition:
        """What has to hold in the database for the caller to be who it was."""
        client, client_version, tenant, tenant_version = self.principal.standing
        key = sql.forms().key
        return Condition(_STANDS, (key(client), client_version, key(tenant), tenant_version, self.digest))


_kept: dict[_Key, Remembered] = {}
_lock = threading.Lock()


def recall(proof: str, address: str | None) -> Remembered | None:
    """The caller that this token, or this id and secret, named when it last came from this address."""
    found = _kept.get((secrets.digest(proof), address))
    # A clock that was set back makes the future of what was read unknown.
    return found if found is not None and found.since <= timezone.now() < found.until else None


def keep(proof: str, address: str | None, who: Principal) -> None:
    """Remember a caller that has just been read from the database."""
    if len(who.customer_ids or ()) + len(who.warehouse_ids or ()) > MOST_NAMED:
        return
    now = timezone.now()
    ends = [now + LONGEST, who.credential_ends]
    if secrets.kind_of(proof) is SecretKind.ACCESS_TOKEN:
        ends.append(access_tokens.expires_at(proof))
    digest = secrets.digest(proof)
    with _lock:
        if len(_kept) >= MOST:
            del _kept[next(iter(_kept))]
        _kept[digest, address] = Remembered(who, digest, now, min(filter(None, ends)))


def forget(proof: str, address: str | None) -> None:
    """Let a caller be read anew at its next call."""
    with _lock:
        _kept.pop((secrets.digest(proof), address), None)

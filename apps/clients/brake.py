"""The brake before slow hashing: failures are counted per name and address, and per address, minute by minute.

Only failures count, and a name is always counted together with an address, so a stranger who guesses can't lock the
rightful caller out. The counts are rows, so that they hold over processes.
"""

import hashlib
import time

from django.db.models import Case, F, Value, When

from apps.clients.models import Attempt
from apps.clients.principals import Reason, Refused

FAILURES_PER_NAME = 10
FAILURES_PER_ADDRESS = 60


def check(client_id: str, address: str | None) -> None:
    """Raise `Refused` where this minute has seen too many failures."""
    minute = _minute()
    limits = _limits(client_id, address)
    counts = dict(
        Attempt.objects.filter(key__in=limits, minute=minute).values_list("key", "failures").order_by()
    )
    if any(counts.get(key, 0) >= limit for key, limit in limits.items()):
        raise Refused(Reason.THROTTLED, retry_after=60 - int(time.time()) % 60)


def count_failure(client_id: str, address: str | None) -> None:
    """Count one failure under both keys."""
    minute = _minute()
    keys = list(_limits(client_id, address))
    Attempt.objects.bulk_create([Attempt(key=key, minute=minute) for key in keys], ignore_conflicts=True)
    Attempt.objects.filter(key__in=keys).update(
        failures=Case(When(minute=minute, then=F("failures") + 1), default=Value(1)), minute=minute
    )


def prune() -> int:
    """Remove the counts of minutes gone by."""
    return Attempt.objects.filter(minute__lt=_minute() - 1).delete()[0]


def _minute() -> int:
    return int(time.time()) // 60


def _limits(client_id: str, address: str | None) -> dict[str, int]:
    where = address or ""
    return {
        _key(f"name {where} {client_id.casefold()}"): FAILURES_PER_NAME,
        _key(f"address {where}"): FAILURES_PER_ADDRESS,
    }


def _key(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

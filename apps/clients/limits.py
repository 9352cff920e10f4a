"""How many orders a client may create in a minute: in any stretch of a minute, over any number of processes.

One row for each client says how many orders each of the past seconds took. It is locked while an order is taken, so
that the limit holds in a race. Whole seconds keep the row small whatever the limit, and the window is a second short of
the minute: a client that spaces 30 orders to the letter is not refused because the network was late with the first.
"""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from apps.clients.models import OrderLimit

WINDOW = 59
Taken = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of a client's minute. `retry_after` is 0 unless nothing was left to take."""

    limit: int
    remaining: int
    full_in: int
    retry_after: int = 0


@transaction.atomic
def take(client_id: UUID, per_minute: int) -> Allowance:
    """Take one order out of the client's minute, if there is one left."""
    row = _held(client_id)
    # Read once the row is held: whoever waited for it comes later than whoever had it.
    now = time.time()
    taken = _recent(row.taken, now)
    if sum(taken.values()) >= per_minute:
        wait = _until_one_is_free(taken, per_minute, now)
        return Allowance(per_minute, 0, max(wait, _full_in(taken, now)), retry_after=wait)
    second = str(int(now))
    row.taken = taken | {second: taken.get(second, 0) + 1}
    row.save(update_fields=["taken"])
    return look(row.taken, per_minute)


def look(taken: Taken, per_minute: int) -> Allowance:
    """What is left of a minute after what was taken."""
    now = time.time()
    recent = _recent(taken, now)
    return Allowance(per_minute, max(0, per_minute - sum(recent.values())), _full_in(recent, now))


def _held(client_id: UUID) -> OrderLimit:
    rows = OrderLimit.objects.select_for_update(of=("self",)).filter(client_id=client_id)
    if (row := rows.first()) is not None:
        return row
    OrderLimit.objects.bulk_create([OrderLimit(client_id=client_id)], ignore_conflicts=True)
    return rows.get()


def _recent(taken: Taken, now: float) -> dict[str, int]:
    return {second: count for second, count in taken.items() if int(second) > now - WINDOW}


def _until_one_is_free(taken: Taken, per_minute: int, now: float) -> int:
    too_many = sum(taken.values()) - per_minute + 1
    for second in sorted(taken, key=int):
        too_many -= taken[second]
        if too_many <= 0:
            return _seconds_until(int(second) + WINDOW, now)
    return WINDOW


def _full_in(taken: Taken, now: float) -> int:
    return _seconds_until(max(map(int, taken)) + WINDOW, now) if taken else 0


def _seconds_until(moment: int, now: float) -> int:
    return max(1, math.ceil(moment - now))

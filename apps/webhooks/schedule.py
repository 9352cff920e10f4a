"""When a delivery is tried again: pure arithmetic."""

import random
from datetime import timedelta

# design §7: the first attempt at once, then after these gaps.
GAPS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
ATTEMPTS = len(GAPS) + 1
JITTER = 0.1
LONGEST_WAIT = timedelta(hours=24)


def gap_after(failures: int, retry_after: timedelta | None = None) -> timedelta | None:
    """The time to wait after this many failures in a row (from 1); None when that was the last attempt.

    A receiver's `Retry-After` can lengthen the gap, up to a day, and never shortens it.
    """
    if failures >= ATTEMPTS:
        return None
    gap = GAPS[failures - 1] * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311  # jitter needs no secrecy
    return max(gap, min(retry_after, LONGEST_WAIT)) if retry_after else gap

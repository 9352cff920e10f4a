"""What the worker does for the ledger."""

from apps.usage.counters import roll_up

ROLL_UP_SECONDS = 60


def roll_up_counters() -> None:
    """Bring the counters up to date; about once a minute, by any number of workers."""
    roll_up()

"""What the worker does for the ledger."""

from apps.usage import partitions
from apps.usage.counters import roll_up, sum_days

ROLL_UP_SECONDS = 60
DAYS_SECONDS = 600
PARTITIONS_SECONDS = 6 * 60 * 60


def roll_up_counters() -> None:
    """Bring the counters up to date; about once a minute, by any number of workers."""
    roll_up()


def sum_up_days() -> None:
    """Add up the days that are over, which pages read instead of their counters; every ten minutes."""
    sum_days()


def keep_partitions() -> None:
    """Make the coming weeks' partitions of the ledger; a few times a day."""
    partitions.keep()

"""What the worker does for the ledger."""

from apps.usage import partitions
from apps.usage.counters import roll_up

ROLL_UP_SECONDS = 60
PARTITIONS_SECONDS = 6 * 60 * 60


def roll_up_counters() -> None:
    """Bring the counters up to date; about once a minute, by any number of workers."""
    roll_up()


def keep_partitions() -> None:
    """Make the coming weeks' partitions of the ledger; a few times a day."""
    partitions.keep()

"""manage.py rebuild_counters: the counters anew from the calls."""

from typing import Any

from apps.core.commands import GatepassCommand
from apps.usage.counters import rebuild, sum_days


class Command(GatepassCommand):
    """Recomputes every counter; what retention has removed from the ledger stays counted."""

    help = "Recompute every counter from the calls that are kept. Pages stay exact while it runs."
    answers = True

    def handle(self, *args: Any, **options: Any) -> None:
        """Rebuild."""
        with self.progress(None, "Counting calls"):
            counters = rebuild()
        with self.progress(None, "Adding up days"):
            sum_days()
        self.answer({"counters": counters}, f"{counters:,} counters.")

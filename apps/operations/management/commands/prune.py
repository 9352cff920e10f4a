"""`manage.py prune`: remove what is past its time, as the worker does by itself; for an installation that uses cron."""

from typing import Any

from apps.core.commands import GatepassCommand
from apps.operations.jobs import PRUNING


class Command(GatepassCommand):
    """Run every job that removes something, once."""

    help = "Remove calls, webhook events, tokens, channels and sessions that are past their time, as the worker does."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the jobs one after the other."""
        with self.progress(len(PRUNING), "Removing") as advance:
            for job in PRUNING:
                job.run()
                advance()

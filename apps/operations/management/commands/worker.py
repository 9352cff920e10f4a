"""`manage.py worker`: send webhooks and run the periodic jobs."""

import signal
from types import FrameType
from typing import Any

from django.core.management.base import CommandParser

from apps.core.commands import GatepassCommand
from apps.operations.jobs import JOBS
from apps.operations.worker import Worker


class Command(GatepassCommand):
    """Run one worker; SIGTERM or Ctrl-C ends it once nothing is half done."""

    help = "Send webhooks and run the periodic jobs until SIGTERM or Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the options of the command."""
        parser.add_argument("--once", action="store_true", help="Do what is due now and end.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the worker."""
        worker = Worker(JOBS)
        if options["once"]:
            worker.run_once()
            return

        def stop(signum: int, frame: FrameType | None) -> None:
            worker.stop()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        self.stdout.write("Worker started.")
        worker.run()
        self.stdout.write("Worker stopped.")

"""The worker: sends webhooks in one thread and runs the periodic jobs in another.

Any number of workers may run, on any machine: a job claims what it works on in the database and may run twice.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.db import OperationalError, close_old_connections

from apps.webhooks.sender import Sender

logger = logging.getLogger(__name__)

POLL_SECONDS = 1.0
RECOVERY_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Job:
    """Periodic work: `run` is called `every` so many seconds by each worker."""

    name: str
    every: float
    run: Callable[[], object]


class Worker:
    """Runs until `stop()`; then lets deliveries in flight and the current job end."""

    def __init__(self, jobs: tuple[Job, ...]) -> None:
        self._jobs = jobs
        self._stop = threading.Event()

    def stop(self) -> None:
        """Ask the worker to end; `run()` returns once nothing is half done."""
        self._stop.set()

    def run(self) -> None:
        """Work until `stop()` is called."""
        sender = threading.Thread(target=self._keep_going, args=(self._send,), name="sender")
        sender.start()
        self._keep_going(self._run_jobs)
        sender.join()

    def run_once(self) -> None:
        """Run every job and send everything that is due, once; for tests and for cron."""
        for job in self._jobs:
            job.run()
        sender = Sender()
        try:
            while sender.step() or sender.is_busy:
                continue
        finally:
            sender.close()

    def _send(self) -> None:
        Sender().run(self._stop)

    def _run_jobs(self) -> None:
        due = dict.fromkeys(self._jobs, 0.0)
        while not self._stop.is_set():
            for job in self._jobs:
                if not self._stop.is_set() and time.monotonic() >= due[job]:
                    # Set before it runs: a job that fails waits its turn and holds up none of the others.
                    due[job] = time.monotonic() + job.every
                    self._attempt(job)
            self._stop.wait(POLL_SECONDS)

    def _attempt(self, job: Job) -> None:
        try:
            job.run()
        except Exception:
            logger.exception("The job %s failed and runs again in %.0f s.", job.name, job.every)
            close_old_connections()

    def _keep_going(self, work: Callable[[], None]) -> None:
        """Start `work` again after a failure, so that a database that was away needs nobody to restart the worker."""
        while not self._stop.is_set():
            try:
                work()
            except OperationalError as error:
                logger.warning("The database does not answer (%s); trying again.", error)
            except Exception:
                logger.exception("Sending failed; the worker goes on.")
            if not self._stop.is_set():
                close_old_connections()
                self._stop.wait(RECOVERY_SECONDS)

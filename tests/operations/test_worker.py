"""The worker: runs what is due once, goes on after a failure, ends in order on SIGTERM."""

import os
import signal
import subprocess
import sys
import threading
import time
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError

from apps.operations import worker as module
from apps.operations.jobs import JOBS
from apps.operations.worker import Job, Worker
from tests.operations.test_serve import ROOT, settings_of

pytestmark = pytest.mark.django_db(transaction=True)


def test_every_job_has_a_name_of_its_own_and_runs_on_an_empty_database() -> None:
    names = [job.name for job in JOBS]
    assert len(set(names)) == len(names)
    assert len({job.run for job in JOBS}) == len(JOBS)
    assert all(job.every > 0 for job in JOBS)
    Worker(JOBS).run_once()
    Worker(JOBS).run_once()


def test_once_runs_each_job_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []
    jobs = (Job("first", 60, lambda: ran.append("first")), Job("second", 60, lambda: ran.append("second")))
    monkeypatch.setattr("apps.operations.management.commands.worker.JOBS", jobs)
    call_command("worker", "--once")
    assert ran == ["first", "second"]


@pytest.mark.parametrize("failure", [OperationalError("database is locked"), ValueError("a fault of ours")])
def test_a_job_that_fails_does_not_end_the_worker(
    failure: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "RECOVERY_SECONDS", 0.01)
    monkeypatch.setattr(module, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(Worker, "_send", lambda self: self._stop.wait(10))
    runs: list[int] = []

    def fail() -> None:
        runs.append(1)
        if len(runs) >= 3:
            running.stop()
        raise failure

    running = Worker((Job("fails", 0.0, fail),))
    thread = threading.Thread(target=running.run)
    thread.start()
    thread.join(20)
    assert not thread.is_alive() and len(runs) == 3
    assert str(failure) in caplog.text or "the worker goes on" in caplog.text


def test_a_worker_ends_in_order_when_it_is_asked_to(tmp_path: Any) -> None:
    given = settings_of(0, DATABASE_URL=f"sqlite:///{tmp_path / 'worker.sqlite3'}")
    environment = {**os.environ, **given, "PYTHONUNBUFFERED": "1"}
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, env=environment, check=True, timeout=120
    )
    process = subprocess.Popen(
        [sys.executable, "manage.py", "worker"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "Worker started."
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        assert "Worker stopped." in process.stdout.read()

"""Promise 18: server and worker processes are killed with -9 under load, and no answered call is lost.

Each answer names its request id, so that the ledger is held against the very calls that were answered.
"""

import http.client
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from django.conf import settings

from apps.clients import services
from apps.clients.services import ClientInput
from apps.usage import counters
from apps.usage.models import Call
from benchmarks.server import HOST
from tests.figures import figure
from tests.processes import database_url
from tests.promises.callers import ACTOR
from tests.promises.conftest import Office
from tests.promises.web import Web

pytestmark = pytest.mark.slow
ROUNDS = figure(50, 2)
CALLERS = 4


@contextmanager
def running(*arguments: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A program of the project with production's settings, in a process group of its own that is killed with it."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.promises.production",
        "DATABASE_URL": database_url(),
        "ALLOWED_HOSTS": HOST,
        "PYTHONWARNINGS": "ignore",
    }
    with subprocess.Popen(
        [sys.executable, *arguments],
        env=environment,
        cwd=settings.BASE_DIR,
        process_group=0,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


@contextmanager
def server(port: int) -> Iterator["subprocess.Popen[bytes]"]:
    """Two web processes; given once they answer."""
    options = ["--interface", "wsgi", "--no-ws", "--host", HOST, "--port", str(port), "--workers", "2"]
    with running("-m", "granian", *options, "--blocking-threads", "4", "config.wsgi:application") as process:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with suppress(OSError), Web(port) as web:
                if web.get("/healthz").status == 200:
                    break
            time.sleep(0.05)
        yield process


def children(process: "subprocess.Popen[bytes]") -> list[int]:
    """The processes that a process has started."""
    found = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return [int(pid) for pid in found]


class Load:
    """Callers that call until they are told to stop, and note which calls were answered and how many were not."""

    def __init__(self, port: int, path: str, token: str) -> None:
        self.answered: list[str] = []
        self.unanswered = 0
        self._ask = (port, path, {"Authorization": f"Bearer {token}", "Accept-Version": "1"})
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._call) for _ in range(CALLERS)]
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _call(self) -> None:
        port, path, headers = self._ask
        web = http.client.HTTPConnection(HOST, port, timeout=20)
        while not self._stop.is_set():
            try:
                web.request("GET", path, headers=headers)
                answer = web.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException):
                self.unanswered += 1
                web.close()
                time.sleep(0.01)
            else:
                # A 503 says that nothing was done and nothing counted.
                if answer.status != 503:
                    self.answered.append(answer.headers["X-Request-Id"])
        web.close()


def kill_something(
    dice: random.Random, web: "subprocess.Popen[bytes]", worker: "subprocess.Popen[bytes]"
) -> None:
    """Kill one of the web processes, the worker, or everything, with the signal that nobody can catch."""
    victims = dice.choice([children(web)[-1:], [worker.pid], [web.pid, *children(web)]])
    for pid in victims:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def free_port() -> int:
    import socket  # noqa: PLC0415

    with socket.socket() as probe:
        probe.bind((HOST, 0))
        number: int = probe.getsockname()[1]
        return number


def test_no_answered_call_is_lost_when_processes_are_killed(office: Office) -> None:
    values = ClientInput(name="Erp", roles=["WMS_CREATE_JOBS"], all_customers=True, all_warehouses=True)
    client = services.create_client(tenant=office.tenant, actor=ACTOR, values=values)
    services.generate_credentials(client=client, actor=ACTOR)
    bearer = services.create_bearer(
        tenant=office.tenant, actor=ACTOR, name="Robot", roles=["ORDER_API_ACCESS"]
    )
    dice, path = random.Random(18), f"/tenants/{office.tenant.pk}/customers"
    answered: list[str] = []
    unanswered = 0
    for _ in range(ROUNDS):
        port = free_port()
        with server(port) as web, running("manage.py", "worker") as worker:
            load = Load(port, path, bearer.bearer_token)
            for _ in range(2):
                time.sleep(dice.uniform(0.1, 0.6))
                kill_something(dice, web, worker)
            os.killpg(web.pid, signal.SIGKILL)
            time.sleep(0.05)
            load.end()
        answered += load.answered
        unanswered += load.unanswered
    ledger = set(Call.objects.values_list("request_id", flat=True))
    print(f"{len(answered):,} calls answered, {unanswered:,} not, {len(ledger):,} in the ledger.")  # noqa: T201
    assert len(answered) > ROUNDS
    assert set(answered) - ledger == set(), "an answered call is lost"
    assert len(set(answered)) == len(answered)
    assert Call.objects.count() - len(answered) <= CALLERS * 3 * ROUNDS, "more than what was in flight"
    counters.rebuild()
    assert Call.objects.count() == len(ledger)

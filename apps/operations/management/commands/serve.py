"""`manage.py serve`: what `make run` starts on a machine of one's own; production runs the parts apart."""

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connections

from apps.accounts.models import User
from apps.core.commands import GatepassCommand
from apps.operations.demo import data
from apps.tenants.models import Tenant

HOST = "127.0.0.1"
POLL_SECONDS = 0.1
STOP_SECONDS = 10
# Each thread keeps a database connection; granian's own default is 512 threads.
THREADS = 4
# A process that ends by itself this soon has a reason that a second start would not take away.
STARTING_SECONDS = 5
HEADERS_MS = "10000"


class Command(GatepassCommand):
    """Migrate, load the demo data once, then keep the web server and the worker running."""

    help = "Migrate, load demo data once, run the web server and the worker together until Ctrl-C."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Run both processes; a signal is an orderly end, a process that can't be kept running a failure."""
        refuse_taken_port(settings.PORT)
        self.prepare()
        stopping = threading.Event()

        def stop(signum: int, frame: FrameType | None) -> None:
            stopping.set()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        os.environ["PYTHONUNBUFFERED"] = "1"  # what they print shows at once, in a file too
        parts = [Part("web server", web_command(settings.PORT)), Part("worker", [sys.argv[0], "worker"])]
        try:
            self.watch(parts, stopping)
        finally:
            end([part.process for part in parts])

    def prepare(self) -> None:
        """Bring the database up to date; demo data go into an empty one only, so a second start keeps all."""
        call_command("migrate", verbosity=0, interactive=False)
        if settings.DEBUG and not Tenant.objects.exists():
            call_command("demo", stdout=self.stdout)
        self.logins = [
            email for email in demo_logins() if settings.DEBUG and User.objects.filter(email=email).exists()
        ]
        connections.close_all()

    def watch(self, parts: list["Part"], stopping: threading.Event) -> None:
        """Wait for a signal, start again what ends, and say when the first request would be answered."""
        announced = False
        while not stopping.wait(POLL_SECONDS):
            for part in parts:
                if part.process.poll() is not None:
                    self.start_again(part)
            if not announced and answers(settings.PORT):
                announced = True
                self.announce()

    def start_again(self, part: "Part") -> None:
        """Start a process anew that was killed or had worked; one that gave up at its start would do so again."""
        status = part.process.returncode
        if status >= 0 and part.age < STARTING_SECONDS:
            raise CommandError(f"The {part.name} ended with status {status}.", returncode=1)
        self.stderr.write(f"The {part.name} ended with status {status}; starting it again.")
        self.stderr.flush()
        # What it had started would keep the port, or its claims.
        end([part.process])
        part.start()

    def announce(self) -> None:
        """Print the addresses and the demo logins."""
        lines = [
            "",
            f"  Portal   {settings.BASE_URL}/",
            f"  API      {settings.BASE_URL}/api/openapi.json",
            f"  Admin    {settings.BASE_URL}/admin/",
        ]
        if self.logins:
            lines += [
                "",
                f"  Sign in with the password {data.PASSWORD} as",
                *(f"    {email}" for email in self.logins),
            ]
        self.stdout.write("\n".join([*lines, "", "  Ctrl-C stops the web server and the worker.", ""]))
        self.stdout.flush()


def demo_logins() -> list[str]:
    """The addresses of the demo's people, members first."""
    members = [person.email for organisation in data.ORGANISATIONS for person in organisation.people]
    return [*members, data.STAFF[0]]


def refuse_taken_port(port: int) -> None:
    """End with one line instead of a half started pair of processes."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise CommandError(f"Port {port} is in use: stop what listens there or set PORT.") from None


class Part:
    """One of the processes, which may be started again."""

    def __init__(self, name: str, arguments: list[str]) -> None:
        self.name = name
        self.arguments = arguments
        self.start()

    def start(self) -> None:
        """Start it, for the first time or again."""
        self.process = start(self.arguments)
        self.started = time.monotonic()

    @property
    def age(self) -> float:
        """The seconds since it was started."""
        return time.monotonic() - self.started


def web_command(port: int) -> list[str]:
    """How granian is started. Its access log stays off: paths and queries can hold what nobody may read in a log."""
    command = ["-m", "granian", "--interface", "wsgi", "--no-ws", "--host", HOST, "--port", str(port)]
    command += ["--workers", os.environ.get("WEB_CONCURRENCY") or "1", "--blocking-threads", str(THREADS)]
    # Without it granian ends as a whole when one of its processes is killed.
    command += ["--respawn-failed-workers", "--http1-header-read-timeout", HEADERS_MS]
    command += ["--workers-kill-timeout", "5", "--no-access-log", "--log-level", "warning"]
    return [*command, "config.wsgi:application"]


def start(arguments: list[str]) -> subprocess.Popen[bytes]:
    """Start Python in a process group of its own, so that whatever it starts can be ended with it.

    Where Linux' setpriv is installed, the process also ends when this one is killed without a chance to end it.
    """
    setpriv = shutil.which("setpriv")
    prefix = [setpriv, "--pdeathsig", "TERM", "--"] if setpriv else []
    return subprocess.Popen([*prefix, sys.executable, *arguments], process_group=0)


def answers(port: int) -> bool:
    """Whether the web server answers a request yet."""
    web = http.client.HTTPConnection(HOST, port, timeout=1)
    try:
        web.request("GET", "/healthz")
        web.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        web.close()
    return True


def end(processes: list[subprocess.Popen[bytes]]) -> None:
    """Ask all of them to end, and make those end that don't, with what they started."""
    for process in processes:
        process.terminate()  # nothing happens to one that has ended already
    deadline = time.monotonic() + STOP_SECONDS
    for process in processes:
        with suppress(subprocess.TimeoutExpired):
            process.wait(max(0.1, deadline - time.monotonic()))
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

"""A production-like web server for the length of a measurement."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

HOST = "127.0.0.1"
WORKERS = 2
THREADS = 4
# A machine that does much else takes its time to load four processes.
START_SECONDS = 120
STOP_SECONDS = 20


@contextmanager
def serving(
    application: str, environment: dict[str, str], workers: int = WORKERS, python: str = sys.executable
) -> Iterator[int]:
    """Serve a WSGI application with processes of granian on one free port, and give the port once it answers."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    command = [
        python,
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--no-ws",
        "--host",
        HOST,
        "--port",
        str(port),
    ]
    command += [
        "--workers",
        str(workers),
        "--blocking-threads",
        str(THREADS),
        "--workers-kill-timeout",
        "5",
        "--log-level",
        "warning",
        application,
    ]
    with subprocess.Popen(command, env={**os.environ, **environment}, process_group=0) as process:
        try:
            wait_for(port, process)
            yield port
        finally:
            end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """Ask the server to end, and make it end with its workers if one of them does not."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Return when every worker has had the time to load, which the first answer does not say."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        web = http.client.HTTPConnection(HOST, port, timeout=5)
        try:
            web.request("GET", "/healthz")
            web.getresponse().read()
        except OSError:
            time.sleep(0.1)
        else:
            time.sleep(1)
            return
        finally:
            web.close()
    raise SystemExit("The server did not start.")

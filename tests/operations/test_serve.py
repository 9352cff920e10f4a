"""`make run`: the web server and the worker start together, come back when killed, and end together."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 30


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def settings_of(port, **more):
    """Production's settings with the keys of the tests."""
    ours = {"DJANGO_SETTINGS_MODULE": "config.settings", "ALLOWED_HOSTS": "127.0.0.1", "PORT": str(port)}
    return {**os.environ, **ours, **more}


@pytest.fixture
def serve(tmp_path_factory, port):
    """Start `manage.py serve` on a database of its own, wait until both run, end it whatever happens."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", "serve"],
        cwd=ROOT,
        env=settings_of(port, DATABASE_URL=f"sqlite:///{tmp_path_factory.getbasetemp() / 'served.sqlite3'}"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with process:
        awaited = {"Ctrl-C", "Worker started."}
        for line in process.stdout:
            awaited -= {text for text in awaited if text in line}
            if not awaited:
                break
        yield process
        process.terminate()


def ask(port):
    web = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        web.request("GET", "/healthz")
        return web.getresponse().status
    finally:
        web.close()


def children(process):
    listing = subprocess.run(
        ["ps", "-o", "pid=,args=", "--ppid", str(process.pid)], capture_output=True, text=True, check=True
    )
    rows = [line.split(maxsplit=1) for line in listing.stdout.splitlines()]
    return {"web" if "granian" in arguments else "worker": int(pid) for pid, arguments in rows}


def has_ended(port):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            ask(port)
        except OSError:
            return True
        time.sleep(0.1)
    return False


@pytest.mark.slow
def test_a_second_start_is_refused_and_a_signal_ends_both_in_order(serve, port):
    assert ask(port) == 200
    assert children(serve).keys() == {"web", "worker"}

    second = subprocess.run(
        serve.args, cwd=ROOT, env=settings_of(port), capture_output=True, text=True, check=False
    )
    assert second.returncode == 1
    assert second.stderr == f"CommandError: Port {port} is in use: stop what listens there or set PORT.\n"
    assert ask(port) == 200

    serve.terminate()
    rest = serve.stdout.read()
    assert serve.wait(PATIENCE) == 0
    assert "Worker stopped." in rest
    assert has_ended(port)


def answers_again(port):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            return ask(port) == 200
        except OSError:
            time.sleep(0.1)
    return False


def lines_until(process, text):
    return next(line for line in process.stdout if text in line)


@pytest.mark.slow
def test_whatever_is_killed_comes_back(serve, port):
    web, worker = (children(serve)[name] for name in ("web", "worker"))
    (inner,) = subprocess.run(
        ["pgrep", "-P", str(web)], check=True, capture_output=True, text=True
    ).stdout.split()
    os.kill(int(inner), signal.SIGKILL)
    assert answers_again(port)
    assert children(serve) == {"web": web, "worker": worker}

    os.kill(web, signal.SIGKILL)
    assert lines_until(serve, "The web server ended with status -9; starting it again.")
    assert answers_again(port)
    os.kill(worker, signal.SIGKILL)
    assert lines_until(serve, "The worker ended with status -9; starting it again.")
    assert lines_until(serve, "Worker started.")
    assert ask(port) == 200
    assert children(serve).keys() == {"web", "worker"}


@pytest.mark.slow
def test_what_can_not_start_ends_both_with_a_failure(tmp_path_factory, port):
    database = f"sqlite:///{tmp_path_factory.getbasetemp() / 'served.sqlite3'}"
    served = subprocess.run(
        [sys.executable, "manage.py", "serve"],
        cwd=ROOT,
        env=settings_of(port, DATABASE_URL=database, WEB_CONCURRENCY="none"),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert served.returncode == 1
    assert "CommandError: The web server ended with status 2." in served.stderr
    assert has_ended(port)

"""`make bench`: a whole metered Partner API call beside a view that does nothing, as ratios of one run."""

import argparse
import base64
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.load import Headers, Result, drive
from benchmarks.server import HOST, serving

ROOT = Path(__file__).resolve().parent.parent
KEYS = {
    "SECRET_KEY": "benchmarks-only-0123456789-abcdefghijklmnopqrstuvwxyz",
    "SEALING_KEYS": "bench:YmVuY2htYXJrcy1zZWFsaW5nLWtleS0zMi1ieXRlcyE=",
    "ALLOWED_HOSTS": HOST,
    "DEBUG": "0",
    "PYTHONWARNINGS": "ignore",  # nobody collected static files, and nobody asks for one
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5, help="length of a round (5)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each; the median counts (3)")
    parser.add_argument("--connections", type=int, default=16, help="connections kept busy (16)")
    parser.add_argument("--clients", type=int, default=50, help="API clients that take turns (50)")
    options = parser.parse_args()
    print("| database | what | requests/s | p50 ms | p99 ms | of bare | sent | counted |")
    print("|---|---|--:|--:|--:|--:|--:|--:|")
    for name, database in databases():
        with database as url:
            compare(name, {**KEYS, "DATABASE_URL": url}, options)


def compare(name: str, environment: dict[str, str], options: argparse.Namespace) -> None:
    """Measure both in turns, so that what else the machine does falls on both, and check that each call was counted."""
    facts = json.loads(prepare(environment, "fill", str(options.clients)))
    rounds: dict[str, list[Result]] = {"bare": [], "ours": []}
    with (
        serving("benchmarks.bare:application", {}) as bare,
        serving("config.wsgi:application", environment) as ours,
    ):
        tokens = [bearer(ours, caller) for caller in facts["callers"]]
        before = int(prepare(environment, "count"))
        load = {"connections": options.connections, "seconds": options.seconds}
        for _ in range(options.rounds):
            rounds["bare"].append(drive(bare, "/", [{}], **load))
            rounds["ours"].append(drive(ours, facts["path"], tokens, **load))
    counted = int(prepare(environment, "count")) - before
    floor = statistics.median(result.per_second for result in rounds["bare"])
    report(name, "a view that does nothing", rounds["bare"], floor, "")
    report(name, "authenticated, scoped, metered GET", rounds["ours"], floor, f"{counted:,}")
    reconcile(rounds["ours"], counted, options)


def report(name: str, what: str, results: list[Result], floor: float, counted: str) -> None:
    """Print one line of the table: medians of the rounds."""
    speed, p50, p99 = (
        statistics.median(getattr(result, field) for result in results)
        for field in ("per_second", "p50_ms", "p99_ms")
    )
    sent = sum(result.requests for result in results)
    print(
        f"| {name} | {what} | {speed:,.0f} | {p50:.1f} | {p99:.1f} | {speed / floor:.2f} | {sent:,} | {counted} |"
    )


def reconcile(results: list[Result], counted: int, options: argparse.Namespace) -> None:
    """Every answered call is in the ledger; beyond those only what was in flight when a round ended may be."""
    sent, failed = (sum(getattr(result, field) for result in results) for field in ("requests", "failed"))
    if failed:
        raise SystemExit(f"{failed} of {sent} requests failed: the figures mean nothing.")
    if not sent <= counted <= sent + options.connections * options.rounds:
        raise SystemExit(f"{sent} calls were answered and {counted} are in the ledger.")


def bearer(port: int, caller: dict[str, Any]) -> Headers:
    """Take an access token, as a client does."""
    basic = base64.b64encode(f"{caller['client_id']}:{caller['client_secret']}".encode()).decode()
    headers = {"Authorization": f"Basic {basic}", "Content-Type": "application/x-www-form-urlencoded"}
    web = http.client.HTTPConnection(HOST, port, timeout=30)
    web.request("POST", "/uaa/oauth/token", "grant_type=client_credentials", headers)
    token = json.loads(web.getresponse().read())["access_token"]
    web.close()
    return {"Authorization": f"Bearer {token}", "Accept-Version": "1"}


def prepare(environment: dict[str, str], *arguments: str) -> str:
    """Run prepare.py on the database that is measured."""
    command = [sys.executable, "-m", "benchmarks.prepare", *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout


def databases() -> Iterator[tuple[str, Any]]:
    """SQLite, and PostgreSQL where a server on this machine lets us in."""
    yield "SQLite", sqlite()
    for user in ("postgres", "root"):
        if psql(user, "SELECT 1"):
            yield "PostgreSQL", postgres(user)
            return
    print("No PostgreSQL answers on 127.0.0.1:5432, so only SQLite was measured.", file=sys.stderr)


@contextmanager
def sqlite() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as directory:
        yield f"sqlite:///{directory}/bench.sqlite3"


@contextmanager
def postgres(user: str) -> Iterator[str]:
    name = f"gatepass_bench_{os.getpid()}"
    psql(user, f"CREATE DATABASE {name}")
    try:
        yield f"postgres://{user}@127.0.0.1:5432/{name}"
    finally:
        psql(user, f"DROP DATABASE {name} WITH (FORCE)")


def psql(user: str, statement: str) -> bool:
    """Run one statement outside a transaction; whether it worked."""
    try:
        with psycopg.connect(
            host="127.0.0.1", user=user, dbname="postgres", connect_timeout=3, autocommit=True
        ) as server:
            server.execute(statement)
    except psycopg.OperationalError:
        return False
    return True


if __name__ == "__main__":
    main()

"""`python -m benchmarks.ledger`: ten million calls counted, reported and closed, beside plain SQL and DuckDB."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.run import KEYS, PEERS, ROOT, databases

GOALS = (
    # What is asked of whom, beside what of whom, and how many times as long it may take.
    ("rebuild_counters", "INSERT ... SELECT ... GROUP BY", 1.5),
    ("the week's page", "DuckDB: the week", 0.0),
    ("the week's figures", "DuckDB: the week", 0.0),
    ("the week's figures", "the week from the calls themselves", 0.0),
    ("rebuild_counters", "DuckDB: all counters", 0.0),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=10_000_000, help="calls of one tenant (10,000,000)")
    parser.add_argument("--clients", type=int, default=20, help="its API clients (20)")
    parser.add_argument("--tenants", type=int, default=1_000, help="tenants whose week is closed (1,000)")
    parser.add_argument(
        "--rounds", type=int, default=3, help="rounds of what takes long; others ten times as many (3)"
    )
    parser.add_argument("--only", choices=("SQLite", "PostgreSQL"), help="one of the databases")
    parser.add_argument(
        "--keep", metavar="URL", default="", help="use this database, filled if it is empty, and keep it"
    )
    options = parser.parse_args()
    for name, database in kept(options.keep) if options.keep else databases():
        if options.only in (None, name):
            with database as url:
                compare(
                    name, {**os.environ, **KEYS, "ALLOWED_HOSTS": "testserver", "DATABASE_URL": url}, options
                )


def kept(url: str) -> Iterator[tuple[str, Any]]:
    """A database that is there and stays."""

    @contextmanager
    def as_it_is() -> Iterator[str]:
        yield url

    yield ("SQLite" if url.startswith("sqlite") else "PostgreSQL"), as_it_is()


def compare(name: str, environment: dict[str, str], options: argparse.Namespace) -> None:
    """Fill, measure in turns, and print; everything in milliseconds, the least and the median of the rounds."""
    found: dict[str, list[float]] = {}
    found |= part(environment, "fill", options.calls, options.clients)
    found |= part(environment, "rebuild", options.rounds)
    with tempfile.TemporaryDirectory() as directory:
        if PEERS.exists():
            part(environment, "export", f"{directory}/calls.csv")
            found |= duckdb(f"{directory}/calls.csv", options.rounds)
        found |= part(environment, "week", options.rounds * 10)
    # Made now, so that what is measured before is one tenant's.
    part(environment, "tenants", options.tenants)
    found |= part(environment, "close")
    report(name, found)


def part(environment: dict[str, str], *arguments: object) -> dict[str, list[float]]:
    """Run a part on the database that is measured; what it found, in milliseconds."""
    return _run([sys.executable, "-m", "benchmarks.ledger_parts", *map(str, arguments)], environment)


def duckdb(calls: str, rounds: int) -> dict[str, list[float]]:
    """The same questions to DuckDB, over the same calls in Parquet."""
    return _run([str(PEERS), "-m", "benchmarks.peers.duckdb_ledger", calls, str(rounds)], dict(os.environ))


def _run(command: list[str], environment: dict[str, str]) -> dict[str, list[float]]:
    print(" ".join(command[2:]), file=sys.stderr, flush=True)
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    answer: dict[str, list[float]] = json.loads(done.stdout)
    return answer


def report(name: str, found: dict[str, list[float]]) -> None:
    """Print the figures, and the ratios."""
    least = {what: min(times) for what, times in found.items()}
    print(f"\n| {name} | ms, least | median | rounds |\n|---|--:|--:|--:|")
    for what, times in found.items():
        middle = sorted(times)[len(times) // 2]
        print(f"| {what} | {least[what]:,.1f} | {middle:,.1f} | {len(times)} |")
    print(f"\n| {name} | beside | times as long | goal |\n|---|---|--:|--:|")
    for ours, theirs, goal in GOALS:
        if ours in least and theirs in least:
            print(f"| {ours} | {theirs} | {least[ours] / least[theirs]:.2f} | {goal or ''} |")


if __name__ == "__main__":
    main()

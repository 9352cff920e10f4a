"""`python -m benchmarks.search`: how long the API's searches take among a million orders on PostgreSQL."""

import argparse
import os
import subprocess
import sys
from contextlib import nullcontext

from benchmarks.run import KEYS, ROOT, postgres, psql


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--orders", type=int, default=1_000_000, help="orders, spread over a year (1,000,000)"
    )
    parser.add_argument("--rounds", type=int, default=20, help="how often each search is asked (20)")
    parser.add_argument("--explain", action="store_true", help="print the plans instead of the figures")
    parser.add_argument(
        "--keep", metavar="URL", default="", help="use this database, filled only if it is empty, and keep it"
    )
    options = parser.parse_args()
    user = next((name for name in ("postgres", "root") if psql(name, "SELECT 1")), "")
    if not (user or options.keep):
        raise SystemExit("No PostgreSQL answers on 127.0.0.1:5432.")
    with nullcontext(options.keep) if options.keep else postgres(user) as url:
        environment = {**os.environ, **KEYS, "ALLOWED_HOSTS": "testserver", "DATABASE_URL": url}
        # As a web process asks (docs/decisions/0024).
        environment["PGOPTIONS"] = "-c max_parallel_workers_per_gather=0"
        part(environment, "fill", str(options.orders))
        if options.explain:
            part(environment, "explain")
            return
        print("| search | rows | ms, whole call | least | of it in the database | least |", flush=True)
        print("|---|--:|--:|--:|--:|--:|", flush=True)
        part(environment, "measure", str(options.rounds))


def part(environment: dict[str, str], *arguments: str) -> None:
    """Run a part on the database that is measured."""
    command = [sys.executable, "-m", "benchmarks.search_parts", *arguments]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)


if __name__ == "__main__":
    main()

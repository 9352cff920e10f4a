"""`python -m benchmarks.client_list`: how long the list of API clients, its filters and its form take among many."""

import argparse
import os
import subprocess
import sys

from benchmarks.run import KEYS, ROOT, databases


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--clients", type=int, nargs="+", default=[5_000, 100_000], help="API clients (5000 100000)"
    )
    parser.add_argument("--customers", type=int, default=5_000, help="customers, for the form too (5,000)")
    parser.add_argument("--rounds", type=int, default=20, help="how often each page is opened (20)")
    options = parser.parse_args()
    for name, database in databases():
        with database as url:
            environment = {**os.environ, **KEYS, "ALLOWED_HOSTS": "testserver", "DATABASE_URL": url}
            for number in options.clients:
                part(environment, "fill", str(number), str(options.customers))
                print(f"\n| {name}, {number:,} API clients | ms | CPU ms | in the database, ms | queries |")
                print("|---|--:|--:|--:|--:|", flush=True)
                part(environment, "measure", str(options.rounds))


def part(environment: dict[str, str], *arguments: str) -> None:
    """Run a part on the database that is measured."""
    command = [sys.executable, "-m", "benchmarks.client_list_parts", *arguments]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)


if __name__ == "__main__":
    main()

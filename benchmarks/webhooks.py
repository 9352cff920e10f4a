"""`make bench`: how fast webhooks leave beside a loop that only posts, and what kills and bad receivers cost."""

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.run import KEYS, ROOT, databases

DOOR = {"WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8", "WEBHOOK_ALLOW_HTTP": "1"}
PATIENCE = 600


@dataclass(frozen=True)
class Bench:
    """A receiver, a database, and what starts parts of the benchmark on both."""

    port: int
    log: Path
    environment: dict[str, str]

    def start(self, *arguments: object) -> subprocess.Popen[str]:
        """Start a part."""
        command = [sys.executable, "-m", "benchmarks.webhook_parts", *map(str, arguments)]
        environment = {**os.environ, **self.environment}
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)

    def run(self, *arguments: object) -> str:
        """Run a part to its end and return what it printed."""
        process = self.start(*arguments)
        printed, _ = process.communicate()
        if process.returncode:
            raise SystemExit(f"{arguments[0]} ended with status {process.returncode}.")
        return printed.strip()

    def arrivals(self) -> list[tuple[str, float, float]]:
        """Id, time written and time arrived of every delivery so far."""
        lines = self.log.read_text().splitlines()
        rows = [line.split() for line in lines if line.count(" ") == 2 and not line.startswith("None")]
        return [(row[0], float(row[1]), float(row[2])) for row in rows]

    def wait(self, deliveries: int) -> None:
        """Return when so many different deliveries have arrived."""
        until = time.monotonic() + PATIENCE
        while len({row[0] for row in self.arrivals()}) < deliveries:
            if time.monotonic() > until:
                raise SystemExit("The deliveries did not arrive in time.")
            time.sleep(0.1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deliveries", type=int, default=10_000, help="due at the start (10,000)")
    parser.add_argument("--endpoints", type=int, default=10, help="that they go to (10)")
    parser.add_argument("--kills", type=int, default=50, help="of the worker by SIGKILL, at random (50)")
    parser.add_argument(
        "--seconds", type=float, default=20, help="length of the stream beside bad receivers (20)"
    )
    parser.add_argument(
        "--closing", action="store_true", help="the receiver ends a connection with each answer"
    )
    parser.add_argument("--only", choices=[measure.__name__ for measure in MEASURES], help="one measurement")
    options = parser.parse_args()
    if options.deliveries % options.endpoints:
        parser.error("--deliveries has to be a multiple of --endpoints")
    print("| database | what | figure |")
    print("|---|---|--:|")
    for measure in MEASURES:
        if options.only and options.only != measure.__name__:
            continue
        for name, database in databases():
            with database as url, bench(url, closing=options.closing) as parts:
                for what, figure in measure(parts, options):
                    print(f"| {name} | {what} | {figure} |", flush=True)


@contextmanager
def bench(url: str, *, closing: bool) -> Iterator[Bench]:
    """A receiver and an empty database."""
    with tempfile.TemporaryDirectory() as directory:
        log = Path(directory) / "arrivals"
        parts = Bench(0, log, {**KEYS, **DOOR, "DATABASE_URL": url})
        receiver = parts.start("receiver", log, *["close"] * closing)
        try:
            port = int((receiver.stdout and receiver.stdout.readline()) or 0)
            yield Bench(port, log, parts.environment)
        finally:
            receiver.kill()
            receiver.communicate()


def throughput(parts: Bench, options: argparse.Namespace) -> Iterator[tuple[str, str]]:
    """Deliveries a second of one worker, with all it writes down, beside posts a second of a loop.

    CPU says more than time on a machine that does other things too: it is what a worker needs of one core.
    """
    count = options.deliveries
    parts.run("fill", parts.port, count, options.endpoints)
    seconds, loop_cpu = map(float, parts.run("loop", parts.port, count).split())
    loop = count / seconds
    worker = parts.start("work", 60)
    parts.wait(count)
    worker_cpu = float(end(worker))
    times = sorted(arrived for _, _, arrived in parts.arrivals())
    speed = len(times) / (times[-1] - times[0])
    yield f"deliveries/s of one worker, {count:,} due", f"{speed:,.0f}"
    yield "posts/s of a loop that only posts", f"{loop:,.0f}"
    yield "ratio", f"{speed / loop:.2f}"
    yield "CPU of the worker for a delivery, us", f"{1e6 * worker_cpu / count:,.0f}"
    yield "CPU of the loop for a post, us", f"{1e6 * loop_cpu / count:,.0f}"
    yield "ratio of CPU", f"{loop_cpu / worker_cpu:.2f}"


def killing(parts: Bench, options: argparse.Namespace) -> Iterator[tuple[str, str]]:
    """What is lost and what is repeated when the worker is killed again and again."""
    count = options.deliveries
    parts.run("fill", parts.port, count, options.endpoints)
    # Each worker gets about its share of the work before it dies.
    share = count // (options.kills + 1)
    for _ in range(options.kills):
        before = len(parts.arrivals())
        worker = parts.start("work", 4)
        until = time.monotonic() + 20
        while len(parts.arrivals()) < before + random.uniform(0.2, 1) * share and time.monotonic() < until:
            time.sleep(0.01)
        worker.kill()
        worker.communicate()
    worker = parts.start("work", 4)
    parts.wait(count)
    until = time.monotonic() + PATIENCE
    while (left := int(parts.run("left"))) and time.monotonic() < until:
        time.sleep(0.5)
    end(worker)
    times = Counter(row[0] for row in parts.arrivals())
    yield f"lost of {count:,}, worker killed {options.kills} times", f"{count - len(times) + left}"
    yield "repeated under the same webhook-id", f"{sum(times.values()) - len(times)}"


def neighbours(parts: Bench, options: argparse.Namespace) -> Iterator[tuple[str, str]]:
    """The p95 from event to receiver, alone and beside a receiver that drips and one that is dead."""
    parts.run("fill", parts.port, 0, 5)
    events = int(50 * options.seconds)
    worker = parts.start("work", 60)
    time.sleep(3)
    parts.run("stream", events, options.seconds)
    parts.wait(events)
    alone = p95([arrived - written for _, written, arrived in parts.arrivals()])
    parts.run("bad", parts.port, 500)
    time.sleep(2)
    parts.run("stream", events, options.seconds)
    parts.wait(2 * events)
    end(worker)
    beside = p95([arrived - written for _, written, arrived in parts.arrivals()[events:]])
    yield "p95 ms from event to receiver, 50 a second", f"{alone:,.0f}"
    yield "the same beside one that drips and one that is dead, 500 waiting at each", f"{beside:,.0f}"
    yield "ratio", f"{beside / alone:.2f}"


def p95(seconds: list[float]) -> float:
    """The 95th percentile in milliseconds."""
    return 1000 * statistics.quantiles(seconds, n=20)[-1]


def end(worker: subprocess.Popen[str]) -> str:
    """Ask a worker to end and wait for it; return what it printed."""
    worker.terminate()
    printed, _ = worker.communicate()
    return printed


MEASURES = (throughput, killing, neighbours)

if __name__ == "__main__":
    main()

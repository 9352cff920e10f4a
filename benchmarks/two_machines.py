"""`python -m benchmarks.two_machines`: two machines on one PostgreSQL, one of them killed, cut off and lost."""

import argparse
import json
import random
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import psycopg

from benchmarks import two_machines_load as load
from benchmarks.machines import HOST, RANGE, Machine, network, require
from benchmarks.private_postgres import postgresql
from benchmarks.run import KEYS, basic, prepare
from benchmarks.server import START_SECONDS, THREADS
from benchmarks.two_machines_load import Call, Callers, Line, Notes, Receiver

CALLERS = 6
PAUSE = 0.02
CLIENTS = 20
AFTER_REVOKE = 200
# A webhook that a lost worker had claimed is due again after its lease, and counting is a minute behind and done once a
# minute.
DELIVERED_SECONDS = 120
COUNTED_SECONDS = 240
PARTS = "benchmarks.two_machines_parts"
KINDS: dict[str, tuple[Callable[[Machine], None], str]] = {
    "killed": (Machine.kill, "every process of A killed with -9"),
    "cut": (Machine.cut, "A's cable pulled, and plugged in again"),
    "lost": (Machine.vanish, "A gone at once, as without power"),
}


class Desk:
    """A process of Gatepass on a machine that does what it is told, a line at a time."""

    def __init__(self, machine: Machine, environment: dict[str, str]) -> None:
        self._process = machine.start([sys.executable, "-m", PARTS, "desk"], environment)
        self._answer(START_SECONDS)

    def ask(self, order: str, patience: float = 30) -> float:
        """Obey one order and say what came of it; infinity if it did not end in time."""
        assert self._process.stdin
        self._process.stdin.write(f"{order}\n")
        self._process.stdin.flush()
        return self._answer(patience)

    def _answer(self, patience: float) -> float:
        assert self._process.stdout
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            if not selector.select(patience):
                return float("inf")
        line = self._process.stdout.readline().strip()
        if not line:
            raise SystemExit("A process that was to obey has ended.")
        return 0.0 if line == "ready" else float(line)


@dataclass
class Round:
    """One loss of machine A, and what it came to."""

    kind: str
    began: float
    lost_at: float = 0.0
    back_at: float = 0.0
    ended: float = 0.0
    # Seconds from the loss until PostgreSQL had ended A's transactions, and until B could count; the latter waits for
    # the former. `left` had to be ended by hand.
    closed: float = 0.0
    counted: float = 0.0
    left: int = 0
    # Seconds until A answered after it was there again.
    back: float = 0.0


class Bench:
    """Two machines with web servers and workers, their callers, and the database."""

    def __init__(
        self, machines: list[Machine], url: str, facts: dict[str, Any], options: argparse.Namespace
    ) -> None:
        self.machines = machines
        self.facts = facts
        self.options = options
        self.notes = Notes()
        self.revoked = [0, 0]
        addresses = ",".join(machine.address for machine in machines)
        door = {"WEBHOOK_ALLOWED_NETWORKS": RANGE, "WEBHOOK_ALLOW_HTTP": "1"}
        self.environment = {**KEYS, **door, "ALLOWED_HOSTS": addresses, "DATABASE_URL": url}
        self.database = psycopg.connect(url, autocommit=True)
        self._to_revoke = iter(facts["callers"][CLIENTS:])
        self.desks: dict[Machine, Desk] = {}
        for machine in machines:
            self.start(machine)

    def start(self, machine: Machine) -> None:
        """Start what a machine of production runs, and return once it answers."""
        web = [sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--host", machine.address]
        web += [
            "--port",
            str(load.PORT),
            "--workers",
            str(self.options.processes),
            "--respawn-failed-workers",
        ]
        web += ["--blocking-threads", str(THREADS), "--log-level", "critical", "config.wsgi:application"]
        # Those of a machine that is cut off complain of it.
        machine.start(web, self.environment, stderr=subprocess.DEVNULL)
        machine.start([sys.executable, "manage.py", "worker"], self.environment, stderr=subprocess.DEVNULL)
        self.desks[machine] = Desk(machine, self.environment)
        self.wait_for(machine)

    def wait_for(self, machine: Machine) -> float:
        """Return the seconds until a machine answers a call that needs the database."""
        began, line = time.monotonic(), Line(machine.address, Notes(), 0)
        while (answer := line.ask(Call("GET", "/readyz", {}))) is None or answer.status != 200:
            if time.monotonic() - began > START_SECONDS:
                raise SystemExit(f"Machine {machine.name} did not answer.")
            time.sleep(0.05)
        line.close()
        return time.monotonic() - began

    def token(self, machine: Machine, caller: dict[str, Any]) -> str:
        line = Line(machine.address, self.notes, -1)
        answer = line.ask(load.token_call(basic(caller)))
        if answer is None or answer.status != 200:
            raise SystemExit("No token was given.")
        line.close()
        return str(json.loads(line.body)["access_token"])

    def revoke(self, at: Machine, called: Machine) -> None:
        """Revoke a client on one machine; none of the calls that begin at the other after that may succeed."""
        caller = next(self._to_revoke)
        headers = {"Authorization": f"Bearer {self.token(called, caller)}", "Accept-Version": "1"}
        call = Call("GET", f"{self.facts['base']}/customers", headers)
        if load.successes(called.address, call, self.notes, 20) != (20, 20):
            raise SystemExit("A client could not call before it was revoked.")
        self.desks[at].ask(f"revoke {caller['client_id']}")
        answered, succeeded = load.successes(called.address, call, self.notes, AFTER_REVOKE)
        self.revoked[0] += answered
        self.revoked[1] += succeeded

    def half_open(self, machine: Machine) -> int:
        """How many transactions of a machine are open, by what the database believes."""
        row = self.database.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE client_addr = %s::inet AND xact_start IS NOT NULL",
            [machine.address],
        ).fetchone()
        return int(row[0]) if row else 0

    def number(self, statement: str) -> Any:
        row = self.database.execute(statement).fetchone()
        return row[0] if row else None

    def round(self, kind: str, dice: random.Random) -> Round:
        """Lose A at a random moment, go on with B alone, and have A come back."""
        a, b = self.machines
        this = Round(kind, time.monotonic())
        time.sleep(dice.uniform(0.5, 1) * self.options.seconds)
        self.revoke(a, b)
        self.revoke(b, a)
        # The unlucky instant: A is lost in the middle of counting, which holds what every worker needs.
        self.desks[a].ask("hold")
        this.lost_at = time.monotonic()
        KINDS[kind][0](a)
        with ThreadPoolExecutor(1) as pool:
            counting = pool.submit(self.desks[b].ask, "count", self.options.down + 10)
            this.closed = self.wait_until_closed(a, this.lost_at)
            time.sleep(max(0.0, this.lost_at + self.options.down - time.monotonic()))
            this.left = self.end_half_open(a)
            this.counted = counting.result()
        this.back = self.bring_back(a, kind)
        this.back_at = time.monotonic()
        self.revoke(a, b)
        self.revoke(b, a)
        time.sleep(self.options.seconds / 2)
        this.ended = time.monotonic()
        return this

    def wait_until_closed(self, machine: Machine, since: float) -> float:
        """The seconds until the last transaction of a lost machine has ended; infinity if that takes too long."""
        while self.half_open(machine):
            if time.monotonic() - since > self.options.down:
                return float("inf")
            time.sleep(0.1)
        return time.monotonic() - since

    def end_half_open(self, machine: Machine) -> int:
        """End what PostgreSQL still believes to be open, so that the measurement can go on; how many there were."""
        left = self.half_open(machine)
        if left:
            self.database.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE client_addr = %s::inet AND xact_start IS NOT NULL",
                [machine.address],
            )
        return left

    def bring_back(self, machine: Machine, kind: str) -> float:
        """Have a lost machine serve again; how many seconds after it could."""
        if kind == "cut":
            machine.mend()
            seconds = self.wait_for(machine)
            self.desks[machine] = Desk(machine, self.environment)
            return seconds
        if kind == "lost":
            machine.plug_in()
        began = time.monotonic()
        self.start(machine)
        return time.monotonic() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=2, help="how often each loss happens (2)")
    parser.add_argument("--seconds", type=float, default=8, help="at most so long before each loss (8)")
    parser.add_argument("--down", type=float, default=40, help="how long A is away (40)")
    parser.add_argument("--processes", type=int, default=1, help="web processes of a machine (1)")
    parser.add_argument("--only", choices=KINDS, help="one kind of loss")
    options = parser.parse_args()
    if missing := require():
        raise SystemExit(missing)
    # What is made has to be removed, whoever asks this to end.
    signal.signal(signal.SIGTERM, lambda *received: sys.exit("Ended."))
    with benching(options) as (bench, receiver):
        measure(bench, receiver, options)


@contextmanager
def benching(options: argparse.Namespace) -> Iterator[tuple[Bench, Receiver]]:
    """Machines, database and receiver; all of it is gone afterwards."""
    losses = options.rounds * len(KINDS)
    with ExitStack() as stack:
        machines = stack.enter_context(network("A", "B"))
        url = stack.enter_context(postgresql(HOST, RANGE))
        receiver = Receiver(HOST)
        stack.callback(receiver.end)
        door = {"WEBHOOK_ALLOWED_NETWORKS": RANGE, "WEBHOOK_ALLOW_HTTP": "1"}
        filling = {**KEYS, **door, "DATABASE_URL": url}
        facts = json.loads(
            prepare(filling, "fill", receiver.url, str(CLIENTS), str(4 * losses), module=PARTS)
        )
        bench = Bench(machines, url, facts, options)
        stack.callback(bench.database.close)
        yield bench, receiver


def measure(bench: Bench, receiver: Receiver, options: argparse.Namespace) -> None:
    """Run the rounds, hold what callers noted against the database, and print both."""
    before = bench.number("SELECT count(*) FROM usage_call")
    callers = bench.facts["callers"][:CLIENTS]
    tokens = [bench.token(bench.machines[0], caller) for caller in callers]
    make = load.mixed(bench.facts, tokens, [basic(caller) for caller in callers])
    addresses = [machine.address for machine in bench.machines]
    dice = random.Random(10)
    print("| what happens to A | " + " | ".join(HEADS) + " |")
    print("|---|" + "--:|" * len(HEADS), flush=True)
    running = Callers(addresses, make, bench.notes, CALLERS, PAUSE)
    try:
        for kind in [options.only] if options.only else KINDS:
            for _ in range(options.rounds):
                print(row(bench.round(kind, dice), bench.notes), flush=True)
    finally:
        running.end()
    report(bench, receiver, before)


HEADS = (
    "calls a second before", "without A", "after", "nobody answered, s", "a caller waited, s", "unanswered",
    "A's transactions ended after, s", "B counted after, s", "ended by hand", "A answered after, s",
)  # fmt: skip


def row(this: Round, notes: Notes) -> str:
    """What one round came to."""
    times = [one.at for one in notes.answered]
    marks = (this.began, this.lost_at, this.back_at, this.ended)
    longest = max(notes.gap(this.began, this.ended, caller) for caller in range(CALLERS))
    figures = [
        *(f"{rate(times, *span):.0f}" for span in pairwise(marks)),
        f"{notes.gap(this.began, this.ended):.1f}",
        f"{longest:.1f}",
        f"{sum(this.began <= at <= this.ended for at in notes.unanswered)}",
        *(f"{seconds:.1f}" for seconds in (this.closed, this.counted)),
        f"{this.left}",
        f"{this.back:.1f}",
    ]
    return f"| {KINDS[this.kind][1]} | " + " | ".join(figures) + " |"


def rate(times: list[float], since: float, until: float) -> float:
    return sum(since <= at <= until for at in times) / (until - since)


def wait(what: Callable[[], bool], patience: float) -> bool:
    until = time.monotonic() + patience
    while not (done := what()) and time.monotonic() < until:
        time.sleep(0.5)
    return done


def report(bench: Bench, receiver: Receiver, before: int) -> None:
    """Hold what was answered against what is written down."""
    notes = bench.notes
    ended = bench.number("SELECT now()")
    print("\n| | |\n|---|--:|")
    ledger = {row[0] for row in bench.database.execute("SELECT request_id FROM usage_call")}
    answered = {one.request_id for one in notes.answered}
    orders = {row[0] for row in bench.database.execute("SELECT reference FROM orders_order")}
    made = {one.reference for one in notes.answered if one.reference and one.status == 201}
    beyond = bench.number("SELECT count(*) FROM usage_call") - before - len(notes.answered)
    say("calls answered", len(notes.answered))
    say("answered calls that are not in the ledger", len(answered - ledger))
    say("calls in the ledger beyond those answered", beyond)
    say("calls that were sent and not answered", len(notes.unanswered))
    say("tries that reached no program, or were answered 503", len(notes.refused))
    say("orders answered 201", len(made))
    say("of them not in the database", len(made - orders))
    say("calls begun after a revocation on the other machine", bench.revoked[0])
    say("of them succeeded", bench.revoked[1])
    wait(lambda: open_deliveries(bench) == 0, DELIVERED_SECONDS)
    say("webhooks due", bench.number("SELECT count(*) FROM webhooks_delivery"))
    say("of them not delivered", open_deliveries(bench))
    again = "SELECT count(*) FROM webhooks_delivery WHERE state = 'delivered' AND attempt > 1"
    say("claimed by a worker that was lost, and delivered by the next", bench.number(again))
    say(
        "arrived more than once, under one webhook-id",
        len(receiver.arrived) - len(set(map(first, receiver.arrived))),
    )
    up_to = "SELECT at FROM usage_countedto"
    counted = wait(lambda: bench.number(up_to) >= ended, COUNTED_SECONDS)
    say("counters brought up to the end by the workers", "yes" if counted else "no")
    say("calls in the counters", bench.number("SELECT sum(kept) FROM usage_counter"))
    say(
        "calls recorded up to then",
        bench.number(f"SELECT count(*) FROM usage_call WHERE recorded_at < ({up_to})"),
    )


def first(pair: tuple[str, str]) -> str:
    return pair[0]


def open_deliveries(bench: Bench) -> int:
    return int(bench.number("SELECT count(*) FROM webhooks_delivery WHERE state <> 'delivered'"))


def say(what: str, figure: object) -> None:
    print(f"| {what} | {figure:,} |" if isinstance(figure, int) else f"| {what} | {figure} |", flush=True)


if __name__ == "__main__":
    main()

"""`make bench`: whole metered calls beside a view that does nothing and beside the peers, as ratios of one run."""

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
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.load import Ask, Headers, Result, drive, settle
from benchmarks.server import HOST, serving

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / ".venv-bench" / "bin" / "python"
KEYS = {
    "SECRET_KEY": "benchmarks-only-0123456789-abcdefghijklmnopqrstuvwxyz",
    "SEALING_KEYS": "bench:YmVuY2htYXJrcy1zZWFsaW5nLWtleS0zMi1ieXRlcyE=",
    "ALLOWED_HOSTS": HOST,
    "DEBUG": "0",
    "PYTHONWARNINGS": "ignore",  # nobody collected static files, and nobody asks for one
}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
GRANT = "grant_type=client_credentials"
WARM_SECONDS = 1


@dataclass(slots=True)
class Work:
    """Something that is measured, by whom, and what it came to."""

    what: str
    port: int
    ask: Ask
    counted_as: str = ""
    at_least: float = 0  # seconds of a round, of what may not answer once in a short one
    results: list[Result] = field(default_factory=list)

    def median(self, name: str) -> float:
        """The median of a figure over the rounds."""
        return statistics.median(getattr(result, name) for result in self.results)

    @property
    def sent(self) -> int:
        """How many requests were answered."""
        return sum(result.requests for result in self.results)


# What is set beside what, and how many times as many requests it should bear (design, "Speed").
GOALS = (
    ("Gatepass: whole metered GET", "drf-api-key + drf-api-tracking", 3),
    ("Gatepass: whole metered GET", "django-oauth-toolkit + INSERT", 4),
    ("Gatepass: gateway authorize", "drf-api-key + drf-api-tracking", 4),
    ("Gatepass: gateway authorize", "django-oauth-toolkit + INSERT", 4),
    ("Gatepass: token", "Authlib: token, plain secret", 1.5),
    ("Gatepass: token", "django-oauth-toolkit: token, hashed secret", 100),
    ("Gatepass: introspect", "django-oauth-toolkit: introspect", 4),
    ("Gatepass: GET with many clients", "Gatepass: GET with few clients", 0.9),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5, help="length of a round (5)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each; the median counts (3)")
    parser.add_argument("--connections", type=int, default=16, help="connections kept busy (16)")
    parser.add_argument("--clients", type=int, default=200, help="API clients that take turns (200)")
    parser.add_argument(
        "--many", type=int, default=100_000, help="clients added for the last comparison (100,000)"
    )
    options = parser.parse_args()
    for name, database in databases():
        with ExitStack() as stack:
            ours = {**KEYS, "DATABASE_URL": stack.enter_context(database)}
            compare(name, ours, stack, options)


def compare(name: str, ours: dict[str, str], stack: ExitStack, options: argparse.Namespace) -> None:
    """Measure all of them in turns, so that what else the machine does falls on each, and check what was counted."""
    works = our_works(ours, stack, options.clients)
    if PEERS.exists():
        # A database of the same server for each project: their tables have the names of Django's own.
        theirs = {"DATABASE_URL": stack.enter_context(database_like(ours["DATABASE_URL"]))}
        works += peer_works(theirs, stack, options.clients)
    for work in works:
        # Statements are prepared, templates compiled and connections opened before anything is measured.
        drive(work.port, work.ask, connections=options.connections, seconds=WARM_SECONDS)
        settle(work.port, options.connections)
    before = counts(ours, theirs if PEERS.exists() else None)
    for _ in range(options.rounds):
        for work in works:
            work.results.append(measure(work, options))
    after = counts(ours, theirs if PEERS.exists() else None)
    reconcile(works, before, after, options)
    works += with_many_clients(works, ours, options)
    report(name, works)


def measure(work: Work, options: argparse.Namespace) -> Result:
    seconds = max(options.seconds, work.at_least)
    result = drive(work.port, work.ask, connections=options.connections, seconds=seconds)
    settle(work.port, options.connections)
    return result


def our_works(environment: dict[str, str], stack: ExitStack, clients: int) -> list[Work]:
    """The floor, and what Gatepass does."""
    facts = json.loads(prepare(environment, "fill", str(clients)))
    bare = stack.enter_context(serving("benchmarks.bare:application", {}))
    port = stack.enter_context(serving("config.wsgi:application", environment))
    basics = [basic(caller) for caller in facts["callers"]]
    tokens = [bearer(port, each) for each in basics]
    asked = {"X-Original-Method": "GET", "X-Original-URI": facts["path"]}
    own = [f"token={token['Authorization'].split()[1]}" for token in tokens]
    return [
        Work("a view that does nothing", bare, Ask("/", [{}])),
        Work("Gatepass: whole metered GET", port, Ask(facts["path"], tokens), "warehouses.list"),
        Work(
            "Gatepass: gateway authorize",
            port,
            Ask("/gateway/authorize", [token | asked for token in tokens]),
            "gateway.warehouses.list",
        ),
        Work(
            "Gatepass: token",
            port,
            Ask("/uaa/oauth/token", [each | FORM for each in basics], "POST", [GRANT]),
        ),
        # Each token is asked about by the client that has it, as the contract wants.
        Work("Gatepass: introspect", port, Ask("/uaa/oauth/introspect", [basics[0] | FORM], "POST", own[:1])),
    ]


def peer_works(environment: dict[str, str], stack: ExitStack, clients: int) -> list[Work]:
    """What the others do."""
    facts = json.loads(prepare(environment, "fill", str(clients), module="benchmarks.peers.prepare"))
    port = stack.enter_context(serving("benchmarks.peers.wsgi:application", environment, python=str(PEERS)))
    asking = [each["headers"] | FORM for each in facts["dot_introspect"]]
    about = [each["body"] for each in facts["dot_introspect"]]
    return [
        Work("drf-api-key + drf-api-tracking", port, Ask("/apikey/warehouses", facts["apikey"]), "apikey"),
        Work("django-oauth-toolkit + INSERT", port, Ask("/dot/warehouses", facts["dot"]), "dot"),
        Work(
            "Authlib: token, plain secret",
            port,
            Ask("/authlib/token", [each | FORM for each in facts["authlib_basic"]], "POST", [GRANT]),
        ),
        Work(
            "django-oauth-toolkit: token, hashed secret",
            port,
            Ask("/o/token/", [each | FORM for each in facts["dot_basic"]], "POST", [GRANT]),
            at_least=15,
        ),
        Work("django-oauth-toolkit: introspect", port, Ask("/o/introspect/", asking, "POST", about)),
    ]


def with_many_clients(works: list[Work], ours: dict[str, str], options: argparse.Namespace) -> list[Work]:
    """The same call before and after many clients are added."""
    metered = next(work for work in works if work.what == "Gatepass: whole metered GET")
    few = Work("Gatepass: GET with few clients", metered.port, metered.ask)
    many = Work("Gatepass: GET with many clients", metered.port, metered.ask)
    for work in (few, many):
        if work is many:
            prepare(ours, "many", str(options.many))
        work.results = [measure(work, options) for _ in range(options.rounds)]
    return [few, many]


def counts(ours: dict[str, str], theirs: dict[str, str] | None) -> dict[str, int]:
    """How many calls of each kind are written down, ours and theirs."""
    counted: dict[str, int] = json.loads(prepare(ours, "count"))
    if theirs:
        counted |= json.loads(prepare(theirs, "count", module="benchmarks.peers.prepare"))
    return counted


def reconcile(
    works: list[Work], before: dict[str, int], after: dict[str, int], options: argparse.Namespace
) -> None:
    """Every answered call is written down; beyond those only what was in flight when a round ended may be."""
    for work in works:
        if not work.sent:
            raise SystemExit(f"{work.what} answered nothing in a round: --seconds has to be longer.")
        if failed := sum(result.failed for result in work.results):
            raise SystemExit(
                f"{failed} of {work.sent} requests failed ({work.what}): the figures mean nothing."
            )
        if not work.counted_as:
            continue
        counted = after.get(work.counted_as, 0) - before.get(work.counted_as, 0)
        if not work.sent <= counted <= work.sent + options.connections * options.rounds:
            raise SystemExit(f"{work.what}: {work.sent} calls were answered and {counted} are written down.")


def report(name: str, works: list[Work]) -> None:
    """Print the figures, and the ratios that are compared with the goals."""
    floor = works[0].median("per_second")
    found = {work.what: work for work in works}
    print(f"\n| {name} | requests/s | p50 ms | p99 ms | of bare | answered |\n|---|--:|--:|--:|--:|--:|")
    for work in works:
        speed, p50, p99 = (work.median(figure) for figure in ("per_second", "p50_ms", "p99_ms"))
        print(f"| {work.what} | {speed:,.0f} | {p50:.1f} | {p99:.1f} | {speed / floor:.2f} | {work.sent:,} |")
    print(f"\n| {name} | beside | times as many | goal | p99 of it |\n|---|---|--:|--:|--:|")
    for ours, theirs, goal in GOALS:
        if theirs in found:
            one, other = found[ours], found[theirs]
            ratio = one.median("per_second") / other.median("per_second")
            tail = one.median("p99_ms") / other.median("p99_ms")
            print(f"| {ours} | {theirs} | {ratio:.2f} | {goal} | {tail:.2f} |")


def basic(caller: dict[str, Any]) -> Headers:
    """How a client names itself."""
    encoded = base64.b64encode(f"{caller['client_id']}:{caller['client_secret']}".encode()).decode()
    return {"Authorization": f"Basic {encoded}"}


def bearer(port: int, credentials: Headers) -> Headers:
    """Take an access token, as a client does."""
    web = http.client.HTTPConnection(HOST, port, timeout=30)
    web.request("POST", "/uaa/oauth/token", GRANT, credentials | FORM)
    token = json.loads(web.getresponse().read())["access_token"]
    web.close()
    return {"Authorization": f"Bearer {token}", "Accept-Version": "1"}


def prepare(environment: dict[str, str], *arguments: str, module: str = "benchmarks.prepare") -> str:
    """Run a prepare.py on the database that is measured, with the interpreter of its project."""
    python = str(PEERS) if "peers" in module else sys.executable
    done = subprocess.run(
        [python, "-m", module, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout


def database_like(url: str) -> Any:
    """Another empty database of the same kind."""
    return postgres("peers") if url.startswith("postgres") else sqlite()


def databases() -> Iterator[tuple[str, Any]]:
    """SQLite, and PostgreSQL where a server on this machine lets us in."""
    yield "SQLite", sqlite()
    if server_user():
        yield "PostgreSQL", postgres("ours")
        return
    print("No PostgreSQL answers on 127.0.0.1:5432, so only SQLite was measured.", file=sys.stderr)


@contextmanager
def sqlite() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as directory:
        yield f"sqlite:///{directory}/bench.sqlite3"


def server_user() -> str:
    """Whom the PostgreSQL of this machine lets in; empty where there is none."""
    return next((user for user in ("postgres", "root") if psql(user, "SELECT 1")), "")


@contextmanager
def postgres(whose: str = "ours") -> Iterator[str]:
    user, name = server_user(), f"gatepass_bench_{whose}_{os.getpid()}"
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

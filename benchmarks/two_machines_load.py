"""Callers that know two machines, and a receiver of webhooks; what they note is held against the database."""

import http.client
import json
import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from typing import Any

from benchmarks.load import Headers

PORT = 8000
# As callers have a deadline: what is not answered by then is tried at the other machine.
PATIENCE = 2.0
# How long a caller goes round a machine that did not answer.
AVOID = 1.0
RECEIVER_PORT = 8100
# Long enough that each worker has some under way whenever it is lost.
RECEIVER_SECONDS = 0.15


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked; `reference` names an order that it makes."""

    method: str
    path: str
    headers: Headers
    body: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer, by the number of the caller who got it."""

    at: float
    caller: int
    address: str
    status: int
    request_id: str
    reference: str


@dataclass(slots=True)
class Notes:
    """What callers saw. `unanswered` were sent and may be recorded; `refused` reached no program, or a 503."""

    answered: list[Answered] = field(default_factory=list)
    unanswered: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)

    def gap(self, since: float, until: float, caller: int | None = None) -> float:
        """The longest time between two answers, to one caller or to anybody."""
        times = [one.at for one in self.answered if caller is None or one.caller == caller]
        marks = [since, *(at for at in sorted(times) if since <= at <= until), until]
        return max(later - at for at, later in pairwise(marks))


class Line:
    """One caller's connection to one machine."""

    def __init__(self, address: str, notes: Notes, caller: int) -> None:
        self.address = address
        self.body = b""
        self._notes = notes
        self._caller = caller
        self._web = http.client.HTTPConnection(address, PORT, timeout=PATIENCE)

    def ask(self, call: Call) -> http.client.HTTPResponse | None:
        """Ask once; None if that brought no answer, or one that says to ask elsewhere."""
        try:
            if self._web.sock is None:
                self._web.connect()
        except OSError:
            self._notes.refused.append(time.monotonic())
            return None
        try:
            self._web.request(call.method, call.path, call.body or None, call.headers)
            answer = self._web.getresponse()
            self.body = answer.read()
        except (OSError, http.client.HTTPException):
            self._notes.unanswered.append(time.monotonic())
            self._web.close()
            return None
        if answer.status == 503:
            # Nothing was done and nothing counted.
            self._notes.refused.append(time.monotonic())
            return None
        seen = (self._caller, self.address, answer.status, answer.headers["X-Request-Id"], call.reference)
        self._notes.answered.append(Answered(time.monotonic(), *seen))
        return answer

    def close(self) -> None:
        self._web.close()


class Callers:
    """So many callers that call until they are told to stop, each at the two machines in turn."""

    def __init__(
        self,
        addresses: Sequence[str],
        make: Callable[[random.Random], Call],
        notes: Notes,
        number: int,
        pause: float,
    ) -> None:
        self._addresses = addresses
        self._make = make
        self._notes = notes
        self._pause = pause
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._go_on, args=(each,)) for each in range(number)]
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _go_on(self, number: int) -> None:
        dice = random.Random(number)
        lines = [Line(address, self._notes, number) for address in self._addresses]
        avoided = dict.fromkeys(lines, 0.0)
        while not self._stop.wait(self._pause):
            call = self._make(dice)
            dice.shuffle(lines)
            # The one that failed just now comes last, and is asked if the other one fails too.
            for line in sorted(lines, key=lambda each: avoided[each] > time.monotonic()):
                if line.ask(call) is not None:
                    break
                avoided[line] = time.monotonic() + AVOID
        for line in lines:
            line.close()


def mixed(facts: dict[str, Any], tokens: list[str], basics: list[Headers]) -> Callable[[random.Random], Call]:
    """What callers ask: mostly reads, some of them wrong, a few orders, and a token now and then."""
    base = facts["base"]
    kinds = ["warehouses"] * 4 + ["customers"] * 3 + ["gateway"] * 3 + ["order", "token", "wrong", "nowhere"]

    def make(dice: random.Random) -> Call:
        bearer = {"Authorization": f"Bearer {dice.choice(tokens)}", "Accept-Version": "1"}
        match dice.choice(kinds):
            case "order":
                reference = f"SO-{dice.getrandbits(64):x}"
                headers = {**bearer, "Content-Type": "application/json"}
                body = json.dumps(order(facts, reference))
                return Call("POST", f"{base}/outbound-orders", headers, body, reference)
            case "token":
                return token_call(dice.choice(basics))
            case "gateway":
                asked = {"X-Original-Method": "GET", "X-Original-URI": f"{base}/customers"}
                return Call("GET", "/gateway/authorize", bearer | asked)
            case "wrong":
                return Call("GET", f"{base}/customers", {"Authorization": bearer["Authorization"]})
            case what:
                return Call("GET", f"{base}/{what}", bearer)

    return make


def token_call(basic: Headers) -> Call:
    headers = {**basic, "Content-Type": "application/x-www-form-urlencoded"}
    return Call("POST", "/uaa/oauth/token", headers, "grant_type=client_credentials")


def order(facts: dict[str, Any], reference: str) -> dict[str, Any]:
    """An order as the API wants it."""
    address = {
        "contactName": "Kim Lee", "address1": "9 Quay St", "city": "Perth", "postcode": "6000",
        "state": {"code": "WA"}, "country": {"iso2Code": "AU"},
    }  # fmt: skip
    product = {"product": {"references": {"code": facts["product"]}}}
    return {
        "references": {"customer": reference},
        "customer": {"id": facts["customer"]},
        "details": {"deliver": {"address": address, "method": {"type": "SHIPPING"}}},
        "items": [{"details": product, "measures": {"quantity": 1}}],
    }


def successes(address: str, call: Call, notes: Notes, number: int) -> tuple[int, int]:
    """Make so many calls over four connections; how many were answered, and how many of them succeeded."""

    def some(caller: int) -> list[int]:
        line = Line(address, notes, -1 - caller)
        answers = [line.ask(call) for _ in range(number // 4)]
        line.close()
        return [answer.status for answer in answers if answer is not None]

    with ThreadPoolExecutor(4) as pool:
        statuses = [status for each in pool.map(some, range(4)) for status in each]
    return len(statuses), sum(status < 400 for status in statuses)


class Receiver:
    """Receives webhooks, and notes their ids and whose worker sent each."""

    def __init__(self, address: str) -> None:
        arrived = self.arrived = list[tuple[str, str]]()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                time.sleep(RECEIVER_SECONDS)
                arrived.append((self.headers["webhook-id"] + self.path, self.client_address[0]))
                with suppress(OSError):
                    self.send_response(200)
                    self.send_header("Content-Length", "0")
                    self.end_headers()

            def log_message(self, *ignored: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer((address, RECEIVER_PORT), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        address, port = self._server.server_address[:2]
        return f"http://{address!s}:{port}"

    def end(self) -> None:
        self._server.shutdown()
        self._server.server_close()

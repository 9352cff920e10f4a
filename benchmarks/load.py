"""Keep a number of connections busy for some seconds, with wrk where it is installed and with threads where not.

The threads share one interpreter, so without wrk the generator is the limit for a view that does little; both sides
of a ratio are always driven by the same one.
"""

import http.client
import re
import shutil
import subprocess
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.server import HOST

Headers = dict[str, str]


@dataclass(frozen=True, slots=True)
class Result:
    """What one round did; `failed` are answers other than 200 and connections that broke."""

    requests: int
    failed: int
    per_second: float
    p50_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked, over and over: requests take turns with the sets of headers and bodies."""

    path: str
    headers: list[Headers]
    method: str = "GET"
    bodies: list[str] = field(default_factory=lambda: [""])


def drive(port: int, ask: Ask, *, connections: int, seconds: float) -> Result:
    """Ask as fast as it is answered."""
    if wrk := shutil.which("wrk"):
        return drive_with_wrk(wrk, port, ask, connections, seconds)
    return drive_with_threads(port, ask, connections, seconds)


LUA = """
local headers = {%s}
local bodies = {%s}
local turn = math.random(#headers)
request = function()
  turn = turn %% #headers + 1
  return wrk.format("%s", "%s", headers[turn], bodies[turn %% #bodies + 1])
end
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format("RESULT %%d %%d %%d %%f %%f\\n", summary.requests, summary.duration,
    e.connect + e.read + e.write + e.status + e.timeout, latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
"""


def drive_with_wrk(wrk: str, port: int, ask: Ask, connections: int, seconds: float) -> Result:
    tables = ", ".join(
        "{" + ", ".join(f'["{k}"] = "{v}"' for k, v in each.items()) + "}" for each in ask.headers
    )
    bodies = ", ".join(f'"{body}"' for body in ask.bodies)
    options = ["-t", "1", "-c", str(connections), "-d", f"{max(1, round(seconds))}s", "--timeout", "30s"]
    with tempfile.TemporaryDirectory() as directory:
        script = Path(directory) / "load.lua"
        script.write_text(LUA % (tables, bodies, ask.method, ask.path))
        command = [wrk, *options, "-s", str(script), f"http://{HOST}:{port}"]
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"RESULT (\d+) (\d+) (\d+) ([\d.]+) ([\d.]+)", output)
    if not found:
        raise SystemExit(f"wrk said something else than expected:\n{output}")
    requests, microseconds, failed = (int(text) for text in found.groups()[:3])
    return Result(requests, failed, requests / microseconds * 1e6, float(found[4]), float(found[5]))


def drive_with_threads(port: int, ask: Ask, connections: int, seconds: float) -> Result:
    times: list[float] = []
    failures: list[int] = []
    end = time.monotonic() + seconds

    def ask_repeatedly(number: int) -> None:
        web = http.client.HTTPConnection(HOST, port, timeout=30)
        turn = number
        while time.monotonic() < end:
            turn += 1
            start = time.perf_counter()
            body = ask.bodies[turn % len(ask.bodies)]
            web.request(ask.method, ask.path, body or None, ask.headers[turn % len(ask.headers)])
            answer = web.getresponse()
            answer.read()
            times.append(time.perf_counter() - start)
            if answer.status != 200:
                failures.append(answer.status)
        web.close()

    threads = [threading.Thread(target=ask_repeatedly, args=(number,)) for number in range(connections)]
    start = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.monotonic() - start
    times.sort()
    if not times:
        return Result(0, len(failures), 0, 0, 0)
    p50, p99 = (times[int(len(times) * share)] * 1000 for share in (0.5, 0.99))
    return Result(len(times), len(failures), len(times) / elapsed, p50, p99)


def settle(port: int, connections: int) -> None:
    """Wait for what was still being worked on when a round ended, so that the next round doesn't pay for it.

    Requests are taken in turn: once as many others as there were are answered, on whichever process, all of them are.
    """

    def ask_once(_: int) -> None:
        web = http.client.HTTPConnection(HOST, port, timeout=120)
        web.request("GET", "/healthz")
        web.getresponse().read()
        web.close()

    with ThreadPoolExecutor(connections) as pool:
        list(pool.map(ask_once, range(connections)))

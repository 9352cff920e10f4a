"""Real proxies with the configuration of docs/gateway.md, in front of an API that says what it was told."""

import re
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest

DOCS = Path(__file__).parents[2] / "docs" / "gateway.md"


class _Api(BaseHTTPRequestHandler):
    """The API behind the gateway: it answers with the headers that it got."""

    def do_GET(self) -> None:
        body = "\n".join(f"{name}: {value}" for name, value in self.headers.items()).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


def documented(language: str) -> str:
    """The example for a proxy, as the documentation has it."""
    found = re.search(rf"```{language}\n(.*?)```", DOCS.read_text(), re.DOTALL)
    assert found
    return found[1]


@contextmanager
def proxy(command: Callable[[int, int], list[str]]) -> Iterator[str]:
    """The address of a proxy; `command(port, port of the API)` is what starts it."""
    api = HTTPServer(("127.0.0.1", 0), _Api)
    threading.Thread(target=api.serve_forever, daemon=True).start()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with subprocess.Popen(
        command(port, api.server_port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        _wait_for(port)
        yield f"http://127.0.0.1:{port}"
        process.terminate()
    api.shutdown()
    api.server_close()


def _wait_for(port: int) -> None:
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail("The proxy did not start.")


def ask(url: str, token: str, method: str = "GET", **headers: str) -> tuple[int, str, Any]:
    """Ask the proxy; the status, the body and the headers of its answer."""
    sent = {"Authorization": f"Bearer {token}"} | headers
    request = urllib.request.Request(url, headers=sent, method=method)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read().decode(), answer.headers
    except HTTPError as error:
        with error:
            return error.code, "", error.headers

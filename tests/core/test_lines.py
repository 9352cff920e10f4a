"""A line to a receiver: one connection for several requests, checked anew whenever it is made anew."""

import contextlib
import socket
import ssl
import threading

import pytest

from apps.core import outbound
from apps.core.outbound import ForbiddenDestination, Line, OutboundError
from tests.core.receiver import resolve_to, server_tls

pytestmark = pytest.mark.usefixtures("closed_door", "loopback")

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
LAST = {
    "close": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
    "old": b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
    "endless": b"HTTP/1.1 200 OK\r\n\r\nok",
}


class Scripted:
    """Plays a script for each connection: after each request the next of its answers, then it hangs up."""

    def __init__(self, *scripts, tls=None):
        self.requests = []
        self._scripts = scripts
        self._tls = tls
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.url = f"http://hooks.example.com:{self.port}/"

    def __enter__(self):
        threading.Thread(target=self._run, daemon=True).start()
        return self

    def __exit__(self, *exc):
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def ids(self):
        """The connection and the webhook-id of each request."""
        return [
            (number, request.split(b"webhook-id: ")[1].split(b"\r\n")[0].decode())
            for number, request in self.requests
        ]

    def _run(self):
        for number, script in enumerate(self._scripts):
            with contextlib.suppress(OSError), self._accept() as connection:
                connection.settimeout(10)
                for answer in script:
                    request = self._read(connection)
                    if not request:
                        break
                    self.requests.append((number, request))
                    connection.sendall(answer)

    def _accept(self):
        connection, _ = self._socket.accept()
        return self._tls.wrap_socket(connection, server_side=True) if self._tls else connection

    @staticmethod
    def _read(connection):
        """The next request, whose body is `{}`; nothing when there is none."""
        text = b""
        while not text.endswith(b"\r\n\r\n{}"):
            piece = connection.recv(65536)
            if not piece:
                return b""
            text += piece
        return text


def post(line, number, **more):
    return line.post(headers={"webhook-id": f"msg_{number}"}, body=b"{}", deadline=5, **more)


def test_a_connection_that_stays_open_serves_the_next_request(monkeypatch):
    asked = resolve_to(monkeypatch, ["127.0.0.1"])
    with Scripted([OK, OK, OK]) as server, Line(server.url) as line:
        assert [post(line, n, last=n == 2).status for n in range(3)] == [200] * 3
    assert server.ids() == [(0, "msg_0"), (0, "msg_1"), (0, "msg_2")]
    assert len(asked) == 1
    assert [b"Connection: close" in request for _, request in server.requests] == [False, False, True]


def test_an_encrypted_connection_serves_the_next_request_too(monkeypatch, certificate):
    resolve_to(monkeypatch, ["127.0.0.1"])
    trusting = ssl.create_default_context(cafile=str(certificate[0]))
    monkeypatch.setattr(outbound, "_tls", lambda: trusting)
    with (
        Scripted([OK, OK, OK], tls=server_tls(*certificate)) as server,
        Line(server.url.replace("http:", "https:")) as line,
    ):
        assert [post(line, n).status for n in range(3)] == [200] * 3
    assert server.ids() == [(0, "msg_0"), (0, "msg_1"), (0, "msg_2")]


@pytest.mark.parametrize("kind", LAST)
def test_a_receiver_that_closes_gets_a_new_connection(kind, monkeypatch):
    asked = resolve_to(monkeypatch, ["127.0.0.1"])
    with Scripted([LAST[kind]], [LAST[kind]]) as server, Line(server.url) as line:
        assert [post(line, n).body for n in range(2)] == [b"ok", b"ok"]
    assert server.ids() == [(0, "msg_0"), (1, "msg_1")]
    assert len(asked) == 2


def test_a_request_that_is_hung_up_on_without_a_word_is_sent_once_more(monkeypatch):
    asked = resolve_to(monkeypatch, ["127.0.0.1"])
    with Scripted([OK, b""], [OK]) as server, Line(server.url) as line:
        assert [post(line, n).status for n in range(2)] == [200, 200]
    assert server.ids() == [(0, "msg_0"), (0, "msg_1"), (1, "msg_1")]
    assert len(asked) == 2


def test_the_first_request_of_a_connection_is_not_sent_once_more(monkeypatch):
    resolve_to(monkeypatch, ["127.0.0.1"])
    with Scripted([b""], [OK]) as server, Line(server.url) as line, pytest.raises(OutboundError):
        post(line, 0)
    assert server.ids() == [(0, "msg_0")]


def test_an_answer_that_breaks_off_is_an_error_and_not_sent_once_more(monkeypatch):
    resolve_to(monkeypatch, ["127.0.0.1"])
    with Scripted([OK, b"HTTP/1.1 200 OK\r\nContent-Le"], [OK]) as server, Line(server.url) as line:
        post(line, 0)
        with pytest.raises(OutboundError, match="closed the connection half way"):
            post(line, 1)
    assert server.ids() == [(0, "msg_0"), (0, "msg_1")]


def test_what_came_unasked_is_not_taken_for_the_answer_to_the_next_request(monkeypatch):
    resolve_to(monkeypatch, ["127.0.0.1"])
    forged = OK + b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n"
    with Scripted([forged], [OK]) as server, Line(server.url) as line:
        assert [post(line, n).status for n in range(2)] == [200, 200]
    assert server.ids() == [(0, "msg_0"), (1, "msg_1")]


def test_a_connection_is_not_kept_for_long_and_the_address_of_the_next_is_checked(monkeypatch):
    monkeypatch.setattr(outbound, "KEPT_SECONDS", 0.0)
    asked = resolve_to(monkeypatch, ["127.0.0.1"], ["10.0.0.5"])
    with Scripted([OK, OK]) as server, Line(server.url) as line:
        assert post(line, 0).address == "127.0.0.1"
        with pytest.raises(ForbiddenDestination):
            post(line, 1)
    assert asked == ["hooks.example.com"] * 2
    assert server.ids() == [(0, "msg_0")]

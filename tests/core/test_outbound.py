"""The one door for outgoing HTTP: what it dials, recorded at the socket, and what it makes of the answers."""

import json
import socket
import ssl
import time

import pytest

from apps.core import outbound
from apps.core.outbound import OutboundError
from tests.core.receiver import Receiver, resolve_to, send, server_tls

pytestmark = pytest.mark.usefixtures("closed_door")

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Seen: yes\r\n\r\nok"


def test_a_request_arrives_as_it_was_given_and_its_answer_comes_back(loopback, monkeypatch):
    resolve_to(monkeypatch, ["127.0.0.1"])
    with Receiver(OK) as receiver:
        answer = outbound.post(
            f"http://localhost:{receiver.port}/hook?a=1",
            headers={
                "Authorization": "Schlüssel 1",
                "Content-Type": "application/json",
                "webhook-id": "msg_1",
            },
            body=b'{"a": 1}',
        )
    assert (answer.status, answer.body, answer.headers["x-seen"]) == (200, b"ok", "yes")
    assert answer.address == "127.0.0.1" and 0 <= answer.ms < 5000
    [request] = receiver.requests
    assert request.startswith(b"POST /hook?a=1 HTTP/1.1\r\n")
    assert request.endswith(b'\r\n\r\n{"a": 1}')
    assert f"\r\nHost: localhost:{receiver.port}\r\n".encode() in request
    assert "\r\nAuthorization: Schlüssel 1\r\n".encode() in request
    assert b"\r\nwebhook-id: msg_1\r\n" in request
    assert request.lower().count(b"\r\nhost:") == 1


def test_a_name_is_dialled_by_its_address_and_kept_as_host(loopback, monkeypatch):
    resolve_to(monkeypatch, ["127.0.0.1"])
    with Receiver(OK) as receiver:
        assert send(f"http://hooks.example.com:{receiver.port}").status == 200
    assert b"\r\nHost: hooks.example.com:%d\r\n" % receiver.port in receiver.requests[0]


def test_the_next_address_is_tried_when_the_first_does_not_answer(loopback, monkeypatch):
    with Receiver(OK) as receiver:
        resolve_to(monkeypatch, ["127.9.9.9", "127.0.0.1"])
        assert send(f"http://hooks.example.com:{receiver.port}/").address == "127.0.0.1"


@pytest.mark.parametrize("token", ["Bearer abc.def-0123456789", 'quo"ted \\ Schlüssel', "shorty", "x" * 3000])
def test_an_answer_that_repeats_the_authorization_is_kept_without_it(token, loopback):
    shown = json.dumps(token).encode() + b" " + token.encode() + b" " + token.split()[-1].encode()
    body = b"-" * 2500 + shown + b"-" * 4000 + shown
    head = b"HTTP/1.1 200 OK\r\nX-Echo: %s\r\nContent-Length: %d\r\n\r\n" % (token.encode(), len(body))
    with Receiver(head + body) as receiver:
        answer = outbound.post(
            f"http://127.0.0.1:{receiver.port}/", headers={"authorization": token}, body=b""
        )
    assert len(answer.body) == 4096 and answer.body.startswith(b"-" * 2500 + b'"*')
    for secret in (token, *(part for part in token.split() if len(part) > 4), token.split()[-1]):
        assert secret.encode() not in answer.body and secret not in answer.headers["x-echo"]
    assert "Schl" not in answer.headers["x-echo"] and b"xxx" not in answer.body


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_is_not_followed(status, loopback):
    redirect = b"HTTP/1.1 %d Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n" % status
    with Receiver(redirect) as receiver:
        assert send(f"http://127.0.0.1:{receiver.port}/").status == status
    assert len(receiver.requests) == 1


def test_a_long_answer_is_read_to_its_limit_and_kept_in_part(loopback):
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n"
    with Receiver([head] + [b"x" * 65536] * 200) as receiver:
        answer = send(f"http://127.0.0.1:{receiver.port}/")
    assert answer.status == 200
    assert answer.body == b"x" * 4096


def test_a_compressed_answer_is_not_unpacked(loopback):
    with Receiver(
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x08"
    ) as receiver:
        assert send(f"http://127.0.0.1:{receiver.port}/").body == b"\x1f\x8b\x08"


@pytest.mark.parametrize(
    "pieces",
    [
        [b"HTTP/1.1 200 OK\r\n"] + [b"X-A: b\r\n"] * 200,
        [b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"] + [b"x"] * 200,
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"] + [b"1\r\nx\r\n"] * 200,
        [b"HTTP/1.1 100 Continue\r\n\r\n"] * 200,
        [b""] * 200,
    ],
)
def test_slow_drips_end_at_the_deadline(pieces, loopback):
    began = time.monotonic()
    with Receiver(pieces, wait=0.05) as receiver, pytest.raises(OutboundError) as raised:
        send(f"http://127.0.0.1:{receiver.port}/", deadline=0.5)
    assert raised.value.kind == "timeout"
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    ("pieces", "kind"),
    [
        (b"", "protocol"),
        (b"SSH-2.0-OpenSSH_9.0\r\n", "protocol"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "protocol"),
        (b"HTTP/1.1 200 OK\r\n" + b"X-Long: " + b"a" * 200_000, "protocol"),
        (b"HTTP/1.1 999999 OK\r\n\r\n", "protocol"),
    ],
)
def test_what_is_not_http_is_an_error_in_words(pieces, kind, loopback):
    with Receiver(pieces) as receiver, pytest.raises(OutboundError) as raised:
        send(f"http://127.0.0.1:{receiver.port}/")
    assert raised.value.kind in (kind, "connection")
    assert raised.value.message.endswith(".")


def test_an_unknown_name_is_an_error_in_words(monkeypatch):
    def getaddrinfo(*args, **kwargs):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with pytest.raises(OutboundError, match="was not found") as raised:
        send("https://nothing.example.com/")
    assert raised.value.kind == "resolve"


def test_headers_can_neither_be_split_nor_take_over_the_request(loopback):
    with Receiver(OK) as receiver:
        url = f"http://127.0.0.1:{receiver.port}/"
        for value in ("a\r\nX-Evil: 1", "a\nb", "a\x00b", "a\ud800", " a", "a "):
            with pytest.raises(OutboundError) as raised:
                outbound.post(url, headers={"Authorization": value}, body=b"")
            assert raised.value.kind == "request"
        for name in ("Host", "content-length", "Transfer-Encoding"):
            with pytest.raises(ValueError, match="set by the door"):
                outbound.post(url, headers={name: "1"}, body=b"")
    assert receiver.requests == []


def test_a_certificate_is_checked_against_the_name_and_not_the_address(loopback, monkeypatch, certificate):
    resolve_to(monkeypatch, ["127.0.0.1"])
    names = []
    tls = server_tls(*certificate)
    tls.sni_callback = lambda connection, name, context: names.append(name)
    trusting = ssl.create_default_context(cafile=str(certificate[0]))
    with Receiver(OK, tls=tls) as receiver:
        with pytest.raises(OutboundError, match="certificate was not accepted") as raised:
            send(f"https://hooks.example.com:{receiver.port}/")
        assert raised.value.kind == "tls"
        monkeypatch.setattr(outbound, "_tls", lambda: trusting)
        assert send(f"https://hooks.example.com:{receiver.port}/").status == 200
        with pytest.raises(OutboundError, match="certificate was not accepted"):
            send(f"https://other.example.com:{receiver.port}/")
        with pytest.raises(OutboundError, match="certificate was not accepted"):
            send(f"https://127.0.0.1:{receiver.port}/")
    assert names[:3] == ["hooks.example.com", "hooks.example.com", "other.example.com"]


def test_a_server_without_tls_is_an_error_in_words(loopback):
    with Receiver(OK) as receiver, pytest.raises(OutboundError) as raised:
        send(f"https://127.0.0.1:{receiver.port}/", deadline=3)
    assert raised.value.kind in ("tls", "timeout")


def test_a_resolver_that_hangs_ends_at_the_deadline(monkeypatch, dialled):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: time.sleep(3))
    began = time.monotonic()
    with pytest.raises(OutboundError) as raised:
        send("https://hooks.example.com/", deadline=0.2)
    assert raised.value.kind == "timeout"
    assert time.monotonic() - began < 2

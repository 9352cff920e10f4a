"""The one door for outgoing HTTP.

Whoever sets a webhook URL chooses where this server sends requests, so the door resolves the name once, refuses it if
any of its answers is not public, and dials the very address that it checked. The name stays in the URL: Host, SNI and
the certificate are the name's. Redirects are answers like any other, and nothing is read from the environment.
"""

from __future__ import annotations

import json
import queue
import re
import select
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, ip_address
from typing import Any

import h11

from apps.core.addresses import Address
from apps.core.answers import Ended, Exchange, Message, NotHTTP
from apps.core.destinations import (
    Destination,
    ForbiddenDestination,
    OutboundError,
    check,
    check_address,
    check_url,
    parse,
)

__all__ = ["Answer", "ForbiddenDestination", "Line", "OutboundError", "check_url", "post"]

READ_LIMIT = 64 * 1024
KEPT_BYTES = 4 * 1024
PIECE = 16 * 1024
# A connection serves further requests for so long after its address was checked.
KEPT_SECONDS = 5.0
CONNECT_SECONDS = 5.0
MAX_ADDRESSES = 4
USER_AGENT = "Gatepass-Webhooks/1"

_OWN_HEADERS = frozenset(
    ("host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer", "expect")
)


@dataclass(frozen=True)
class Answer:
    """What the other end said; `body` is its first 4 KiB, `ms` the time of everything together."""

    status: int
    headers: dict[str, str]
    body: bytes
    ms: int
    address: str


def post(url: str, *, headers: Mapping[str, str], body: bytes, deadline: float = 15.0) -> Answer:
    """Send one POST and return its answer, whatever the status; raise OutboundError if there is none in time."""
    with Line(url) as line:
        return line.post(headers=headers, body=body, deadline=deadline, last=True)


class Line:
    """Where a URL leads, for one POST after the other; a connection that stays open serves the next one too.

    Each new connection is checked anew, and none is kept longer than `KEPT_SECONDS`, so that what is dialled never
    rests on an old answer of the resolver. For one thread at a time.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._destination: Destination | None = None
        self._connection: socket.socket | None = None
        self._connected_at = 0.0
        self._until = 0.0
        self._address = ""
        self._heard = False

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def post(
        self, *, headers: Mapping[str, str], body: bytes, deadline: float = 15.0, last: bool = False
    ) -> Answer:
        """Send one POST and return its answer; raise OutboundError if there is none in `deadline` seconds.

        `last` tells the other end that nothing follows, so that it closes the connection and not we.
        """
        began = time.monotonic()
        self._until = began + deadline
        if self._destination is None:
            self._destination = parse(self._url)
        request = _request(self._destination, headers, body, last=last)
        try:
            message = self._on_the_open_one(request, body)
            if message is None:
                self._connect(self._destination)
                message = self._exchange(request, body)
        except OutboundError:
            self.close()
            raise
        if last or not message.leaves_open:
            self.close()
        veil = _Veil(headers)
        return Answer(
            status=message.status,
            headers={name.decode("ascii"): veil(value).decode("latin-1") for name, value in message.fields},
            body=veil(message.body)[:KEPT_BYTES],
            ms=round((time.monotonic() - began) * 1000),
            address=self._address,
        )

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _on_the_open_one(self, request: h11.Request, body: bytes) -> Message | None:
        """Send on the connection that the last POST left open; None if there is none, or it turns out to be closed.

        The other end may close at any moment. A request that it took no notice of is sent once more on a new one.
        """
        if self._connection is None:
            return None
        if time.monotonic() - self._connected_at > KEPT_SECONDS or self._has_word(self._connection):
            self.close()
            return None
        try:
            return self._exchange(request, body)
        except _Unanswered:
            self.close()
            return None

    @staticmethod
    def _has_word(connection: socket.socket) -> bool:
        """Whether something came that nobody asked for: the end, mostly, or a notice of it."""
        waiting = select.poll()
        waiting.register(connection, select.POLLIN)
        return bool(waiting.poll(0))

    def _connect(self, destination: Destination) -> None:
        check(destination)
        if destination.literal is not None:
            addresses = [destination.literal]
        else:
            addresses = _resolve(destination.host, destination.port, self._left())
            for address in addresses:
                check_address(address, destination.host)
        for address in addresses[:MAX_ADDRESSES]:
            connection = self._dial(address, destination.port)
            if connection is not None:
                self._connection, self._address = connection, str(address)
                self._connected_at = time.monotonic()
                if destination.scheme == "https":
                    self._connection = self._encrypted(connection, destination.host)
                return
        raise OutboundError("connect", f"Nothing answers at {destination.host}, port {destination.port}.")

    def _dial(self, address: Address, port: int) -> socket.socket | None:
        family = socket.AF_INET if isinstance(address, IPv4Address) else socket.AF_INET6
        try:
            connection = socket.socket(family, socket.SOCK_STREAM)
        except OSError:
            return None
        try:
            connection.settimeout(min(self._left(), CONNECT_SECONDS))
            connection.connect((str(address), port))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError:
            connection.close()
            return None
        except OutboundError:
            connection.close()
            raise
        return connection

    def _encrypted(self, connection: socket.socket, host: str) -> ssl.SSLSocket:
        try:
            connection.settimeout(self._left())
            return _tls().wrap_socket(connection, server_hostname=host)
        except ssl.SSLCertVerificationError as error:
            raise OutboundError("tls", f"The certificate was not accepted: {error.verify_message}.") from None
        except TimeoutError:
            raise _late() from None
        except (OSError, ValueError):
            raise OutboundError("tls", "An encrypted connection could not be set up.") from None

    def _exchange(self, request: h11.Request, body: bytes) -> Message:
        """Write a request and read its answer; raise OutboundError, `_Unanswered` if there was not a byte of one."""
        self._heard = False
        exchange = Exchange(request, body)
        try:
            self._send(exchange.written)
            return exchange.read(self._receive, READ_LIMIT)
        except TimeoutError:
            raise _late() from None
        except Ended:
            words = "The other end did not answer in HTTP, or closed the connection half way."
            raise (OutboundError if self._heard else _Unanswered)("protocol", words) from None
        except NotHTTP:
            raise OutboundError("protocol", "The other end did not answer in HTTP.") from None
        except OSError:
            words = "The connection broke before the answer was there."
            raise (OutboundError if self._heard else _Unanswered)("connection", words) from None

    def _send(self, text: bytes) -> None:
        left = memoryview(text)
        while left and self._connection is not None:
            self._connection.settimeout(self._left())
            left = left[self._connection.send(left) :]

    def _receive(self) -> bytes:
        if self._connection is None:
            return b""
        # Set anew for each piece, so that slow drips end at the deadline too.
        self._connection.settimeout(self._left())
        piece = self._connection.recv(PIECE)
        self._heard = self._heard or bool(piece)
        return piece

    def _left(self) -> float:
        seconds = self._until - time.monotonic()
        if seconds <= 0:
            raise _late()
        return seconds


class _Unanswered(OutboundError):
    """The connection ended without any byte of an answer."""


class _Veil:
    """Hides what was sent as Authorization where the answer repeats it, because answers are kept and shown.

    The stars are as many as the bytes they stand for, so that cutting the text can't lay part of a token open.
    """

    def __init__(self, headers: Mapping[str, str]) -> None:
        sent = next((value for name, value in headers.items() if name.lower() == "authorization"), "")
        shown = {sent, sent.split()[-1] if sent.split() else ""}
        shown |= {json.dumps(text, ensure_ascii=plain)[1:-1] for text in shown for plain in (True, False)}
        longest_first = sorted((text.encode() for text in shown if len(text) >= 6), key=len, reverse=True)
        self._pattern = re.compile(b"|".join(map(re.escape, longest_first))) if longest_first else None

    def __call__(self, text: bytes) -> bytes:
        return self._pattern.sub(lambda match: b"*" * len(match[0]), text) if self._pattern else text


def _request(destination: Destination, headers: Mapping[str, str], body: bytes, *, last: bool) -> h11.Request:
    fields = {
        "host": ("Host", destination.host_header),
        "accept": ("Accept", "*/*"),
        "accept-encoding": ("Accept-Encoding", "identity"),
        "user-agent": ("User-Agent", USER_AGENT),
        "content-length": ("Content-Length", str(len(body))),
    }
    if last:
        fields["connection"] = ("Connection", "close")
    for name, value in headers.items():
        if name.lower() in _OWN_HEADERS:
            raise ValueError(f"The header {name} is set by the door itself.")
        fields[name.lower()] = (name, value)
    try:
        written = [(name.encode("ascii"), value.encode("utf-8")) for name, value in fields.values()]
        return h11.Request(method=b"POST", target=destination.target.encode("ascii"), headers=written)
    except (h11.LocalProtocolError, UnicodeError):
        words = "The request could not be written: a header holds characters that HTTP refuses."
        raise OutboundError("request", words) from None


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


def _late() -> OutboundError:
    return OutboundError("timeout", "There was no complete answer in time.")


def _resolve(host: str, port: int, seconds: float) -> list[Address]:
    """Return all addresses of a name from one question to the resolver, which itself knows no deadline."""
    answers: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            answers.put(error)

    threading.Thread(target=ask, name="resolve", daemon=True).start()
    try:
        found = answers.get(timeout=max(seconds, 0.001))
    except queue.Empty:
        raise _late() from None
    if isinstance(found, Exception) or not found:
        raise OutboundError("resolve", f"The name {host} was not found.")
    try:
        return list(dict.fromkeys(ip_address(entry[4][0].partition("%")[0]) for entry in found))
    except ValueError:
        raise OutboundError("resolve", f"The answer for the name {host} is not an address.") from None

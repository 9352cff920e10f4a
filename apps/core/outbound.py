"""The one door for outgoing HTTP.

Whoever sets a webhook URL chooses where this server sends requests, so the door resolves the name once, refuses it if
any of its answers is not public, and dials the very address that it checked. The name stays in the URL: Host, SNI and
the certificate are the name's. Redirects are answers like any other, and nothing is read from the environment.
"""

from __future__ import annotations

import json
import queue
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, ip_address
from typing import Any

import httpcore2

from apps.core.addresses import Address
from apps.core.destinations import (
    Destination,
    ForbiddenDestination,
    OutboundError,
    check_address,
    check_url,
    parse,
)

__all__ = ["Answer", "ForbiddenDestination", "OutboundError", "check_url", "post"]

READ_LIMIT = 64 * 1024
KEPT_BYTES = 4 * 1024
CONNECT_SECONDS = 5.0
MAX_ADDRESSES = 4
USER_AGENT = "Gatepass-Webhooks/1"

_HEADER_NAME = re.compile(r"[A-Za-z0-9-]+")
_HEADER_VALUE = re.compile(
    r"(?:[^\x00-\x20\x7f\ud800-\udfff](?:[^\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]*[^\x00-\x20\x7f\ud800-\udfff])?)?"
)
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
    began = time.monotonic()
    destination = parse(url)
    check_url(url)
    line = _Line(destination, began + deadline)
    scheme, host = destination.scheme.encode(), destination.host.encode()
    target = httpcore2.URL(
        scheme=scheme, host=host, port=destination.port, target=destination.target.encode()
    )
    lines = _header_lines(destination, headers)
    with (
        _errors_in_words(),
        httpcore2.ConnectionPool(
            ssl_context=_tls(), network_backend=line, max_connections=1, retries=0
        ) as pool,
        pool.stream("POST", target, headers=lines, content=body) as response,
    ):
        veil = _Veil(headers)
        return Answer(
            status=response.status,
            headers={
                name.decode("latin-1").lower(): veil(value).decode("latin-1")
                for name, value in response.headers
            },
            body=veil(_read(response.iter_stream()))[:KEPT_BYTES],
            ms=round((time.monotonic() - began) * 1000),
            address=line.address,
        )


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


def _header_lines(destination: Destination, headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    own = {
        "Host": destination.host_header,
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
    lines = {"user-agent": ("User-Agent", USER_AGENT)} | {
        name.lower(): (name, value) for name, value in own.items()
    }
    for name, value in headers.items():
        if name.lower() in _OWN_HEADERS:
            raise ValueError(f"The header {name} is set by the door itself.")
        if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
            raise _unwritable()
        lines[name.lower()] = (name, value)
    return [(name.encode("ascii"), value.encode("utf-8")) for name, value in lines.values()]


def _read(chunks: Iterable[bytes]) -> bytes:
    read = bytearray()
    for chunk in chunks:
        read += chunk
        if len(read) >= READ_LIMIT:
            break
    return bytes(read[:READ_LIMIT])


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    context = httpcore2.default_ssl_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


@contextmanager
def _errors_in_words() -> Iterator[None]:
    try:
        yield
    except httpcore2.LocalProtocolError:
        raise _unwritable() from None
    except httpcore2.RemoteProtocolError:
        raise OutboundError(
            "protocol", "The other end did not answer in HTTP, or closed the connection half way."
        ) from None
    except (httpcore2.NetworkError, httpcore2.ProtocolError):
        raise OutboundError("connection", "The connection broke before the answer was there.") from None
    except httpcore2.TimeoutException:
        raise _late() from None


def _unwritable() -> OutboundError:
    return OutboundError(
        "request", "The request could not be written: a header holds characters that HTTP refuses."
    )


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


class _Line(httpcore2.NetworkBackend):
    """Connects to a destination's checked address, with one deadline over all that happens."""

    def __init__(self, destination: Destination, until: float) -> None:
        self._destination = destination
        self._until = until
        self.address = ""

    def left(self) -> float:
        """Return the seconds left; raise when there are none, so that slow drips end too."""
        seconds = self._until - time.monotonic()
        if seconds <= 0:
            raise _late()
        return seconds

    def connect_tcp(self, host: str, port: int, *args: Any, **kwargs: Any) -> _Stream:
        """Connect to the first address that answers, after all of them were found to be allowed."""
        destination = self._destination
        if destination.literal is not None:
            addresses = [destination.literal]
            check_address(destination.literal)
        else:
            addresses = _resolve(destination.host, destination.port, self.left())
            for address in addresses:
                check_address(address, destination.host)
        for address in addresses[:MAX_ADDRESSES]:
            connection = self._dial(address)
            if connection is not None:
                self.address = str(address)
                return _Stream(connection, self)
        raise OutboundError("connect", f"Nothing answers at {destination.host}, port {destination.port}.")

    def _dial(self, address: Address) -> socket.socket | None:
        family = socket.AF_INET if isinstance(address, IPv4Address) else socket.AF_INET6
        try:
            connection = socket.socket(family, socket.SOCK_STREAM)
        except OSError:
            return None
        try:
            connection.settimeout(min(self.left(), CONNECT_SECONDS))
            connection.connect((str(address), self._destination.port))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError:
            connection.close()
            return None
        except OutboundError:
            connection.close()
            raise
        return connection


class _Stream(httpcore2.NetworkStream):
    """A connection whose every wait ends at the deadline of its line."""

    def __init__(self, connection: socket.socket, line: _Line) -> None:
        self._connection = connection
        self._line = line

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._connection.settimeout(self._line.left())
        try:
            return self._connection.recv(max_bytes)
        except TimeoutError:
            raise _late() from None
        except OSError as error:
            raise httpcore2.ReadError(str(error)) from error

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        view = memoryview(buffer)
        while view:
            self._connection.settimeout(self._line.left())
            try:
                view = view[self._connection.send(view) :]
            except TimeoutError:
                raise _late() from None
            except OSError as error:
                raise httpcore2.WriteError(str(error)) from error

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> _Stream:
        self._connection.settimeout(self._line.left())
        try:
            wrapped = ssl_context.wrap_socket(self._connection, server_hostname=server_hostname)
        except ssl.SSLCertVerificationError as error:
            self.close()
            raise OutboundError("tls", f"The certificate was not accepted: {error.verify_message}.") from None
        except TimeoutError:
            self.close()
            raise _late() from None
        except (OSError, ValueError):
            self.close()
            raise OutboundError("tls", "An encrypted connection could not be set up.") from None
        return _Stream(wrapped, self._line)

    def close(self) -> None:
        self._connection.close()

    def get_extra_info(self, info: str) -> Any:
        if info == "ssl_object" and isinstance(self._connection, ssl.SSLSocket):
            return self._connection
        return None

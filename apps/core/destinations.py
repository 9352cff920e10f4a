"""Where outgoing requests may go: reading a URL strictly, and judging its host before anything is dialled."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

import idna
from django.conf import settings

from apps.core.addresses import Address, why_not_public

MAX_URL_LENGTH = 2000

# Ports at and above 1024 where other protocols listen that an HTTP request could be mistaken for (the Fetch standard).
# fmt: off
_BAD_PORTS = frozenset((
    1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061,
    6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
))
# fmt: on
_DEFAULT_PORTS = {"http": 80, "https": 443}
_URL = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<target>[!-~]*)", re.DOTALL
)
_AUTHORITY = re.compile(r"(?:\[(?P<six>[^\[\]]*)\]|(?P<name>[^:\[\]]*))(?::(?P<port>[1-9][0-9]{0,4}))?")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMERIC_LABEL = re.compile(r"[0-9]+|0x[0-9a-f]*")
_QUAD = re.compile(r"(?:0|[1-9][0-9]{0,2})(?:\.(?:0|[1-9][0-9]{0,2})){3}")
_PRIVATE_SUFFIXES = (".localhost", ".local", ".internal", ".intranet", ".lan", ".home.arpa", ".localdomain")


class OutboundError(Exception):
    """A request that got no answer; `kind` is for code, `message` is a sentence for people."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


class ForbiddenDestination(OutboundError):
    """A URL that is never dialled; `reason` says why in plain words."""

    def __init__(self, reason: str) -> None:
        super().__init__("forbidden", reason)
        self.reason = reason


@dataclass(frozen=True)
class Destination:
    """A URL in parts, its host in the one spelling that is resolved and dialled."""

    scheme: str
    host: str
    literal: Address | None
    port: int
    target: str

    @property
    def host_header(self) -> str:
        """The Host header of a request to here."""
        host = f"[{self.host}]" if isinstance(self.literal, IPv6Address) else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


def check_url(url: str) -> None:
    """Raise ForbiddenDestination if a URL is one that is never dialled, without asking a resolver."""
    check(parse(url))


def check(destination: Destination) -> None:
    """Raise ForbiddenDestination if a destination is one that is never dialled, without asking a resolver."""
    if destination.literal is not None:
        check_address(destination.literal)
    elif not settings.WEBHOOK_ALLOWED_NETWORKS:
        host = destination.host
        if host == "localhost" or host.endswith(_PRIVATE_SUFFIXES):
            raise ForbiddenDestination("The host of this URL is inside a private network. Use a public one.")
        if "." not in host:
            raise ForbiddenDestination("The host of this URL needs its full name, such as hooks.example.com.")


def parse(url: str) -> Destination:
    """Return the parts of a URL; raise ForbiddenDestination where two readers could take it apart in two ways."""
    match = _URL.fullmatch(url) if len(url) <= MAX_URL_LENGTH else None
    if match is None:
        raise ForbiddenDestination(
            "This is not a URL that can be called. It starts with https://, has no spaces, and writes special "
            "characters of its path as %XX."
        )
    scheme, authority, target = match["scheme"].lower(), match["authority"], match["target"]
    if scheme not in ("http", "https"):
        raise ForbiddenDestination("Only URLs that start with https:// can be called.")
    if scheme == "http" and not settings.WEBHOOK_ALLOW_HTTP:
        raise ForbiddenDestination("Use https:// so that nobody on the way can read the requests.")
    if "\\" in url or "#" in url:
        raise ForbiddenDestination("A URL that can be called holds no backslash and no #.")
    if "@" in authority:
        raise ForbiddenDestination(
            "Leave out the name and password before the @; use the Auth Token instead."
        )
    parts = _AUTHORITY.fullmatch(authority)
    if parts is None:
        raise ForbiddenDestination("The host or the port of this URL is not written correctly.")
    port = _port_of(parts["port"], scheme)
    host, literal = _host_of(parts["six"], parts["name"])
    return Destination(scheme, host, literal, port, target if target.startswith("/") else f"/{target}")


def _port_of(text: str | None, scheme: str) -> int:
    port = int(text) if text else _DEFAULT_PORTS[scheme]
    if not (port in (80, 443) or 1024 <= port <= 65535) or port in _BAD_PORTS:
        raise ForbiddenDestination(f"Port {port} can't be called. Use 443, 80, or one of 1024 and above.")
    return port


def _host_of(six: str | None, name: str | None) -> tuple[str, Address | None]:
    if six is not None:
        try:
            literal = IPv6Address(six)
        except ValueError:
            literal = None
        if literal is None or literal.scope_id is not None or not six.isascii():
            raise ForbiddenDestination("The IPv6 address of this URL is not written correctly.")
        return str(literal), literal
    host = _ascii_name(name or "")
    labels = host.split(".")
    if _NUMERIC_LABEL.fullmatch(labels[-1]):
        # Resolvers read 127.1, 0x7f000001 and 017700000001 as addresses; here one spelling counts.
        if not _QUAD.fullmatch(host) or any(int(label) > 255 for label in labels):
            raise ForbiddenDestination("Write an IPv4 address as four decimal numbers, such as 192.0.2.1.")
        return host, IPv4Address(host)
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise ForbiddenDestination("The host of this URL is not written correctly.")
    return host, None


def _ascii_name(name: str) -> str:
    if name.isascii():
        return name.lower()
    try:
        # The mapping turns full-width digits and dots into plain ones, so all checks run on its result.
        return idna.encode(name, uts46=True, std3_rules=True, transitional=False).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        raise ForbiddenDestination("The host of this URL is not written correctly.") from None


def check_address(address: Address, host: str | None = None) -> None:
    """Raise ForbiddenDestination if an address is neither public nor opened by WEBHOOK_ALLOWED_NETWORKS."""
    if any(address in network for network in settings.WEBHOOK_ALLOWED_NETWORKS):
        return
    words = why_not_public(address)
    if words is None:
        return
    # The address itself stays out of the words: an internal resolver's answers are nothing for a tenant to learn.
    subject = f"{host} leads to" if host else "This is"
    raise ForbiddenDestination(f"{subject} {words}. Requests go to public addresses only.")

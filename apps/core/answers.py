"""Reading the answer to an HTTP/1.1 request (RFC 9112) off a connection: no socket here, and no clock.

Whoever answers is chosen by whoever sets a webhook URL, so everything has a limit, and what two readers could take in
two ways is refused or ends the connection.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

HEAD_LIMIT = 64 * 1024
_LINE_LIMIT = 4 * 1024
_MOST_INTERIM = 20

_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_LINE_END = re.compile(rb"\r?\n")
_STATUS_LINE = re.compile(rb"HTTP/1\.([01]) ([1-9][0-9]{2})(?: [^\x00\r\n]*)?")
_FOLD = re.compile(rb"\r?\n[ \t]+")
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\x00\r\n]*?)[ \t]*")
_DIGITS = re.compile(rb"[0-9]{1,18}")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;.*)?")
_WITHOUT_BODY = frozenset((204, 304))
_SWITCHING = 101

Fields = list[tuple[bytes, bytes]]


class NotHTTP(Exception):
    """What came is not an HTTP/1.1 answer, or one beyond every limit."""


class Ended(Exception):
    """The other end closed the connection before the answer was whole."""


@dataclass(frozen=True, slots=True)
class Message:
    """An answer; `leaves_open` says that the next request may be sent on the same connection."""

    status: int
    fields: Fields
    body: bytes
    leaves_open: bool


def read(receive: Callable[[], bytes], limit: int) -> Message:
    """Read one answer and the first `limit` bytes of its body; `receive` returns what came, nothing at the end.

    Raises NotHTTP and Ended.
    """
    pieces = _Pieces(receive)
    for _ in range(_MOST_INTERIM):
        version, status, fields = _head(pieces.until(_BLANK_LINE, HEAD_LIMIT))
        if status >= 200 or status == _SWITCHING:
            break
    else:
        raise NotHTTP
    body, whole = _body(pieces, status, fields, limit)
    asked_to_close = b"close" in _tokens(fields, b"connection")
    leaves_open = whole and version == 1 and not asked_to_close and not pieces.left
    return Message(status, fields, body, leaves_open)


class _Pieces:
    """What has come so far, and more of it when that is not enough."""

    def __init__(self, receive: Callable[[], bytes]) -> None:
        self._receive = receive
        self.left = bytearray()

    def more(self) -> bool:
        """Wait for more; False when the other end has closed."""
        piece = self._receive()
        self.left += piece
        return bool(piece)

    def until(self, end: re.Pattern[bytes], limit: int) -> bytes:
        """Take everything before the next `end`, and drop that."""
        looked_at = 0
        while (found := end.search(self.left, looked_at)) is None:
            # An end may be cut in two by the pieces that it comes in.
            looked_at = max(0, len(self.left) - 3)
            if len(self.left) > limit:
                raise NotHTTP
            self._need_more()
        if found.start() > limit:
            raise NotHTTP
        taken = bytes(self.left[: found.start()])
        del self.left[: found.end()]
        return taken

    def exactly(self, size: int) -> bytes:
        """Take so many bytes."""
        while len(self.left) < size:
            self._need_more()
        taken = bytes(self.left[:size])
        del self.left[:size]
        return taken

    def at_most(self, size: int) -> bytes:
        """Take what comes before the other end closes, and no more than so many bytes."""
        while len(self.left) < size and self.more():
            continue
        return bytes(self.left[:size])

    def _need_more(self) -> None:
        if not self.more():
            raise Ended


def _head(head: bytes) -> tuple[int, int, Fields]:
    """The minor version, the status and the fields."""
    first, *rest = _LINE_END.split(_FOLD.sub(b" ", head))
    status = _STATUS_LINE.fullmatch(first)
    if status is None:
        raise NotHTTP
    fields = []
    for line in rest:
        field = _FIELD.fullmatch(line)
        if field is None:
            raise NotHTTP
        fields.append((field[1].lower(), field[2]))
    return int(status[1]), int(status[2]), fields


def _body(pieces: _Pieces, status: int, fields: Fields, limit: int) -> tuple[bytes, bool]:
    """The body up to the limit, and whether its end was seen with the connection still in step."""
    if status in _WITHOUT_BODY:
        return b"", True
    lengths = set(_tokens(fields, b"content-length"))
    codings = _tokens(fields, b"transfer-encoding")
    if codings == [b"chunked"]:
        # With a length beside it the sender may mean something else (RFC 9112 §6.3): then nothing follows here.
        body, whole = _chunks(pieces, limit)
        return body, whole and not lengths
    if codings or not lengths or status == _SWITCHING:
        return pieces.at_most(limit), False
    length = lengths.pop()
    if lengths or not _DIGITS.fullmatch(length):
        raise NotHTTP
    return pieces.exactly(min(int(length), limit)), int(length) <= limit


def _chunks(pieces: _Pieces, limit: int) -> tuple[bytes, bool]:
    body = bytearray()
    while True:
        line = _CHUNK_SIZE.fullmatch(pieces.until(_LINE_END, _LINE_LIMIT))
        if line is None:
            raise NotHTTP
        size = int(line[1], 16)
        if not size:
            break
        body += pieces.exactly(min(size, limit - len(body)))
        if len(body) >= limit:
            return bytes(body), False
        if pieces.until(_LINE_END, _LINE_LIMIT):
            raise NotHTTP
    for _ in range(_MOST_INTERIM):
        if not pieces.until(_LINE_END, _LINE_LIMIT):
            return bytes(body), True
    return bytes(body), False


def _tokens(fields: Fields, name: bytes) -> list[bytes]:
    """The comma-separated values of all fields of a name, in lower case."""
    found = [value for field, value in fields if field == name]
    return [token.strip(b" \t").lower() for value in found for token in value.split(b",")] if found else []

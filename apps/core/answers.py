"""One HTTP/1.1 request and its answer (RFC 9112), written and read: no socket here, and no clock.

Whoever answers is chosen by whoever sets a webhook URL, so everything has a limit, and what two readers could take in
two ways is refused or ends the connection. The grammar is h11's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import h11

HEAD_LIMIT = 64 * 1024
_MOST_INTERIM = 20

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


class Exchange:
    """A request, as `written` for the connection, and the answer that is read after it."""

    def __init__(self, request: h11.Request, body: bytes) -> None:
        self._connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=HEAD_LIMIT)
        self._has_ended = False
        send = self._connection.send
        self.written = send(request) + send(h11.Data(data=body)) + send(h11.EndOfMessage())

    def read(self, receive: Callable[[], bytes], limit: int) -> Message:
        """Read the answer and the first `limit` bytes of its body; `receive` returns what came, nothing at the end.

        Raises NotHTTP and Ended.
        """
        head = self._head(receive)
        status, fields = head.status_code, list(head.headers)
        body = bytearray()
        while isinstance(event := self._next(receive), h11.Data):
            body += event.data
            if len(body) >= limit:
                return Message(status, fields, bytes(body[:limit]), leaves_open=False)
        return Message(status, fields, bytes(body), leaves_open=self._is_in_step(fields))

    def _head(self, receive: Callable[[], bytes]) -> h11.Response:
        for _ in range(_MOST_INTERIM):
            if isinstance(event := self._next(receive), h11.Response):
                return event
        raise NotHTTP

    def _next(self, receive: Callable[[], bytes]) -> h11.Event:
        try:
            while (event := self._connection.next_event()) is h11.NEED_DATA:
                piece = receive()
                self._has_ended = not piece
                self._connection.receive_data(piece)
        except (h11.RemoteProtocolError, ValueError) as error:
            # A ValueError is a length with more digits than Python reads.
            raise (Ended if self._has_ended else NotHTTP) from error
        if isinstance(event, h11.Event):
            return event
        raise NotHTTP

    def _is_in_step(self, fields: Fields) -> bool:
        """Whether the end of the answer was seen by both, so that what comes next belongs to the next request."""
        names = {name for name, _ in fields}
        # With a length beside the coding the sender may mean something else (RFC 9112 §6.3): then nothing follows here.
        is_ambiguous = {b"content-length", b"transfer-encoding"} <= names
        is_done = self._connection.our_state is h11.DONE and self._connection.their_state is h11.DONE
        is_over = self._has_ended or bool(self._connection.trailing_data[0])
        return is_done and not is_ambiguous and not is_over

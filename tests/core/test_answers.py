"""Reading answers off a connection: what is taken, what is refused, and when the connection may go on."""

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.answers import HEAD_LIMIT, Ended, Exchange, NotHTTP

LIMIT = 1000


REQUEST = h11.Request(
    method="POST", target="/", headers=[("Host", "hooks.example.com"), ("Content-Length", "2")]
)


def feed(*pieces):
    """Return a `receive` that hands out these pieces and then the end."""
    left = list(pieces)
    return lambda: left.pop(0) if left else b""


def read(receive, limit):
    """Read the answer to a POST."""
    return Exchange(REQUEST, b"{}").read(receive, limit)


def head(*lines, first="HTTP/1.1 200 OK"):
    return "\r\n".join((first, *lines, "", "")).encode()


WHOLE = [
    pytest.param(head("Content-Length: 2") + b"ok", 200, b"ok", id="length"),
    pytest.param(head("content-length:2") + b"ok", 200, b"ok", id="without a space"),
    pytest.param(head("Content-Length: 2", "Content-Length: 2") + b"ok", 200, b"ok", id="the same length twice"),
    pytest.param(head("Content-Length: 0"), 200, b"", id="empty"),
    pytest.param(head(first="HTTP/1.1 204 No Content"), 204, b"", id="204"),
    pytest.param(head(first="HTTP/1.1 204"), 204, b"", id="204 without a reason"),
    pytest.param(head("Transfer-Encoding: chunked") + b"2\r\nok\r\n0\r\n\r\n", 200, b"ok", id="chunked"),
    pytest.param(
        head("Transfer-Encoding: Chunked") + b"1;a=b\r\no\r\n1\r\nk\r\n0\r\nX-A: 1\r\n\r\n", 200, b"ok", id="trailers"
    ),
    pytest.param(head(first="HTTP/1.1 100 Continue") + head("Content-Length: 2") + b"ok", 200, b"ok", id="interim"),
    pytest.param(b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok", 200, b"ok", id="bare line feeds"),
]  # fmt: skip
LAST = [
    pytest.param(head() + b"ok", b"ok", id="until the end"),
    pytest.param(head("Content-Length: 2", first="HTTP/1.0 200 OK") + b"ok", b"ok", id="HTTP/1.0"),
    pytest.param(head("Content-Length: 2", "Connection: Close") + b"ok", b"ok", id="close"),
    pytest.param(head("Content-Length: 2", "Connection: x, close") + b"ok", b"ok", id="close among others"),
    pytest.param(head("Content-Length: 2") + b"okHTTP/1.1 200 OK\r\n", b"ok", id="more than was asked for"),
    pytest.param(head("Content-Length: 2000") + b"x" * 2000, b"x" * LIMIT, id="long"),
    pytest.param(
        head("Transfer-Encoding: chunked") + b"7D0\r\n" + b"x" * 2000 + b"\r\n0\r\n\r\n", b"x" * LIMIT, id="long chunk"
    ),
    pytest.param(
        head("Content-Length: 9", "Transfer-Encoding: chunked") + b"2\r\nok\r\n0\r\n\r\n", b"ok", id="two lengths"
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "status", "body"), WHOLE)
def test_a_whole_answer_leaves_the_connection_for_the_next(text, status, body):
    message = read(feed(text), LIMIT)
    assert (message.status, message.body, message.leaves_open) == (status, body, True)


@pytest.mark.parametrize(("text", "body"), LAST)
def test_an_answer_after_which_nothing_follows_is_the_last_of_its_connection(text, body):
    message = read(feed(text), LIMIT)
    assert (message.body, message.leaves_open) == (body, False)


@pytest.mark.parametrize(
    "text",
    [
        b"SSH-2.0-OpenSSH_9.0\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/1.1 099 OK\r\n\r\n",
        head("Content-Length : 2") + b"ok",
        head("No colon"),
        head("A: \x00"),
        head("A: b\rC: d"),
        head("Content-Length: +2") + b"ok",
        head("Content-Length: 0x2") + b"ok",
        head("Content-Length: 2, 3") + b"ok",
        head("Content-Length: 2", "Content-Length: 3") + b"ok",
        head("Content-Length: " + "9" * 5000),
        head("Transfer-Encoding: gzip, chunked") + b"ok",
        head(first="HTTP/1.1 101 Switching Protocols") + b"ok",
        head("Transfer-Encoding: chunked") + b"-2\r\nok\r\n0\r\n\r\n",
        head("Transfer-Encoding: chunked") + b"0x2\r\nok\r\n0\r\n\r\n",
        head("Transfer-Encoding: chunked") + b"\r\nok\r\n0\r\n\r\n",
        head("Transfer-Encoding: chunked") + b"2\r\nokay\r\n0\r\n\r\n",
        head(first="HTTP/1.1 100 Continue") * 50,
    ],
)
def test_what_is_not_http_or_could_be_read_in_two_ways_is_refused(text):
    with pytest.raises(NotHTTP):
        read(feed(text), LIMIT)


def test_a_head_without_end_is_refused_at_its_limit():
    pieces = [b"HTTP/1.1 200 OK\r\nX: "] + [b"a" * 1024] * (HEAD_LIMIT // 1024 + 1)
    with pytest.raises(NotHTTP):
        read(feed(*pieces), LIMIT)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-",
        head("Content-Length: 3") + b"ok",
        head("Content-Length: " + "9" * 20) + b"ok",
        head("Transfer-Encoding: chunked") + b"2\r\nok\r\n",
        head("Transfer-Encoding: chunked") + b"2\r\no",
    ],
)
def test_an_answer_that_breaks_off_is_none(text):
    with pytest.raises(Ended):
        read(feed(text), LIMIT)


def test_fields_are_lower_case_in_their_order_and_a_folded_one_is_one():
    message = read(feed(head("Retry-After:  120 ", "X-A: b", "\tc", "Content-Length: 0")), LIMIT)
    assert message.fields == [(b"retry-after", b"120"), (b"x-a", b"b c"), (b"content-length", b"0")]


@given(st.sampled_from([case.values[0] for case in WHOLE]), st.data())
def test_it_makes_no_difference_in_which_pieces_an_answer_comes(text, data):
    cuts = sorted(data.draw(st.sets(st.integers(1, len(text) - 1), max_size=8)))
    pieces = [text[start:end] for start, end in zip([0, *cuts], [*cuts, None], strict=True)]
    assert read(feed(*pieces), LIMIT) == read(feed(text), LIMIT)


@given(st.binary(max_size=200))
def test_whatever_comes_is_an_answer_or_one_of_two_errors(text):
    for start in (b"", b"HTTP/1.1 200 OK\r\n", head("Transfer-Encoding: chunked")):
        try:
            message = read(feed(start + text), LIMIT)
        except (NotHTTP, Ended):
            continue
        assert len(message.body) <= LIMIT

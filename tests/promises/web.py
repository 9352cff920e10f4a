"""Callers and browsers that speak HTTP to real servers, one at a time or all at the same instant."""

import http.client
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from threading import Barrier
from typing import Any, Self, TypeVar
from urllib.parse import urlencode

from django.conf import settings
from django.test import Client

from apps.accounts.models import User

HOST = "127.0.0.1"
PATIENCE = 60
FORM = "application/x-www-form-urlencoded"
_CSRF = "c" * 32
T = TypeVar("T")


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    content: bytes = field(repr=False)
    cookies: str = ""

    @property
    def text(self) -> str:
        """The body."""
        return self.content.decode()


class Web:
    """One connection to one of the servers, kept open from call to call."""

    def __init__(self, port: int, **headers: str) -> None:
        self._connection = http.client.HTTPConnection(HOST, port, timeout=PATIENCE)
        self.headers = headers

    def __enter__(self) -> Self:
        """Connect now, so that the next request goes out at once."""
        self._connection.connect()
        return self

    def __exit__(self, *error: object) -> None:
        """Hang up."""
        self._connection.close()

    def ask(self, method: str, path: str, body: str = "", kind: str = FORM, **headers: str) -> Answer:
        """Ask and read the whole answer, on a new connection where the server closed the kept one instead.

        A server may close a connection after any answer, and does after one that it gave before the body had come.
        Had it taken the call all the same, there would be one more of what the call makes than the caller noted.
        """
        sent = {
            key.replace("_", "-"): value
            for key, value in {"Content-Type": kind, **self.headers, **headers}.items()
        }
        try:
            return self._exchange(method, path, body, sent)
        except (BrokenPipeError, ConnectionResetError):
            self._connection.close()
            return self._exchange(method, path, body, sent)

    def _exchange(self, method: str, path: str, body: str, headers: dict[str, str]) -> Answer:
        self._connection.request(method, path, body.encode(), headers)
        answer = self._connection.getresponse()
        return Answer(answer.status, answer.read(), "; ".join(answer.headers.get_all("Set-Cookie", [])))

    def get(self, path: str, **headers: str) -> Answer:
        """GET."""
        return self.ask("GET", path, **headers)

    def post(self, path: str, data: dict[str, Any], **headers: str) -> Answer:
        """POST a form."""
        return self.ask("POST", path, urlencode(data, doseq=True), **headers)


def cookies_of(user: User) -> dict[str, str]:
    """The headers that a signed-in person's browser sends with each request."""
    client = Client()
    client.force_login(user)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    cookies = f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={_CSRF}"
    return {"Cookie": cookies, "X_CSRFToken": _CSRF}


def together(acts: Sequence[Callable[[], T]]) -> list[T]:
    """Start all of them at the same instant, in threads; what each returned, in their order."""
    barrier = Barrier(len(acts))

    def one(act: Callable[[], T]) -> T:
        barrier.wait(PATIENCE)
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(one, acts))


def posts_together(port: int, posts: Sequence[tuple[str, dict[str, Any]]], **headers: str) -> list[Answer]:
    """Send forms at the same instant, each over a connection of its own that is open already."""
    with ExitStack() as stack:
        webs = [stack.enter_context(Web(port, **headers)) for _ in posts]
        return together([partial(web.post, *post) for web, post in zip(webs, posts, strict=True)])

"""A browser for each test: signed in by cookie, and failing the test on any error or violation in the page."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, WebError, expect
from pytest_django.live_server_helper import LiveServer

from apps.accounts.models import User
from tests import chromium

# The browser reports the status of a form that is invalid or a page that is refused as if it were a fault.
EXPECTED_STATUS = re.compile(r"Failed to load resource: the server responded with a status of 4\d\d ")

# A busy machine is slower than the five seconds that Playwright waits by default.
expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_type_launch_args, "executable_path": chromium.EXECUTABLE, "args": chromium.FLAGS}


@pytest.fixture(scope="session")
def base_url(live_server: LiveServer) -> str:
    """Pages are opened by their path: `page.goto("/t/coastal/")`."""
    return live_server.url


@pytest.fixture
def problems() -> Iterator[list[str]]:
    """Errors in the console, exceptions and violations of the CSP; a test that expects one takes it out."""
    found: list[str] = []
    yield found
    assert not found, "The page reported:\n" + "\n".join(found)


@pytest.fixture
def new_context(
    new_context: Callable[..., BrowserContext], problems: list[str]
) -> Callable[..., BrowserContext]:
    """Open contexts in which whatever goes wrong is noted."""

    def note_message(message: ConsoleMessage) -> None:
        is_file = settings.STATIC_URL in message.location["url"]
        if message.type == "error" and (is_file or not EXPECTED_STATUS.match(message.text)):
            problems.append(f"{message.location['url']}: {message.text}")

    def note_exception(error: WebError) -> None:
        problems.append(str(error.error))

    def open_context(**options: Any) -> BrowserContext:
        context = new_context(**options)
        context.on("console", note_message)
        context.on("weberror", note_exception)
        return context

    return open_context


@pytest.fixture
def page_as(
    new_context: Callable[..., BrowserContext],
    sign_in: Callable[[User | None], Client],
    base_url: str,
) -> Callable[..., Page]:
    """Return `page_as(user, **context_options)`: a page of that person, or of nobody with `None`.

    `java_script_enabled=False`, `viewport={...}` and `color_scheme="dark"` are options of the context.
    """

    def page_of(user: User | None, **options: Any) -> Page:
        context = new_context(**options)
        session = sign_in(user).cookies.get(settings.SESSION_COOKIE_NAME)
        if session is not None:
            context.add_cookies([{"name": session.key, "value": session.value, "url": base_url}])
        return context.new_page()

    return page_of

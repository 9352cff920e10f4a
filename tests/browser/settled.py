"""Waiting for the page that a click brings: what is read or clicked at once may still be the page before."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Error, Locator, Page, expect

# The classes that htmx sets as long as a request is under way or its answer is not yet listened to.
UNDER_WAY = ".htmx-request, .htmx-swapping, .htmx-added, .htmx-settling"


def follow(target: Locator) -> None:
    """Click what leads to another page, by a link or a form, and return once that page is there with its scripts.

    Without this wait a locator that fits both pages finds the old one, and a click may come before htmx is there.
    """
    with target.page.expect_navigation():
        target.click()


def at_rest(page: Page) -> None:
    """Wait until the page has its scripts and all that htmx asked the server for, so that nothing moves any more.

    A click that leads to another page needs `follow`, or to have seen something that only the new page shows.
    """
    page.wait_for_load_state("load")
    expect(page.locator(UNDER_WAY)).to_have_count(0)


@contextmanager
def step_in_history(page: Page) -> Iterator[None]:
    """Go back or forward, also to the answer to a POST.

    Chromium keeps none that must not be stored: it refuses, and shows a page of its own a moment after it said so.
    """
    try:
        yield
    except Error as error:
        if "ERR_CACHE_MISS" not in error.message:
            raise
        expect(page).to_have_url(re.compile("^chrome-error:"))


def content_of(page: Page) -> str:
    """The whole of the page, once it is loaded. Whether it is the new one is for the caller to have waited for."""
    page.wait_for_load_state("load")
    return page.content()

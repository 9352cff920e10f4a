"""Reading a page that may still be on its way somewhere."""

from contextlib import suppress

from playwright.sync_api import Error, Page


def content_of(page: Page) -> str:
    """What the page shows, once it has stopped moving between its history and the browser's own error page."""
    for _ in range(50):
        with suppress(Error):
            return page.content()
        page.wait_for_timeout(100)
    return page.content()

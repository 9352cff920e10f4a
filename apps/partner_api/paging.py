"""Pages of a list: which rows to serve, and the headers that say where the caller is (partner_api.md §2.4)."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.db.models import QuerySet

from apps.partner_api.answers import Answer, bad_request
from apps.partner_api.calls import ApiCall

DEFAULT_SIZE = 100
LARGEST_SIZE = 200
WHOLE_LIST = 1000
_FURTHEST = 2**31
_DIGITS = re.compile(r"[0-9]{1,40}")


def paged(
    call: ApiCall,
    rows: QuerySet[Any],
    wire: Callable[[Any], dict[str, Any]],
    *,
    whole: bool = False,
    read: Callable[[QuerySet[Any]], list[Any]] | None = None,
    number: int | None = None,
) -> Answer:
    """One page of `rows`; a list that clients read `whole` comes in one piece unless they ask for pages.

    `number` says how many rows there are, where that is known already.

    `read` gets the query that finds the ids of the page's rows, which an index alone answers, and builds it into the
    one that reads them: in one statement, so that no row can go in between and leave a short page before the last.
    """

    def fetch(start: int, stop: int) -> list[Any]:
        return read(rows.values("pk")[start:stop]) if read else list(rows[start:stop])

    def count() -> int:
        return rows.count() if number is None else number

    return page_of(call, fetch, count, wire, whole=whole, minimal=_only_id)


def page_of(
    call: ApiCall,
    fetch: Callable[[int, int], list[Any]],
    count: Callable[[], int],
    wire: Callable[[Any], dict[str, Any]],
    *,
    whole: bool,
    minimal: Callable[[Any], dict[str, Any]],
) -> Answer:
    """One page of what `fetch(start, stop)` finds, in the form that `wire` and `minimal` take."""
    page, size = read_page(call, whole=whole)
    start = (page - 1) * size
    # An offset of 2**70 is an error to the database.
    found = fetch(start, start + size) if start < _FURTHEST else []
    # A page that is neither empty nor full is the last one and tells how many rows there are.
    is_last = 0 < len(found) < size or (not found and page == 1)
    headers = page_headers(call, page, size, start + len(found) if is_last else count())
    if call.prefers("minimal"):
        headers["Preference-Applied"] = "return=minimal"
        wire = minimal
    return Answer([wire(row) for row in found], headers=headers)


def _only_id(row: Any) -> dict[str, Any]:
    return {"id": row.pk}


def read_page(call: ApiCall, *, whole: bool = False) -> tuple[int, int]:
    """The page and its size that the caller asks for."""
    page, size = _number(call, "page"), _number(call, "size")
    if page is None and size is None and whole:
        return 1, WHOLE_LIST
    return page or 1, min(size or DEFAULT_SIZE, LARGEST_SIZE)


def _number(call: ApiCall, name: str) -> int | None:
    text = call.query(name)
    if not text:
        return None
    if not _DIGITS.fullmatch(text) or not (number := int(text)):
        raise bad_request(f"The query parameter {name} must be a whole number from 1.")
    return number


def page_headers(call: ApiCall, page: int, size: int, total: int) -> dict[str, str]:
    """The headers of a page, `Link` among them."""
    pages = -(-total // size)
    headers = {
        "Total-Pages": str(pages),
        "Total-Elements": str(total),
        "Page-Size": str(size),
        "Page-Number": str(page),
    }
    relations = {"first": 1, "last": max(pages, 1)}
    if page > 1:
        relations["prev"] = min(page - 1, max(pages, 1))
    if page < pages:
        relations["next"] = page + 1
    address = _address(call)
    headers["Link"] = ", ".join(
        f'<{address}page={number}&size={size}>; rel="{relation}"' for relation, number in relations.items()
    )
    return headers


_SECRET = re.compile(r"secret|token|password|client_id", re.IGNORECASE)


def _address(call: ApiCall) -> str:
    """The address of another page, up to its number. Secrets that a client puts into its query are not handed back."""
    kept = [
        (name, value)
        for name, value in parse_qsl(call.request.META.get("QUERY_STRING", ""))[:20]
        if name not in ("page", "size") and not _SECRET.search(name) and len(value) <= 100
    ]
    query = urlencode(kept) + "&" if kept else ""
    return f"{call.request.build_absolute_uri(call.request.path)}?{query}"

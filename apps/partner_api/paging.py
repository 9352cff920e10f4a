"""Pages of a list: which rows to serve, and the headers that say where the caller is (partner_api.md §2.4)."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.db.models import QuerySet
from django.utils.encoding import iri_to_uri

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
    request = call.request
    # The host is one that is served here: the middleware has looked.
    place = f"{request.scheme}://{request._get_raw_host()}{request.path}"  # type: ignore[attr-defined]  # as Django does
    return {
        "Total-Pages": str(pages),
        "Total-Elements": str(total),
        "Page-Size": str(size),
        "Page-Number": str(page),
        "Link": _links(place, _kept(request.META.get("QUERY_STRING", "")), page, size, pages),
    }


@lru_cache(maxsize=512)
def _links(place: str, kept: str, page: int, size: int, pages: int) -> str:
    """The header `Link` (RFC 8288). The same few pages are asked for all day."""
    relations = {"first": 1, "last": max(pages, 1)}
    if page > 1:
        relations["prev"] = min(page - 1, max(pages, 1))
    if page < pages:
        relations["next"] = page + 1
    address = f"{iri_to_uri(place)}?{kept}"
    return ", ".join(
        f'<{address}page={number}&size={size}>; rel="{relation}"' for relation, number in relations.items()
    )


_SECRET = re.compile(r"secret|token|password|client_id", re.IGNORECASE)


def _kept(query: str) -> str:
    """What another page's address keeps of a query. Secrets that a client puts into it are not handed back."""
    if not query:
        return ""
    kept = [
        (name, value)
        for name, value in parse_qsl(query)[:20]
        if name not in ("page", "size") and not _SECRET.search(name) and len(value) <= 100
    ]
    return urlencode(kept) + "&" if kept else ""

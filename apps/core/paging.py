"""Pages of a list, from a page number that strangers may write."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import BadRequest
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

PAGE_SIZE = 50
_NUMBER = re.compile(r"[0-9]{1,6}")


def page_of(
    queryset: QuerySet[Any] | Sequence[Any],
    request: HttpRequest,
    size: int = PAGE_SIZE,
    *,
    parameter: str = "page",
) -> Page[Any]:
    """Return the page that a request asks for: the first by default, the last for numbers past the end.

    A page number that is none is a 400, so that a mistyped address does not look like an answer.
    """
    text = request.GET.get(parameter) or "1"
    if not _NUMBER.fullmatch(text) or int(text) == 0:
        raise BadRequest("The page number has to be 1 or more, in the digits 0 to 9.")
    paginator = Paginator(queryset, size)
    return paginator.page(min(int(text), paginator.num_pages))

"""What the list pages share: the filter row, the page, and the same answer for whole page and fragment."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import BadRequest
from django.db.models import QuerySet
from django.http import HttpResponse

from apps.core.fragments import render_page
from apps.core.paging import page_of
from apps.orders.forms import FilterForm
from apps.orders.selectors import Filters
from apps.tenants.access import TenantRequest


def show_list(
    request: TenantRequest,
    template: str,
    rows: Callable[[Filters], "QuerySet[Any]"],
    *,
    title: str,
    search: str,
    statuses: Any,
    **context: Any,
) -> HttpResponse:
    """A list narrowed by its filter row; a filter that no form of ours offers is a 400."""
    form = FilterForm(request.GET, access=request.access, search=search, statuses=statuses)
    if not form.is_valid():
        raise BadRequest("The filter asks for something that this list does not have.")
    chosen = form.cleaned_data
    filters = Filters(text=chosen["q"], customer=chosen["customer"], status=chosen["status"])
    page = page_of(rows(filters), request)
    context |= {"title": title, "form": form, "page": page, "narrowed": form.changed_data}
    return render_page(request, template, context, partial="list")

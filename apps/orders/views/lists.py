"""What the list pages share: the filter row, the page, the same answer for page and fragment, and the rows as CSV."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import BadRequest
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.core import csvfile
from apps.core.fragments import render_page
from apps.core.paging import page_of
from apps.orders.forms import FilterForm
from apps.orders.selectors import Filters
from apps.tenants.access import Access, Need, TenantRequest, tenant_page

_ROWS_A_READ = 500


@dataclass(frozen=True, slots=True)
class Listing:
    """A list: how it is narrowed and shown, and what a line of its CSV holds; `joins` are what only the CSV reads."""

    title: str
    template: str
    search: str
    statuses: Any
    rows: Callable[[Access, Filters], "QuerySet[Any]"]
    columns: Sequence[str]
    lines: Callable[[Any], Iterable[Sequence[Any]]]
    need: Need = Need.MEMBER
    joins: Sequence[str] = ()


def list_page(listing: Listing) -> Callable[..., HttpResponseBase]:
    """The view of a list, narrowed by its filter row."""

    @require_safe
    @tenant_page(listing.need)
    def view(request: TenantRequest) -> HttpResponse:
        form = _filter(request, listing)
        context = {
            "title": listing.title,
            "form": form,
            "page": page_of(_rows(request, listing, form), request),
            "narrowed": form.changed_data,
            "query": request.GET.urlencode(),
        }
        return render_page(request, listing.template, context, partial="list")

    return view


def list_csv(listing: Listing) -> Callable[..., HttpResponseBase]:
    """The view that hands out the rows of a list, all those that the filter leaves, as they are read."""

    @require_safe
    @tenant_page(listing.need)
    def view(request: TenantRequest) -> HttpResponseBase:
        tenant = request.access.tenant
        rows = _rows(request, listing, _filter(request, listing))
        found = rows.prefetch_related(*listing.joins).iterator(_ROWS_A_READ)
        zone = ZoneInfo(tenant.zone)
        lines = ([_local(value, zone) for value in line] for row in found for line in listing.lines(row))
        name = f"{listing.title.lower()}-{tenant.slug}-{timezone.now().astimezone(zone):%Y-%m-%d}.csv"
        return csvfile.stream(lines, listing.columns, name)

    return view


def _filter(request: TenantRequest, listing: Listing) -> FilterForm:
    """The filter row; one that no form of ours offers is a 400."""
    form = FilterForm(request.GET, access=request.access, search=listing.search, statuses=listing.statuses)
    if not form.is_valid():
        raise BadRequest("The filter asks for something that this list does not have.")
    return form


def _rows(request: TenantRequest, listing: Listing, form: FilterForm) -> "QuerySet[Any]":
    chosen = form.cleaned_data
    filters = Filters(text=chosen["q"], customer=chosen["customer"], status=chosen["status"])
    return listing.rows(request.access, filters)


def _local(value: Any, zone: ZoneInfo) -> Any:
    return value.astimezone(zone) if isinstance(value, datetime) else value

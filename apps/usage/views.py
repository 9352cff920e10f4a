"""The request log: what was called, by whom, and what it was answered. No bodies, no query strings."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.exceptions import BadRequest
from django.db.models import Q
from django.http import Http404, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_safe

from apps.core.csvfile import stream
from apps.core.fragments import render_invalid, render_page
from apps.tenants.access import Access, Need, TenantRequest, tenant_page
from apps.usage import labels, reasons
from apps.usage.forms import CallFilter
from apps.usage.labels import Label
from apps.usage.models import Call
from apps.usage.querysets import CallQuerySet
from apps.usage.selectors import calls_of_client, impact
from apps.usage.tally import tally

PAGE_SIZE = 50
PANEL_SIZE = 10
MOST_EXPORTED = 100_000
CSV_CHUNK = 500
CSV_HEADER = (
    "received", "method", "endpoint", "status", "class", "reason", "message", "field", "client", "client_id",
    "customer", "customer_id", "address", "ms", "request_id",
)  # fmt: skip
LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Row:
    """A call with the names that belong to its ids."""

    call: Call
    client: Label | None
    customer: Label | None

    @property
    def why(self) -> str:
        """The reason in words, or nothing for a success."""
        return reasons.words_of(self.call.reason) if self.call.reason else ""


@require_safe
@tenant_page(Need.MEMBER)
def calls(request: TenantRequest) -> HttpResponse:
    """The request log, newest first, page by page without counting millions of rows."""
    access = request.access
    form = CallFilter(access, request.GET)
    context = {"title": "Request log", "form": form, "filtered": _is_filtered(request)}
    if not form.is_valid():
        return render_invalid(request, "usage/calls.html", context | {"rows": []}, partial="list")
    found = form.apply(Call.objects.visible_to(access))
    shown = list(_before(found, access, request.GET.get("before", "")).newest_first()[: PAGE_SIZE + 1])
    older = _address(request, shown[PAGE_SIZE - 1].pk) if len(shown) > PAGE_SIZE else ""
    newest = _address(request, None) if request.GET.get("before") else ""
    context |= {"rows": _rows(access, shown[:PAGE_SIZE]), "older": older, "newest": newest}
    context |= {"csv": _address(request, None), "most": MOST_EXPORTED}
    # A customer user sees some of the calls, and counters don't know which.
    context["counted"] = None if access.is_customer_user else tally(access.tenant, form.cleaned_data)
    return render_page(request, "usage/calls.html", context, partial="list")


@require_safe
@tenant_page(Need.MEMBER)
def calls_csv(request: TenantRequest) -> HttpResponseBase:
    """The calls that the filter finds, newest first, as a file that is written while it is sent."""
    access = request.access
    form = CallFilter(access, request.GET)
    if not form.is_valid():
        raise BadRequest("The filter can't be read.")
    found = form.apply(Call.objects.visible_to(access)).newest_first()[:MOST_EXPORTED]
    return stream(_csv_rows(access, found), CSV_HEADER, f"calls-{access.tenant.slug}.csv")


def _csv_rows(access: Access, found: CallQuerySet) -> Iterator[list[object]]:
    zone = ZoneInfo(access.tenant.zone)
    calls = found.iterator(chunk_size=CSV_CHUNK)
    while chunk := list(islice(calls, CSV_CHUNK)):
        for row in _rows(access, chunk):
            call, customer = row.call, row.customer
            yield [
                call.received_at.astimezone(zone), call.method, call.endpoint, call.status, call.call_class,
                call.reason, call.error_message, call.error_field, row.client.name if row.client else call.client_name,
                call.client_id, customer.name if customer else "", call.customer_id, call.address, call.ms,
                call.request_id,
            ]  # fmt: skip


@require_safe
@tenant_page(Need.MEMBER)
def call(request: TenantRequest, call_id: int) -> HttpResponse:
    """One call with everything that is kept of it."""
    if call_id > LARGEST_ID:
        raise Http404
    found = request.access.fetch(Call, pk=call_id)
    context = {"title": f"{found.method} {found.endpoint}", "row": _rows(request.access, [found])[0]}
    return render_page(request, "usage/call.html", context)


@require_safe
@tenant_page(Need.VIEW)
def client_panel(request: TenantRequest, client_id: UUID) -> HttpResponse:
    """The latest calls of one API client and how much it was used; the client's page shows it as a panel."""
    access = request.access
    latest = list(calls_of_client(access.tenant, client_id)[:PANEL_SIZE])
    label = labels.clients(access, [client_id]).get(client_id)
    if label is None and not latest:
        raise Http404
    context = {
        "title": f"Calls of {label.name if label else latest[0].client_name}",
        "client_id": client_id,
        "label": label,
        "use": impact(access.tenant, client_id),
        "rows": _rows(access, latest),
    }
    return render_page(request, "usage/client_panel.html", context, partial="panel")


def _rows(access: Access, found: Iterable[Call]) -> list[Row]:
    shown = list(found)
    clients = labels.clients(access, {each.client_id for each in shown})
    customers = labels.customers(access, {each.customer_id for each in shown if each.customer_id})
    return [
        Row(each, clients.get(each.client_id), customers.get(each.customer_id) if each.customer_id else None)
        for each in shown
    ]


def _before(found: CallQuerySet, access: Access, text: str) -> CallQuerySet:
    """The calls that come after the one with this id in the list."""
    if not text:
        return found
    if not (text.isascii() and text.isdigit()) or int(text[:20]) > LARGEST_ID:
        raise BadRequest("The log has no such page.")
    last = access.fetch(Call, pk=int(text[:20]))
    return found.filter(Q(received_at__lt=last.received_at) | Q(received_at=last.received_at, pk__lt=last.pk))


def _address(request: TenantRequest, before: int | None) -> str:
    """The log with the same filter, from another call on."""
    query = request.GET.copy()
    query.pop("before", None)
    if before is not None:
        query["before"] = str(before)
    return f"?{query.urlencode()}"


def _is_filtered(request: TenantRequest) -> bool:
    return any(value for name, value in request.GET.items() if name != "before")

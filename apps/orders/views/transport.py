"""Transport > Consignments: the list, a consignment's page, and the steps that people take with it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from apps.core.fragments import redirect_to, render_page
from apps.core.problems import Conflict, Stale
from apps.orders import selectors, services
from apps.orders.models import Consignment, ConsignmentStatus
from apps.orders.services.transport import FINISHED
from apps.orders.views.lists import Listing, list_csv, list_page
from apps.tenants.access import Need, TenantRequest, tenant_page


def _lines(consignment: Consignment) -> list[list[Any]]:
    return [
        [
            consignment.reference,
            consignment.numeric_id,
            consignment.customer.label,
            consignment.status,
            consignment.type,
            consignment.tracking,
            consignment.warehouse.name if consignment.warehouse else "",
            consignment.order.numeric_id if consignment.order else "",
            consignment.created,
            consignment.modified,
            consignment.pk,
        ]
    ]


CONSIGNMENTS = Listing(
    title="Consignments",
    template="orders/consignments.html",
    search="Reference or tracking",
    statuses=ConsignmentStatus,
    rows=selectors.shown_consignments,
    columns=(
        "reference",
        "number",
        "customer",
        "status",
        "type",
        "tracking",
        "warehouse",
        "order",
        "created",
        "modified",
        "id",
    ),
    lines=_lines,
)

consignment_list, consignment_csv = list_page(CONSIGNMENTS), list_csv(CONSIGNMENTS)


@require_safe
@tenant_page(Need.MEMBER)
def consignment_detail(request: TenantRequest, consignment_id: UUID) -> HttpResponse:
    """One transport job."""
    return _show(request, _fetch(request, consignment_id))


@require_POST
@tenant_page(Need.EDIT)
def consignment_move(request: TenantRequest, consignment_id: UUID) -> HttpResponse:
    """Take a transport job to one of its next statuses."""
    consignment, to = _fetch(request, consignment_id), request.POST.get("to", "")
    return _do(
        request,
        consignment,
        lambda version: services.move_consignment(
            consignment=consignment, to=to, version=version, actor=request.access.actor
        ),
    )


@require_POST
@tenant_page(Need.EDIT)
def consignment_cancel(request: TenantRequest, consignment_id: UUID) -> HttpResponse:
    """Call a transport job off."""
    consignment = _fetch(request, consignment_id)
    return _do(
        request,
        consignment,
        lambda version: services.cancel_consignment(
            consignment=consignment, version=version, actor=request.access.actor
        ),
    )


def _fetch(request: TenantRequest, consignment_id: UUID) -> Consignment:
    rows = Consignment.objects.select_related("tenant", "customer", "warehouse", "order")
    return request.access.fetch(rows, pk=consignment_id)


def _do(request: TenantRequest, consignment: Consignment, act: Callable[[int], Consignment]) -> HttpResponse:
    """Act on the version that the page showed, so that a second press and a stale page change nothing."""
    version = request.POST.get("version", "")
    if not (version.isascii() and version.isdigit() and len(version) < 10):
        raise BadRequest("The form lacks the version that it was shown for.")
    try:
        moved = act(int(version))
    except (Conflict, Stale) as refusal:
        return _show(request, _fetch(request, consignment.pk), refusal=refusal.message)
    messages.success(request, f"{moved.reference} is {moved.get_status_display().lower()}.")
    return redirect_to(
        request, reverse("orders:consignment", args=[request.access.tenant.slug, consignment.pk])
    )


def _show(request: TenantRequest, consignment: Consignment, refusal: str = "") -> HttpResponse:
    may = request.access.may_edit
    context = {
        "title": consignment.reference,
        "consignment": consignment,
        "refusal": refusal,
        "changes": consignment.changes.all(),
        "steps": services.next_steps(consignment) if may else (),
        "may_cancel": may and consignment.status not in FINISHED,
    }
    return render_page(request, "orders/consignment.html", context, status=409 if refusal else 200)

"""Warehouse > Orders and Inbound Orders: lists, an order's page, and the steps that people take with it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from apps.audit.actors import Actor
from apps.core.fragments import redirect_to, render_page
from apps.core.problems import Conflict
from apps.orders import selectors, services
from apps.orders.forms import INBOUND_STATUSES, OUTBOUND_STATUSES
from apps.orders.models import Direction, Order, Status
from apps.orders.services.simulation import may_simulate
from apps.orders.services.transitions import ALLOCATABLE, CANCELLABLE, PACKABLE, RECEIVABLE
from apps.orders.views.lists import Listing, list_csv, list_page
from apps.tenants.access import Access, Need, TenantRequest, tenant_page
from apps.tenants.models import Warehouse

SEARCH = "Reference or number"


COLUMNS = (
    "reference",
    "part",
    "number",
    "customer",
    "status",
    "warehouse",
    "made_by",
    "created",
    "modified",
)


def _shared_cells(order: Order) -> list[Any]:
    return [
        order.reference,
        order.part,
        order.numeric_id,
        order.customer.label,
        order.status,
        order.warehouse.name if order.warehouse else "",
        order.source,
        order.created,
        order.modified,
    ]


def _outbound_lines(order: Order) -> list[list[Any]]:
    return [
        [
            *_shared_cells(order),
            order.packed_at,
            order.dispatched_at,
            order.weight,
            order.cubic,
            order.allocation_note,
            order.pk,
        ]
    ]


def _inbound_lines(order: Order) -> list[list[Any]]:
    arrives = order.details.get("arrivalDate", "")
    return [[*_shared_cells(order), arrives, order.received_at, order.verified_at, order.pk]]


ORDERS = Listing(
    title="Orders",
    template="orders/list.html",
    search=SEARCH,
    statuses=OUTBOUND_STATUSES,
    rows=lambda access, filters: selectors.shown_orders(access, Direction.OUTBOUND, filters),
    columns=(*COLUMNS, "packed", "dispatched", "weight_kg", "volume_m3", "allocation", "id"),
    lines=_outbound_lines,
)
INBOUND_ORDERS = Listing(
    title="Inbound Orders",
    template="orders/inbound_list.html",
    search=SEARCH,
    statuses=INBOUND_STATUSES,
    rows=lambda access, filters: selectors.shown_orders(access, Direction.INBOUND, filters),
    columns=(*COLUMNS, "arrives", "received", "verified", "id"),
    lines=_inbound_lines,
)

order_list, order_csv = list_page(ORDERS), list_csv(ORDERS)
inbound_list, inbound_csv = list_page(INBOUND_ORDERS), list_csv(INBOUND_ORDERS)


@require_safe
@tenant_page(Need.MEMBER)
def order_detail(request: TenantRequest, order_id: UUID) -> HttpResponse:
    """One sale order."""
    return _show(request, _fetch(request.access, Direction.OUTBOUND, order_id))


@require_safe
@tenant_page(Need.MEMBER)
def inbound_detail(request: TenantRequest, order_id: UUID) -> HttpResponse:
    """One purchase order."""
    return _show(request, _fetch(request.access, Direction.INBOUND, order_id))


@require_POST
@tenant_page(Need.EDIT)
def allocate(request: TenantRequest, order_id: UUID) -> HttpResponse:
    """Hold the stock of an order that waits, in the warehouse that was chosen."""
    order = _fetch(request.access, Direction.OUTBOUND, order_id)
    warehouse = _chosen_warehouse(request)
    return _do(
        request,
        order,
        lambda actor: services.allocate(order=order, actor=actor, warehouse=warehouse),
        "allocated",
    )


def _step(direction: Direction, service: Callable[..., Order], done: str) -> Callable[..., HttpResponseBase]:
    """The view of a step that needs no more than the press of its button."""

    @require_POST
    @tenant_page(Need.EDIT)
    def view(request: TenantRequest, order_id: UUID) -> HttpResponse:
        order = _fetch(request.access, direction, order_id)
        return _do(request, order, lambda actor: service(order=order, actor=actor), done)

    return view


pack = _step(Direction.OUTBOUND, services.pack, "packed")
dispatch = _step(Direction.OUTBOUND, services.dispatch, "dispatched")
cancel = _step(Direction.OUTBOUND, services.cancel, "cancelled")
receive = _step(Direction.INBOUND, services.receive, "received")
verify = _step(Direction.INBOUND, services.verify, "verified")
inbound_allocate = _step(Direction.INBOUND, services.allocate_inbound, "on stock")
inbound_cancel = _step(Direction.INBOUND, services.cancel, "cancelled")
simulate = _step(Direction.OUTBOUND, services.simulate_order, "moved on")
inbound_simulate = _step(Direction.INBOUND, services.simulate_order, "moved on")


def _fetch(access: Access, direction: Direction, order_id: UUID) -> Order:
    rows = Order.objects.filter(direction=direction).for_wire()
    return access.fetch(rows, pk=order_id)


def _chosen_warehouse(request: TenantRequest) -> Warehouse | None:
    wanted = request.POST.get("warehouse", "")
    rows = Warehouse.objects.of(request.access.tenant)
    return next((warehouse for warehouse in rows if str(warehouse.pk) == wanted), None)


def _do(request: TenantRequest, order: Order, act: Callable[[Actor], Order], done: str) -> HttpResponse:
    try:
        act(request.access.actor)
    except Conflict as conflict:
        fresh = _fetch(request.access, Direction(order.direction), order.pk)
        return _show(request, fresh, refusal=conflict.message)
    messages.success(request, f"{order.reference} is {done}.")
    return redirect_to(request, order_url(request.access, order))


def order_url(access: Access, order: Order) -> str:
    """The page of an order of either direction."""
    name = "orders:detail" if order.is_outbound else "orders:inbound"
    return reverse(name, args=[access.tenant.slug, order.pk])


def _show(request: TenantRequest, order: Order, refusal: str = "") -> HttpResponse:
    may = request.access.may_edit
    status = Status(order.status)
    outbound = order.is_outbound
    context = {
        "title": order.reference,
        "order": order,
        "refusal": refusal,
        "changes": order.changes.all(),
        "consignments": order.consignments.all(),
        "may_allocate": may and outbound and status in ALLOCATABLE,
        "may_pack": may and outbound and status in PACKABLE,
        "may_dispatch": may and outbound and status == Status.PACKED,
        "may_cancel": may and status in (CANCELLABLE if outbound else RECEIVABLE),
        "may_receive": may and not outbound and status in RECEIVABLE,
        "may_verify": may and status == Status.RECEIVED,
        "may_simulate": may and may_simulate(order),
        "may_put_away": may and status == Status.VERIFIED,
    }
    if context["may_allocate"]:
        context["places"] = selectors.places_for(order)
    template = "orders/detail.html" if outbound else "orders/inbound_detail.html"
    return render_page(request, template, context, status=409 if refusal else 200)

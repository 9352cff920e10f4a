"""The simulator of a sandbox customer: a panel of its page, a step at the press of a button, and a switch."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from apps.core.fragments import redirect_to, render_page
from apps.core.problems import Conflict
from apps.customers.models import Customer
from apps.orders import services
from apps.orders.models import Simulation
from apps.orders.services.simulation import Moved, open_consignments, open_orders
from apps.tenants.access import Need, TenantRequest, tenant_page


@require_safe
@tenant_page(Need.VIEW)
def simulator(request: TenantRequest, customer_id: UUID) -> HttpResponse:
    """What the simulator would move, and its buttons: a page of its own, and a panel of the customer's page."""
    return _show(request, _sandbox(request, customer_id))


@require_POST
@tenant_page(Need.EDIT)
def step(request: TenantRequest, customer_id: UUID) -> HttpResponse:
    """Move every open order and consignment of the sandbox one step further."""
    sandbox = _sandbox(request, customer_id)
    try:
        moved = services.simulate_customer(customer=sandbox, actor=request.access.actor)
    except Conflict as conflict:
        return _show(request, sandbox, refusal=conflict.message)
    messages.success(request, _words(moved))
    return _back(request, sandbox)


@require_POST
@tenant_page(Need.EDIT)
def switch_on(request: TenantRequest, customer_id: UUID) -> HttpResponse:
    """Have the worker move the sandbox's orders from now on."""
    sandbox = _sandbox(request, customer_id)
    try:
        services.switch_simulation(customer=sandbox, actor=request.access.actor, on=True)
    except Conflict as conflict:
        return _show(request, sandbox, refusal=conflict.message)
    messages.success(request, f"The orders of {sandbox.name} now move by themselves.")
    return _back(request, sandbox)


@require_POST
@tenant_page(Need.EDIT)
def switch_off(request: TenantRequest, customer_id: UUID) -> HttpResponse:
    """Leave the sandbox's orders where they are."""
    sandbox = _sandbox(request, customer_id)
    services.switch_simulation(customer=sandbox, actor=request.access.actor, on=False)
    messages.success(request, f"The orders of {sandbox.name} stay where they are.")
    return _back(request, sandbox)


def _sandbox(request: TenantRequest, customer_id: UUID) -> Customer:
    """The customer; a live one has no simulator."""
    customer = request.access.fetch(Customer.objects.select_related("tenant"), pk=customer_id)
    if not customer.is_sandbox:
        raise Http404
    return customer


def _show(request: TenantRequest, sandbox: Customer, refusal: str = "") -> HttpResponse:
    context = {
        "title": f"Simulator of {sandbox.name}",
        "customer": sandbox,
        "refusal": refusal,
        "orders": open_orders(sandbox).count(),
        "consignments": open_consignments(sandbox).count(),
        "simulation": Simulation.objects.filter(customer=sandbox).first(),
        "may_simulate": request.access.may_edit and sandbox.is_active,
    }
    status = 409 if refusal else 200
    return render_page(request, "orders/simulator.html", context, partial="panel", status=status)


def _back(request: TenantRequest, sandbox: Customer) -> HttpResponse:
    return redirect_to(request, reverse("customers:detail", args=[request.access.tenant.slug, sandbox.pk]))


def _words(moved: Moved) -> str:
    if not (moved.orders or moved.consignments or moved.waiting):
        return "There is nothing under way to be moved."
    waiting = f" {moved.waiting} wait, for stock or for somebody else's change." if moved.waiting else ""
    return f"Moved on: {moved.orders} orders and {moved.consignments} consignments.{waiting}"

"""Warehouses: list, add, edit, activate and deactivate."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.core.fragments import redirect_to, render_invalid, render_page
from apps.tenants import selectors, services
from apps.tenants.access import Need, TenantRequest, tenant_page
from apps.tenants.forms import WarehouseForm
from apps.tenants.models import Warehouse

FORM_PAGE = "tenants/warehouse_form.html"


@require_safe
@tenant_page(Need.VIEW)
def warehouses(request: TenantRequest) -> HttpResponse:
    """Every warehouse with its UUID."""
    tenant = request.access.tenant
    page = Paginator(selectors.warehouses(tenant), 50).get_page(request.GET.get("page"))
    context = {"title": "Warehouses", "page": page, "several": page.paginator.count > 1}
    return render_page(request, "tenants/warehouses.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_page(Need.EDIT)
def warehouse_add(request: TenantRequest) -> HttpResponse:
    """Add a warehouse."""
    form = WarehouseForm(request.POST or None)
    context = {"title": "Add a warehouse", "form": form}
    if request.method == "POST" and form.is_valid() and _save(request, form, None):
        return _to_list(request)
    return _show(request, context)


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_page(Need.EDIT)
def warehouse_edit(request: TenantRequest, warehouse_id: UUID) -> HttpResponse:
    """Change a warehouse."""
    warehouse = request.access.fetch(Warehouse, pk=warehouse_id)
    initial = {name: getattr(warehouse, name) for name in WarehouseForm.base_fields}
    form = WarehouseForm(request.POST or None, initial=initial)
    context = {"title": f"Edit {warehouse.name}", "form": form, "warehouse": warehouse}
    if request.method == "POST" and form.is_valid() and _save(request, form, warehouse):
        return _to_list(request)
    return _show(request, context)


@require_POST
@tenant_page(Need.EDIT)
def warehouse_activate(request: TenantRequest, warehouse_id: UUID) -> HttpResponse:
    """Let a warehouse take orders."""
    return _set_active(request, warehouse_id, is_active=True)


@require_POST
@tenant_page(Need.EDIT)
def warehouse_deactivate(request: TenantRequest, warehouse_id: UUID) -> HttpResponse:
    """Stop a warehouse from taking orders."""
    return _set_active(request, warehouse_id, is_active=False)


def _set_active(request: TenantRequest, warehouse_id: UUID, *, is_active: bool) -> HttpResponse:
    warehouse = request.access.fetch(Warehouse, pk=warehouse_id)
    services.set_warehouse_active(warehouse=warehouse, is_active=is_active, actor=request.access.actor)
    outcome = "takes orders now" if is_active else "takes no orders now"
    messages.success(request, f"{warehouse.name} {outcome}.")
    return _to_list(request)


def _save(request: TenantRequest, form: WarehouseForm, warehouse: Warehouse | None) -> bool:
    """Store the form; put a name that is taken beside its field."""
    actor, data = request.access.actor, form.cleaned_data
    try:
        if warehouse is None:
            saved = services.create_warehouse(tenant=request.access.tenant, actor=actor, **data)
        else:
            saved = services.update_warehouse(warehouse=warehouse, actor=actor, **data)
    except services.NameTaken as error:
        form.add_error("name", str(error))
        return False
    messages.success(request, f"{saved.name} is saved.")
    return True


def _show(request: TenantRequest, context: dict[str, Any]) -> HttpResponse:
    render = render_invalid if request.method == "POST" else render_page
    return render(request, FORM_PAGE, context)


def _to_list(request: TenantRequest) -> HttpResponse:
    return redirect_to(request, reverse("tenants:warehouses", args=[request.access.tenant.slug]))

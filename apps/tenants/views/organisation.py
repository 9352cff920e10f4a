"""Organisation Settings."""

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.core.fragments import redirect_to, render_invalid, render_page
from apps.tenants import selectors, services
from apps.tenants.access import Need, TenantRequest, tenant_page
from apps.tenants.forms import OrganisationForm
from apps.tenants.zones import set_zone


@require_safe
@tenant_page(Need.VIEW)
def organisation(request: TenantRequest) -> HttpResponse:
    """The tab "Organisation": plan, contacts, whom to ask, and at the foot the Tenant UUID."""
    tenant = request.access.tenant
    context = {
        "title": "Organisation Settings",
        "tenant": tenant,
        "plan": selectors.current_plan(tenant),
        "next_plan": selectors.next_plan(tenant),
        "next_zone": selectors.next_zone(tenant),
        "managers": selectors.managers(tenant),
    }
    return render_page(request, "tenants/organisation.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_page(Need.MANAGE)
def organisation_edit(request: TenantRequest) -> HttpResponse:
    """Change the organisation's name, and its time zone from the next week on."""
    tenant = request.access.tenant
    pending = selectors.next_zone(tenant)
    zone = pending.new_zone if pending else tenant.zone
    form = OrganisationForm(request.POST or None, initial={"name": tenant.name, "zone": zone})
    context = {"title": "Edit the organisation", "form": form}
    if request.method != "POST":
        return render_page(request, "tenants/organisation_edit.html", context)
    if not form.is_valid():
        return render_invalid(request, "tenants/organisation_edit.html", context)
    services.update_organisation(tenant=tenant, actor=request.access.actor, name=form.cleaned_data["name"])
    if form.cleaned_data["zone"] != zone:
        set_zone(tenant=tenant, zone=form.cleaned_data["zone"], actor=request.access.actor)
    messages.success(request, "Saved.")
    return redirect_to(request, reverse("tenants:organisation", args=[tenant.slug]))

"""The portal's own pages: where one arrives, the Dashboard, search, help and the audit record."""

from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.accounts.models import User
from apps.audit import selectors as audit
from apps.clients.models import ApiClient
from apps.core.fragments import redirect_to, render_page
from apps.customers.models import Customer
from apps.orders.models import Direction, Order, Status
from apps.portal.audit_csv import lines
from apps.portal.forms import AuditFilter
from apps.portal.search import find, link
from apps.tenants import selectors as tenants
from apps.tenants.access import Access, Need, TenantRequest, tenant_page

NEWEST = 5
UNDER_WAY = (
    Status.DRAFT,
    Status.AWAITING_STOCK,
    Status.AWAITING_PICK_AND_PACK,
    Status.PACKING_IN_PROGRESS,
    Status.PACKED,
)


@require_safe
@login_required
def start(request: HttpRequest) -> HttpResponse:
    """Where sign-in leads: the one organisation, the choice of several, or what to do without any."""
    user = cast(User, request.user)
    memberships = list(tenants.memberships_of(user))
    invitations = list(tenants.invitations_for(user))
    if len(memberships) == 1 and not invitations:
        return redirect_to(request, reverse("portal:dashboard", args=[memberships[0].tenant.slug]))
    if not memberships and not invitations and user.is_staff:
        return redirect_to(request, reverse("admin:index"))
    context = {"memberships": memberships, "invitations": invitations}
    return render_page(request, "portal/start.html", context)


@require_safe
@tenant_page(Need.MEMBER)
def dashboard(request: TenantRequest) -> HttpResponse:
    """What is here and what is new, with the ways into it."""
    access, slug = request.access, request.access.tenant.slug
    context = {
        "title": _greeting(access),
        "tiles": list(_tiles(access)),
        "newest_clients": ApiClient.objects.visible_to(access).order_by("-created")[:NEWEST],
        "newest_orders": Order.objects.visible_to(access)
        .select_related("customer")
        .order_by("-created")[:NEWEST],
        "usage_panel_url": link("billing:meter_panel", slug) if access.may_view else "",
        "usage_url": link("billing:usage_report", slug) if access.may_view else "",
        "api_integration_url": link("clients:access_tokens", slug) if access.may_view else "",
    }
    return render_page(request, "portal/dashboard.html", context)


def _greeting(access: Access) -> str:
    hour = datetime.now(ZoneInfo(access.tenant.zone)).hour
    part = "morning" if 4 <= hour < 12 else "afternoon" if 12 <= hour < 18 else "evening"
    return f"Good {part}, {access.membership.user.get_short_name()}"


def _tiles(access: Access) -> Any:
    slug = access.tenant.slug
    customers = Customer.objects.visible_to(access)
    yield (
        "Customers",
        customers.filter(kind="live").count(),
        _sandboxes(customers),
        link("customers:list", slug),
    )
    if access.may_view:
        clients = ApiClient.objects.visible_to(access)
        active, every = clients.filter(is_active=True).count(), clients.count()
        yield "API clients", active, f"active of {every}", link("clients:list", slug)
        warehouses = tenants.active_warehouses(access.tenant).count()
        yield "Warehouses", warehouses, "active", link("tenants:warehouses", slug)
    waiting = (
        Order.objects.visible_to(access).filter(direction=Direction.OUTBOUND, status__in=UNDER_WAY).count()
    )
    yield "Orders", waiting, "not dispatched yet", link("orders:list", slug)


def _sandboxes(customers: Any) -> str:
    count = customers.filter(kind="sandbox").count()
    return f"and {count} sandbox{'' if count == 1 else 'es'}"


@require_safe
@tenant_page(Need.MEMBER)
def search(request: TenantRequest) -> HttpResponse:
    """Results of "Search for anything", as a page or, while typing, as the list alone."""
    text = request.GET.get("q", "")[:200]
    context = {"title": "Search", "q": text, "findings": find(request.access, text)}
    return render_page(request, "portal/search.html", context, partial="results")


@require_safe
@tenant_page(Need.MEMBER)
def help_page(request: TenantRequest) -> HttpResponse:
    """What a UUID ensures, who may do what, whom to ask."""
    tenant = request.access.tenant
    managers = tenants.managers(tenant) if request.access.may_view else ()
    context = {"title": "Help", "tenant": tenant, "managers": managers, "base_url": settings.BASE_URL}
    return render_page(request, "portal/help.html", context)


@require_safe
@tenant_page(Need.VIEW)
def audit_page(request: TenantRequest) -> HttpResponse:
    """Who did what and when, narrowed by person, action, target and days."""
    tenant = request.access.tenant
    form = AuditFilter(request.GET, actions=audit.actions(tenant.pk))
    valid = form.is_valid()
    found = audit.entries_matching(tenant.pk, zone=tenant.zone, **form.cleaned_data) if valid else ()
    page = Paginator(found, 50).get_page(request.GET.get("page"))
    context = {"title": "Audit", "form": form, "page": page, "query": request.GET.urlencode()}
    return render_page(request, "audit/entries.html", context, partial="list", status=200 if valid else 400)


@require_safe
@tenant_page(Need.VIEW)
def audit_csv(request: TenantRequest) -> HttpResponse | StreamingHttpResponse:
    """The same entries as a file."""
    tenant = request.access.tenant
    form = AuditFilter(request.GET, actions=audit.actions(tenant.pk))
    if not form.is_valid():
        return render_page(
            request, "audit/entries.html", {"title": "Audit", "form": form, "page": None}, status=400
        )
    found = audit.entries_matching(tenant.pk, zone=tenant.zone, **form.cleaned_data)
    name = f"audit-{tenant.slug}-{timezone.now():%Y-%m-%d}.csv"
    response = StreamingHttpResponse(lines(found.iterator()), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response

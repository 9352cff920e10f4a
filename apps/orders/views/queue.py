"""Warehouse > Orders > Waiting for allocation: what Manual channels leave for a person (seed 000)."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from apps.core.fragments import render_page
from apps.core.paging import page_of
from apps.orders import selectors
from apps.tenants.access import Need, TenantRequest, tenant_page


@require_safe
@tenant_page(Need.MEMBER)
def queue(request: TenantRequest) -> HttpResponse:
    """The orders that wait, the longest waiting first, each with the warehouses that could fill it."""
    access = request.access
    page = page_of(selectors.waiting_for_allocation(access), request)
    orders = list(page)
    places = selectors.places_for_all(access.tenant, orders) if access.may_edit else {}
    context = {
        "title": "Waiting for allocation",
        "page": page,
        "rows": [(order, places.get(order.pk, [])) for order in orders],
    }
    return render_page(request, "orders/queue.html", context, partial="list")

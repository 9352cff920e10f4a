"""Warehouse > Products and Transport > Consignments."""

from typing import Any
from uuid import UUID

from django.db.models import TextChoices
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.core.fragments import render_page
from apps.orders import selectors
from apps.orders.models import Consignment, ConsignmentStatus, Product, Stock
from apps.orders.selectors import Filters
from apps.orders.views.lists import show_list
from apps.tenants.access import Need, TenantRequest, tenant_page


class ProductState(TextChoices):
    """What the list of products can be narrowed to."""

    ACTIVE = "active", "Active"
    INACTIVE = "inactive", "Inactive"


@require_safe
@tenant_page(Need.MEMBER)
def product_list(request: TenantRequest) -> HttpResponse:
    """Products with what is on hand and free."""

    def rows(filters: Filters) -> Any:
        return selectors.shown_products(request.access, filters)

    return show_list(
        request,
        "orders/products.html",
        rows,
        title="Products",
        search="Name or code",
        statuses=ProductState,
    )


@require_safe
@tenant_page(Need.MEMBER)
def product_detail(request: TenantRequest, product_id: UUID) -> HttpResponse:
    """One product: its UUID, its units, what lies where."""
    rows = Product.objects.select_related("customer").prefetch_related("units")
    product = request.access.fetch(rows, pk=product_id)
    slug = request.access.tenant.slug
    ids = [product.pk]
    context = {
        "title": product.name,
        "product": product,
        "stock": Stock.objects.filter(product=product).select_related("warehouse"),
        "incoming": selectors.incoming(request.access.tenant, ids).get(product.pk),
        "received": selectors.received(request.access.tenant, ids).get(product.pk),
        "edit_url": reverse("orders:product_edit", args=[slug, product.pk])
        if request.access.may_edit
        else "",
    }
    return render_page(request, "orders/product.html", context)


@require_safe
@tenant_page(Need.MEMBER)
def consignment_list(request: TenantRequest) -> HttpResponse:
    """Transport jobs, the newest first."""

    def rows(filters: Filters) -> Any:
        return selectors.shown_consignments(request.access, filters)

    return show_list(
        request,
        "orders/consignments.html",
        rows,
        title="Consignments",
        search="Reference or tracking",
        statuses=ConsignmentStatus,
    )


@require_safe
@tenant_page(Need.MEMBER)
def consignment_detail(request: TenantRequest, consignment_id: UUID) -> HttpResponse:
    """One transport job."""
    rows = Consignment.objects.select_related("customer", "warehouse", "order")
    consignment = request.access.fetch(rows, pk=consignment_id)
    context = {"title": consignment.reference, "consignment": consignment}
    return render_page(request, "orders/consignment.html", context)

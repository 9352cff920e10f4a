"""Warehouse > Products."""

from typing import Any
from uuid import UUID

from django.db.models import TextChoices
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.core.fragments import render_page
from apps.orders import selectors
from apps.orders.documents import product_values
from apps.orders.models import Product, Stock
from apps.orders.services.product_import import COLUMNS
from apps.orders.views.lists import Listing, list_csv, list_page
from apps.tenants.access import Need, TenantRequest, tenant_page


class ProductState(TextChoices):
    """What the list of products can be narrowed to."""

    ACTIVE = "active", "Active"
    INACTIVE = "inactive", "Inactive"


def _lines(product: Any) -> list[list[Any]]:
    values = {"customer": product.customer.name, **product_values(product)}
    return [[*(values[name] for name in COLUMNS), product.on_hand, product.free]]


PRODUCTS = Listing(
    title="Products",
    template="orders/products.html",
    search="Name or code",
    statuses=ProductState,
    rows=selectors.shown_products,
    columns=(*COLUMNS, "on_hand", "free"),
    lines=_lines,
    joins=("units",),
)

product_list, product_csv = list_page(PRODUCTS), list_csv(PRODUCTS)


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

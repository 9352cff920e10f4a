"""Warehouse > Products > Assortment: which warehouse offers which product, as a grid and in bulk."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from apps.core.fragments import redirect_to, render_page
from apps.core.paging import PAGE_SIZE, page_of
from apps.orders import selectors, services
from apps.orders.forms import BulkAssortmentForm, FilterForm
from apps.orders.models import Product, Stock
from apps.orders.selectors import Filters
from apps.orders.services.assortment import Cell
from apps.orders.views.catalogue import ProductState
from apps.tenants.access import Access, Need, TenantRequest, tenant_page
from apps.tenants.models import Warehouse

# Each cell is a field of the form, and a form has at most 1,000.
MOST_CELLS = 800


@dataclass(frozen=True, slots=True)
class Offer:
    """A cell of the grid."""

    key: str
    warehouse: Warehouse
    is_on: bool
    stock: Stock | None


@dataclass(frozen=True, slots=True)
class Row:
    """A product and its cells."""

    product: Product
    offers: list[Offer]


@require_safe
@tenant_page(Need.VIEW)
def assortment(request: TenantRequest) -> HttpResponse:
    """The grid of products and active warehouses."""
    access = request.access
    form = _filter(request, request.GET)
    warehouses = _warehouses(access)
    size = max(1, min(PAGE_SIZE, MOST_CELLS // max(len(warehouses), 1)))
    page = page_of(_products(access, form), request, size)
    rows = _rows(list(page), warehouses)
    context = {
        "title": "Assortment",
        "form": form,
        "page": page,
        "narrowed": form.changed_data,
        "query": request.GET.urlencode(),
        "warehouses": warehouses,
        "rows": rows,
        "was": " ".join(offer.key for row in rows for offer in row.offers if offer.is_on),
        "bulk": BulkAssortmentForm(warehouses=warehouses),
        "total": page.paginator.count,
    }
    return render_page(request, "orders/assortment.html", context, partial="list")


@require_POST
@tenant_page(Need.EDIT)
def assortment_save(request: TenantRequest) -> HttpResponse:
    """Switch the cells that differ from what the page showed: what others changed meanwhile stays."""
    tenant = request.access.tenant
    was = _cells(request.POST.get("was", "").split())
    now = _cells(request.POST.getlist("on"))
    _check(request.access, was | now)
    changed = services.set_assortment(tenant=tenant, on=now - was, off=was - now, actor=request.access.actor)
    messages.success(request, f"{changed} changed." if changed else "Nothing was changed.")
    return _back(request)


@require_POST
@tenant_page(Need.EDIT)
def assortment_bulk(request: TenantRequest) -> HttpResponse:
    """Switch every product that the filter leaves on or off in one warehouse."""
    form = BulkAssortmentForm(request.POST, warehouses=_warehouses(request.access))
    if not form.is_valid():
        raise BadRequest("Choose a warehouse, and on or off.")
    warehouse, is_offered = form.cleaned_data["warehouse"], form.cleaned_data["offered"] == "on"
    filters = _filter(request, request.GET)
    products = _products(request.access, filters).order_by().values_list("pk", flat=True)
    changed = services.set_warehouse(
        tenant=request.access.tenant,
        warehouse=warehouse,
        products=list(products),
        is_offered=is_offered,
        actor=request.access.actor,
    )
    word = "now offers" if is_offered else "no longer offers"
    messages.success(
        request, f"{warehouse.name} {word} {changed} more products." if changed else "Nothing was changed."
    )
    return _back(request)


def _warehouses(access: Access) -> list[Warehouse]:
    return list(Warehouse.objects.of(access.tenant).filter(is_active=True).order_by("name", "pk"))


def _filter(request: TenantRequest, data: Any) -> FilterForm:
    form = FilterForm(data, access=request.access, search="Name or code", statuses=ProductState)
    if not form.is_valid():
        raise BadRequest("The filter asks for something that this list does not have.")
    return form


def _products(access: Access, form: FilterForm) -> Any:
    chosen = form.cleaned_data
    filters = Filters(text=chosen["q"], customer=chosen["customer"], status=chosen["status"])
    return selectors.shown_products(access, filters)


def _rows(products: list[Product], warehouses: list[Warehouse]) -> list[Row]:
    known = selectors.offers([product.pk for product in products], [warehouse.pk for warehouse in warehouses])
    rows = []
    for product in products:
        offers = []
        for warehouse in warehouses:
            stock = known.get((product.pk, warehouse.pk))
            is_on = stock.is_offered if stock else True
            offers.append(Offer(f"{product.pk}.{warehouse.pk}", warehouse, is_on, stock))
        rows.append(Row(product, offers))
    return rows


def _cells(keys: list[str]) -> set[Cell]:
    try:
        pairs = [key.split(".") for key in keys]
        return {(UUID(product), UUID(warehouse)) for product, warehouse in pairs}
    except ValueError:
        raise BadRequest("The form names a cell that the grid does not have.") from None


def _check(access: Access, cells: set[Cell]) -> None:
    """Refuse a form that names a product or a warehouse of somebody else."""
    products, warehouses = {product for product, _ in cells}, {warehouse for _, warehouse in cells}
    known = Product.objects.visible_to(access).filter(pk__in=products).count() == len(products)
    if not known or Warehouse.objects.of(access.tenant).filter(pk__in=warehouses).count() != len(warehouses):
        raise BadRequest("The form names a cell that the grid does not have.")


def _back(request: TenantRequest) -> HttpResponse:
    query = request.GET.urlencode()
    url = reverse("orders:assortment", args=[request.access.tenant.slug])
    return redirect_to(request, f"{url}?{query}" if query else url)

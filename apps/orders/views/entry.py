"""Orders and products by hand: choose the customer, then fill the form in."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from apps.core.fragments import redirect_to, render_invalid, render_page
from apps.core.problems import Invalid
from apps.customers.models import Customer
from apps.orders import services
from apps.orders.forms import ORDER_FORMS, ChooseCustomerForm, DocumentForm, ProductForm
from apps.orders.models import Direction, Product
from apps.orders.views.orders import order_url
from apps.tenants.access import Need, TenantRequest, tenant_page

Save = Callable[[], str]
LISTS = {
    "Add an order": ("Orders", "orders:list"),
    "Add an inbound order": ("Inbound Orders", "orders:inbound_list"),
}


def _order_add(direction: Direction, title: str) -> Callable[..., HttpResponseBase]:
    service = services.create_order if direction == Direction.OUTBOUND else services.create_inbound_order

    @require_http_methods(["GET", "HEAD", "POST"])
    @tenant_page(Need.EDIT)
    def view(request: TenantRequest) -> HttpResponse:
        customer = _customer(request)
        if customer is None:
            return _choose(request, title)
        form = ORDER_FORMS[direction](request.POST or None, customer=customer)

        def save() -> str:
            created = service(
                tenant=request.access.tenant,
                scope=services.EVERYTHING,
                payload=form.document(),
                actor=request.access.actor,
            )
            for error in created.rejected:
                messages.warning(request, error["message"])
            return order_url(request.access, created.order)

        return _fill_in(request, form, save, {"title": title, "customer": customer})

    return view


order_add = _order_add(Direction.OUTBOUND, "Add an order")
inbound_add = _order_add(Direction.INBOUND, "Add an inbound order")


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_page(Need.EDIT)
def product_add(request: TenantRequest) -> HttpResponse:
    """Add a product to a customer."""
    customer = _customer(request)
    if customer is None:
        return _choose(request, "Add a product")
    form = ProductForm(request.POST or None, customer=customer)

    def save() -> str:
        product = services.create_product(
            tenant=request.access.tenant,
            scope=services.EVERYTHING,
            payload=form.document(),
            actor=request.access.actor,
        )
        return reverse("orders:product", args=[request.access.tenant.slug, product.pk])

    return _fill_in(request, form, save, {"title": "Add a product", "customer": customer})


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_page(Need.EDIT)
def product_edit(request: TenantRequest, product_id: UUID) -> HttpResponse:
    """Change a product."""
    rows = Product.objects.select_related("tenant", "customer").prefetch_related("units")
    product = request.access.fetch(rows, pk=product_id)
    form = ProductForm(request.POST or None, customer=product.customer, product=product)

    def save() -> str:
        services.update_product(product=product, payload=form.document(), actor=request.access.actor)
        return reverse("orders:product", args=[request.access.tenant.slug, product.pk])

    context = {"title": f"Edit {product.name}", "customer": product.customer, "product": product}
    return _fill_in(request, form, save, context)


def _customer(request: TenantRequest) -> Customer | None:
    """The customer that the address names, if it can take orders."""
    form = ChooseCustomerForm(request.GET, access=request.access)
    return form.cleaned_data["customer"] if form.is_valid() else None


def _up(request: TenantRequest, title: str) -> dict[str, str]:
    """The list that a page of this title leads back to."""
    label, name = LISTS.get(title, ("Products", "orders:products"))
    return {"label": label, "url": reverse(name, args=[request.access.tenant.slug])}


def _choose(request: TenantRequest, title: str) -> HttpResponse:
    form = ChooseCustomerForm(request.GET or None, access=request.access)
    context = {"title": title, "form": form, "up": _up(request, title)}
    return render_page(request, "orders/choose_customer.html", context)


def _fill_in(request: TenantRequest, form: DocumentForm, save: Save, context: dict[str, Any]) -> HttpResponse:
    context |= {"form": form, "up": _up(request, context["title"])}
    if request.method != "POST":
        return render_page(request, "orders/form.html", context)
    if form.is_valid():
        try:
            url = save()
        except Invalid as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, "Saved.")
            return redirect_to(request, url)
    return render_invalid(request, "orders/form.html", context)

"""Products and promotions from a CSV file: choose or paste it, look at what it would do, confirm."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from apps.core.fragments import UNPROCESSABLE, redirect_to, render_invalid, render_page
from apps.orders.forms import ImportForm
from apps.orders.services import importing, product_import, promotion_import
from apps.orders.services.importing import Outdated, Plan
from apps.tenants.access import Need, TenantRequest, tenant_page
from apps.tenants.models import Tenant

PAGE = "orders/import.html"
CONFLICT = 409


@dataclass(frozen=True, slots=True)
class Kind:
    """What is imported: `required` and `columns` of its file, and where its pages are."""

    what: str
    plural: str
    plan: Callable[[Tenant, str], Plan]
    required: tuple[str, ...]
    columns: tuple[str, ...]
    list_name: str
    url_name: str
    note: str


PRODUCTS = Kind(
    what="product",
    plural="products",
    plan=product_import.plan_products,
    required=product_import.REQUIRED,
    columns=product_import.COLUMNS,
    list_name="orders:products",
    url_name="orders:products_import",
    note="A product that the customer has already, by its code, is changed; every other one is new. A column that is "
    "left out changes nothing, and an empty cell takes out what was there. The unit is the default one; further "
    "units stay as they are.",
)
PROMOTIONS = Kind(
    what="promotion",
    plural="promotions",
    plan=promotion_import.plan_promotions,
    required=promotion_import.REQUIRED,
    columns=promotion_import.COLUMNS,
    list_name="orders:promotions",
    url_name="orders:promotions_import",
    note="A line for each product: the lines of one name together are one promotion. A name that exists is changed, "
    "every other one is new. discount_type is PERCENT or AMOUNT. Days and times without an offset are in your "
    "organisation's zone; without a start it begins now.",
)


def _preview(kind: Kind) -> Callable[..., HttpResponseBase]:
    """The view that takes a file and shows what it would do."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @tenant_page(Need.EDIT)
    def view(request: TenantRequest) -> HttpResponse:
        if request.method != "POST":
            return render_page(request, PAGE, _context(request, kind, ImportForm()))
        form = ImportForm(request.POST, request.FILES)
        if not form.is_valid():
            return render_invalid(request, PAGE, _context(request, kind, form))
        return _show(request, kind, form.cleaned_data["text"])

    return view


def _confirm(kind: Kind) -> Callable[..., HttpResponseBase]:
    """The view that does what was shown, all of it or nothing."""

    @require_POST
    @tenant_page(Need.EDIT)
    def view(request: TenantRequest) -> HttpResponse:
        form = ImportForm(request.POST)
        if not form.is_valid():
            return render_invalid(request, PAGE, _context(request, kind, form))
        tenant, text = request.access.tenant, form.cleaned_data["text"]
        plan = kind.plan(tenant, text)
        if plan.errors:
            return _show(request, kind, text)
        try:
            importing.carry_out(
                plan,
                fingerprint=request.POST.get("fingerprint", ""),
                tenant=tenant,
                what=kind.plural,
                actor=request.access.actor,
            )
        except Outdated as refusal:
            return _show(request, kind, text, refusal=refusal.message)
        messages.success(
            request, f"Imported: {plan.new} new, {plan.changed} changed, {plan.same} as they were."
        )
        return redirect_to(request, reverse(kind.list_name, args=[tenant.slug]))

    return view


products_import, products_import_confirm = _preview(PRODUCTS), _confirm(PRODUCTS)
promotions_import, promotions_import_confirm = _preview(PROMOTIONS), _confirm(PROMOTIONS)


def _show(request: TenantRequest, kind: Kind, text: str, refusal: str = "") -> HttpResponse:
    """The plan of a file, or its errors beside the text, where they can be put right at once."""
    plan = kind.plan(request.access.tenant, text)
    form = ImportForm({"text": text})
    if plan.errors:
        form.add_error("text", "Nothing was imported: what is wrong stands above, by line.")
    status = CONFLICT if refusal else UNPROCESSABLE if plan.errors else 200
    context = _context(request, kind, form) | {"plan": plan, "text": text, "refusal": refusal}
    return render_page(request, PAGE, context, status=status)


def _context(request: TenantRequest, kind: Kind, form: ImportForm) -> dict[str, object]:
    slug = request.access.tenant.slug
    return {
        "title": f"Import {kind.plural}",
        "kind": kind,
        "form": form,
        "optional": [name for name in kind.columns if name not in kind.required],
        "up": {"label": kind.plural.capitalize(), "url": reverse(kind.list_name, args=[slug])},
        "preview_url": reverse(kind.url_name, args=[slug]),
        "confirm_url": reverse(f"{kind.url_name}_confirm", args=[slug]),
    }

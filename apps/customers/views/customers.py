"""Contacts > Customers: list, detail, add, edit, activate and deactivate."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.core.fragments import redirect_to, render_invalid, render_page
from apps.core.paging import page_of
from apps.core.problems import Invalid
from apps.customers import selectors, services, users
from apps.customers.forms import CustomerForm, FilterForm, words_for
from apps.customers.models import Customer
from apps.tenants.access import Need, TenantRequest, tenant_page
from apps.tenants.models import Membership

FORM_PAGE = "customers/form.html"


@require_safe
@tenant_page(Need.MEMBER)
def customer_list(request: TenantRequest) -> HttpResponse:
    """The customers that the person may see."""
    form = FilterForm(request.GET)
    if not form.is_valid():
        raise BadRequest("The filter asks for something that this list does not have.")
    chosen = form.cleaned_data
    rows = selectors.shown_to(request.access, text=chosen["q"], state=chosen["state"])
    context = {
        "title": "Customers",
        "form": form,
        "page": page_of(rows, request),
        "narrowed": form.changed_data,
    }
    return render_page(request, "customers/list.html", context, partial="list")


@require_safe
@tenant_page(Need.MEMBER)
def customer_detail(request: TenantRequest, customer_id: UUID) -> HttpResponse:
    """One customer: its UUID, its warehouses, how its orders are treated, its sandboxes."""
    rows = Customer.objects.select_related("copied_from")
    customer = request.access.fetch(rows, pk=customer_id)
    slug = request.access.tenant.slug
    settings = customer.order_settings
    context = {
        "title": customer.name,
        "customer": customer,
        "settings": settings,
        "words": words_for(settings),
        "sandboxes": customer.sandboxes.visible_to(request.access),
        "edit_url": reverse("customers:edit", args=[slug, customer.pk]) if request.access.may_edit else "",
        **_access_panel(request, customer),
    }
    return render_page(request, "customers/detail.html", context)


def _access_panel(request: TenantRequest, customer: Customer) -> dict[str, object]:
    """Who sees the customer by Customer access, who is invited, and a removal of just now that can be undone."""
    if not request.access.may_view:
        return {}
    return {
        "users": users.users_of(customer),
        "invitations": users.invitations_to(customer),
        "taken_from": _taken_from(request, customer) if request.access.may_manage else None,
    }


def _taken_from(request: TenantRequest, customer: Customer) -> Membership | None:
    """The customer user whom the address names and who does not see this customer, as after a removal."""
    try:
        chosen = UUID(request.GET.get("took", ""))
    except ValueError:
        return None
    found: Membership | None = users.customer_users(request.access.tenant).filter(pk=chosen).first()
    return found if found and str(customer.pk) not in found.customer_ids else None


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_page(Need.EDIT)
def customer_add(request: TenantRequest) -> HttpResponse:
    """Add a customer."""
    form = CustomerForm(request.POST or None, tenant=request.access.tenant)
    return _save(request, form, None, {"title": "Add a customer", "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_page(Need.EDIT)
def customer_edit(request: TenantRequest, customer_id: UUID) -> HttpResponse:
    """Change a customer."""
    customer = request.access.fetch(Customer, pk=customer_id)
    form = CustomerForm(request.POST or None, tenant=request.access.tenant, customer=customer)
    context = {"title": f"Edit {customer.name}", "form": form, "customer": customer}
    return _save(request, form, customer, context)


@require_POST
@tenant_page(Need.EDIT)
def customer_activate(request: TenantRequest, customer_id: UUID) -> HttpResponse:
    """Let a customer take orders."""
    return _set_active(request, customer_id, is_active=True)


@require_POST
@tenant_page(Need.EDIT)
def customer_deactivate(request: TenantRequest, customer_id: UUID) -> HttpResponse:
    """Stop a customer from taking orders."""
    return _set_active(request, customer_id, is_active=False)


def _save(
    request: TenantRequest, form: CustomerForm, customer: Customer | None, context: dict[str, object]
) -> HttpResponse:
    slug = request.access.tenant.slug
    context["cancel_url"] = (
        reverse("customers:detail", args=[slug, customer.pk])
        if customer
        else reverse("customers:list", args=[slug])
    )
    if request.method != "POST":
        return render_page(request, FORM_PAGE, context)
    if form.is_valid():
        actor = request.access.actor
        try:
            if customer:
                saved = services.update_customer(customer=customer, actor=actor, **form.values())
            else:
                saved = services.create_customer(tenant=request.access.tenant, actor=actor, **form.values())
        except Invalid as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, f"{saved.name} is saved.")
            return _to_detail(request, saved)
    return render_invalid(request, FORM_PAGE, context)


def _set_active(request: TenantRequest, customer_id: UUID, *, is_active: bool) -> HttpResponse:
    customer = request.access.fetch(Customer, pk=customer_id)
    services.set_active(customer=customer, actor=request.access.actor, is_active=is_active)
    taking = "takes orders" if is_active else "takes no orders"
    messages.success(request, f"{customer.name} is {'active' if is_active else 'inactive'} and {taking}.")
    return _to_detail(request, customer)


def _to_detail(request: TenantRequest, customer: Customer) -> HttpResponse:
    return redirect_to(request, reverse("customers:detail", args=[request.access.tenant.slug, customer.pk]))

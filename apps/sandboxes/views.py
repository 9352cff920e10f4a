"""Customer > Duplicate, emptying a sandbox, and Go live from a client's page."""

from decimal import Decimal
from typing import cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from apps.clients.models import ApiClient
from apps.clients.services import Outdated
from apps.core import fragments
from apps.core.problems import Invalid
from apps.customers.models import Customer
from apps.sandboxes import selectors, services
from apps.sandboxes.forms import DuplicateForm, GoLiveForm
from apps.tenants.access import Need, TenantRequest, tenant_page


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_page(Need.EDIT)
def duplicate(request: TenantRequest, customer_id: UUID) -> HttpResponse:
    """Copy a live customer to a sandbox."""
    customer = request.access.fetch(Customer.objects.filter(kind="live"), pk=customer_id)
    form = DuplicateForm(request.POST or None, customer=customer)
    context = {
        "title": f"Duplicate {customer.name}",
        "customer": customer,
        "form": form,
        "copied": services.COPIED,
        "not_copied": services.NOT_COPIED,
    }
    if request.method != "POST":
        return fragments.render_page(request, "sandboxes/duplicate.html", context)
    sandbox = _duplicate(request, customer, form) if form.is_valid() else None
    if sandbox is None:
        return fragments.render_invalid(request, "sandboxes/duplicate.html", context, partial="form")
    messages.success(request, f"{sandbox.name} is ready. Hand its Customer UUID to the developer who tests.")
    return fragments.redirect_to(
        request, reverse("customers:detail", args=[request.access.tenant.slug, sandbox.pk])
    )


def _duplicate(request: TenantRequest, customer: Customer, form: DuplicateForm) -> Customer | None:
    try:
        return services.duplicate(
            customer=customer,
            actor=request.access.actor,
            name=form.cleaned_data["name"],
            with_products=form.cleaned_data["with_products"],
            starting_stock=form.cleaned_data["starting_stock"] or Decimal(0),
        )
    except Invalid as refused:
        for problem in refused.problems:
            form.add_error("name", problem.message)
        return None


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_page(Need.EDIT)
def delete_orders(request: TenantRequest, customer_id: UUID) -> HttpResponse:
    """Ask, then delete all orders and consignments of a sandbox."""
    sandbox = request.access.fetch(Customer.objects.filter(kind="sandbox"), pk=customer_id)
    if request.method != "POST":
        context = {"title": "Delete all orders and consignments", "sandbox": sandbox}
        return fragments.render_page(request, "sandboxes/delete_orders.html", context, partial="dialog")
    removed = services.delete_orders(sandbox=sandbox, actor=request.access.actor)
    messages.success(request, f"Deleted: {removed.orders} orders and {removed.consignments} consignments.")
    return fragments.redirect_to(
        request, reverse("customers:detail", args=[request.access.tenant.slug, sandbox.pk])
    )


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_page(Need.MANAGE)
def go_live(request: TenantRequest, client_id: UUID) -> HttpResponse:
    """The checklist and the summary, then the one step from sandbox to live."""
    client = request.access.fetch(ApiClient.objects.present(), pk=client_id)
    if request.method != "POST":
        return _go_live_page(request, client, {}, None, 200)
    form = GoLiveForm(request.POST)
    sandbox = _chosen_sandbox(client, form)
    if sandbox is None or not form.is_valid():
        return _go_live_page(request, client, {}, form, fragments.UNPROCESSABLE)
    try:
        gone = services.go_live(client=client, sandbox=sandbox, actor=request.access.actor)
    except Outdated as late:
        return _go_live_page(request, client, {"problem": str(late)}, form, 409)
    except Invalid as refused:
        return _go_live_page(request, client, {"problem": refused.problems[0].message}, form, 422)
    context = {
        "title": f"{client.name} is live",
        "client": client,
        "gone": gone,
        "testers": selectors.testers_left(gone.sandbox, gone.live),
    }
    return fragments.render_page(request, "sandboxes/gone_live.html", context)


def _chosen_sandbox(client: ApiClient, form: GoLiveForm) -> Customer | None:
    """The sandbox that the form names, if the client has it; None also where nothing valid was named."""
    form.full_clean()
    chosen = cast(UUID | None, form.cleaned_data.get("sandbox"))
    return client.customers.filter(kind="sandbox", pk=chosen).first() if chosen else None


def _form_for(sandbox: Customer, sent: GoLiveForm | None) -> GoLiveForm:
    """The form of one sandbox's summary: the one that was sent, if it was this sandbox's."""
    if sent is not None and sent.cleaned_data.get("sandbox") == sandbox.pk:
        return sent
    return GoLiveForm(initial={"sandbox": sandbox.pk}, auto_id=f"id_{sandbox.pk}_%s")


def _go_live_page(
    request: TenantRequest, client: ApiClient, extra: dict[str, object], form: GoLiveForm | None, status: int
) -> HttpResponse:
    sandboxes = selectors.sandboxes_of(client)
    context = {
        "title": f"Go live with {client.name}",
        "client": client,
        "plans": [(selectors.plan(client, sandbox), _form_for(sandbox, form)) for sandbox in sandboxes],
        "tried": selectors.endpoints_tried(request.access.tenant, client),
        **extra,
    }
    return fragments.render_page(request, "sandboxes/go_live.html", context, status=status)

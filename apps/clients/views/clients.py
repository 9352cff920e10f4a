"""Contacts > API Clients: list, add, page, edit."""

from collections.abc import Iterable
from dataclasses import fields
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.clients import plans, selectors, services
from apps.clients.forms import ClientForm, SavedForm
from apps.clients.forms.credentials import SECRET_WORDS
from apps.clients.forms.fields import take_over
from apps.clients.models import Kind
from apps.clients.querysets import ClientQuerySet
from apps.clients.roles import BY_CODE, ROLES, with_implied
from apps.clients.selectors import ListFilter
from apps.clients.views.shared import address, client_of, conflict, ids_of, posted
from apps.core import fragments
from apps.core.paging import page_of
from apps.tenants.access import Need, TenantRequest, tenant_page
from apps.tenants.models import Tenant
from apps.usage import selectors as usage

STATES = (
    ("", "Any"),
    ("active", "Active"),
    ("unused", "Active, unused for 30 days"),
    ("inactive", "Inactive"),
    ("expired", "Expired"),
    ("revoked", "Revoked"),
)
RECENT_CALLS = 10
# For the script that ticks what a role implies: "role:implied" for each pair.
IMPLIES = " ".join(f"{role.code}:{code}" for role in ROLES for code in role.implies)


@require_GET
@tenant_page(Need.VIEW)
def client_list(request: TenantRequest) -> HttpResponse:
    """Everything that can call the API, of all four kinds."""
    tenant = request.access.tenant
    chosen = ListFilter(**{field.name: _text(request, field.name) for field in fields(ListFilter)})
    page = page_of(selectors.clients_matching(tenant, chosen), request)
    context = {
        "title": "API Clients",
        "page": page,
        "rows": _rows(tenant, selectors.rows_of_list(tenant, cast(ClientQuerySet, page.object_list))),
        "filters": chosen,
        "narrowed": chosen != ListFilter(),
        "kinds": [("", "Any"), *Kind.choices],
        "roles": [("", "Any"), *((role.code, role.name) for role in ROLES)],
        "states": STATES,
    }
    return fragments.render_page(request, "clients/list.html", context, partial="list")


def _rows(tenant: Tenant, clients: Iterable[Any]) -> list[tuple[Any, ...]]:
    clients = list(clients)
    ids = [client.pk for client in clients]
    lines, now = usage.calls_by_day(tenant, ids), timezone.now()
    rows = []
    for client in clients:
        line = lines.get(client.pk)
        words = f"{sum(line):,} calls in 30 days" if line else ""
        rows.append((client, selectors.state_of(client, now), client.last_used, line, words))
    return rows


def _text(request: TenantRequest, name: str) -> str:
    return request.GET.get(name, "").strip()[:120]


@require_http_methods(["GET", "POST"])
@tenant_page(Need.MANAGE)
def add(request: TenantRequest) -> HttpResponse:
    """+ Add API Client. Save leads to the pop-out that generates its credentials."""
    tenant = request.access.tenant
    # The page of a sandbox leads here with its customer.
    ticked = {"customers": request.GET.getlist("customer")}
    form = ClientForm(posted(request), tenant=tenant, initial=ticked)
    if request.method == "POST" and form.is_valid():
        try:
            client = services.create_client(
                tenant=tenant,
                actor=request.access.actor,
                values=form.values(),
                creation_key=form.cleaned_data["creation_key"],
            )
        except ValidationError as error:
            take_over(form, error)
        else:
            # With scripts the dialog opens over the new client's page; without them it is the next page.
            if fragments.is_fragment(request):
                return fragments.redirect_to(request, address(request, "detail", client) + "?generate=1")
            return fragments.redirect_to(request, address(request, "generate", client))
    return _form_page(request, form, "Add API Client")


@require_http_methods(["GET", "POST"])
@tenant_page(Need.MANAGE)
def edit(request: TenantRequest, client_id: UUID) -> HttpResponse:
    """Edit a client. What a change adds and removes is shown before it is stored."""
    client = client_of(request, client_id)
    form = ClientForm(posted(request), tenant=request.access.tenant, client=client)
    if request.method == "POST" and form.is_valid():
        values = form.values()
        changes = services.changes_of(client, values)
        if changes and not form.is_confirmed(changes):
            form.ask_about(changes)
            return _form_page(request, form, f"Edit {client.name}", changes=changes)
        try:
            services.update_client(client=client, actor=request.access.actor, values=values)
        except ValidationError as error:
            take_over(form, error)
        except services.Outdated as error:
            return conflict(request, error, client)
        else:
            messages.success(request, "Saved. It applies from the next call on.")
            return fragments.redirect_to(request, address(request, "detail", client))
    return _form_page(request, form, f"Edit {client.name}")


def _form_page(request: TenantRequest, form: ClientForm, title: str, **more: Any) -> HttpResponse:
    client = form.client
    context = {
        "title": title,
        "form": form,
        "client": client,
        "form_url": address(request, "edit", client) if client else address(request, "add"),
        "search_url": address(request, "search_edit", client) if client else address(request, "search_add"),
        "preview": form.preview(),
        "implies": IMPLIES,
        "secret_word": SECRET_WORDS[Kind(client.kind)] if client else "",
        "callers": usage.addresses_of_client(request.access.tenant, client.pk) if client else [],
        "unprotected": _advice(request, form),
        **plans.words_for(request.access.tenant),
        **more,
    }
    status = fragments.UNPROCESSABLE if form.is_bound and form.errors else 200
    return fragments.render_page(request, "clients/form.html", context, partial="form", status=status)


def _advice(request: TenantRequest, form: ClientForm) -> list[Any]:
    return selectors.without_sandbox(request.access.tenant, form.chosen_customers())


@require_POST
@tenant_page(Need.MANAGE)
def fill_addresses(request: TenantRequest, client_id: UUID) -> HttpResponse:
    """The form as it was filled in so far, with the addresses that calls came from. Stores nothing."""
    client = client_of(request, client_id)
    callers = usage.addresses_of_client(request.access.tenant, client.pk)
    data = request.POST.copy()
    data["networks"] = "\n".join([data.get("networks", ""), *(caller.address for caller in callers)]).strip()
    form = ClientForm.draft(data, tenant=request.access.tenant, client=client)
    return _form_page(request, form, f"Edit {client.name}")


@require_POST
@tenant_page(Need.MANAGE)
def search_add(request: TenantRequest) -> HttpResponse:
    """The form for a new client as it was filled in so far, with its lists narrowed. Stores nothing."""
    return _form_page(request, ClientForm.draft(request.POST, tenant=request.access.tenant), "Add API Client")


@require_POST
@tenant_page(Need.MANAGE)
def search_edit(request: TenantRequest, client_id: UUID) -> HttpResponse:
    """The form of a client as it was filled in so far, with its lists narrowed. Stores nothing."""
    client = client_of(request, client_id)
    form = ClientForm.draft(request.POST, tenant=request.access.tenant, client=client)
    return _form_page(request, form, f"Edit {client.name}")


@require_POST
@tenant_page(Need.MANAGE)
def preview(request: TenantRequest) -> HttpResponse:
    """What the client will be able to reach, while the form is filled in. Stores nothing."""
    form = ClientForm.draft(request.POST, tenant=request.access.tenant)
    return fragments.render_page(request, "clients/_preview.html", {"preview": form.preview()})


@require_POST
@tenant_page(Need.MANAGE)
def advice(request: TenantRequest) -> HttpResponse:
    """The advice that goes with the customers ticked so far, while the form is filled in. Stores nothing."""
    form = ClientForm(request.POST, tenant=request.access.tenant)
    return fragments.render_page(
        request, "clients/_sandbox_advice.html", {"unprotected": _advice(request, form)}
    )


@require_GET
@tenant_page(Need.VIEW)
def detail(request: TenantRequest, client_id: UUID) -> HttpResponse:
    """One client: its id, its secrets with their use, its reach, its calls, and how to end it."""
    client = client_of(request, client_id)
    tenant = request.access.tenant
    credentials = selectors.credentials_of(tenant, client)
    waiting = next((row for row in credentials if row.state == "pending"), None)
    customers = list(client.customers.order_by("name"))
    context = {
        "title": client.name,
        "client": client,
        "state": selectors.state_of(client, timezone.now()),
        "networks": client.allowed_networks.split(),
        "credentials": credentials,
        "retiring": next((row for row in credentials if row.state == "retiring"), None),
        "waiting": waiting,
        "confirm_form": SavedForm(client=client) if waiting else None,
        "secret_word": SECRET_WORDS[Kind(client.kind)],
        "customers": customers,
        "warehouses": list(client.warehouses.order_by("name")),
        "roles": [BY_CODE[code] for code in with_implied(client.roles)],
        "ids": ids_of(request, client),
        "impact": usage.impact(tenant, client.pk),
        "calls": list(usage.calls_of_client(tenant, client.pk)[:RECENT_CALLS]),
        "unprotected": selectors.without_sandbox(tenant, customers),
        "on_sandbox": any(customer.is_sandbox and customer.is_active for customer in customers),
        "endpoint": selectors.channel_webhooks(tenant).get(client.pk)
        if client.kind == Kind.CHANNEL
        else None,
        "opens_dialog": "generate" in request.GET and request.access.may_manage and not credentials,
    }
    return fragments.render_page(request, "clients/detail.html", context)

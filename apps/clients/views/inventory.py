"""Which clients reach a customer or a warehouse, and whose a credential is that somebody found."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.audit.services import record
from apps.clients import selectors, services
from apps.clients.forms import IdentifyForm
from apps.clients.identify import Found, identify
from apps.clients.models import Credential
from apps.clients.roles import WRITES, permissions_of
from apps.clients.views.shared import address, client_of, posted
from apps.core import fragments
from apps.core.fragments import no_store
from apps.core.paging import page_of
from apps.customers.models import Customer
from apps.tenants.access import Need, TenantRequest, tenant_page
from apps.tenants.models import Warehouse
from apps.usage import selectors as usage


@require_GET
@tenant_page(Need.VIEW)
def reach_of_customer(request: TenantRequest, customer_id: UUID) -> HttpResponse:
    """Every client that can read or write a customer: a panel on its page, or a page of its own."""
    return _reach_page(request, request.access.fetch(Customer, pk=customer_id))


@require_GET
@tenant_page(Need.VIEW)
def reach_of_warehouse(request: TenantRequest, warehouse_id: UUID) -> HttpResponse:
    """Every client that can read or write a warehouse."""
    return _reach_page(request, request.access.fetch(Warehouse, pk=warehouse_id))


def _reach_page(request: TenantRequest, place: Customer | Warehouse) -> HttpResponse:
    tenant = request.access.tenant
    page = page_of(selectors.clients_reaching(tenant, place), request)
    used = usage.last_used(tenant, [client.pk for client in page])
    now = timezone.now()
    rows: list[dict[str, Any]] = [
        {
            "client": client,
            "state": selectors.state_of(client, now),
            "writes": bool(permissions_of(client.roles, client.is_internal) & WRITES),
            "last": used.get(client.pk),
        }
        for client in page
    ]
    context = {
        "title": f"API clients that reach {place.name}",
        "place": place,
        "is_customer": isinstance(place, Customer),
        "page": page,
        "rows": rows,
    }
    return fragments.render_page(request, "clients/reach.html", context, partial="panel")


@sensitive_post_parameters("credential")
@require_http_methods(["GET", "POST"])
@tenant_page(Need.MANAGE)
def identify_credential(request: TenantRequest) -> HttpResponse:
    """Whose a pasted credential is. It is looked up and forgotten: in no log, no session, no address, no audit."""
    form = IdentifyForm(posted(request))
    found = identify(request.access.tenant, form.cleaned_data["credential"]) if form.is_valid() else None
    if found is not None:
        _note(request, found)
    elif form.is_bound and form.is_valid():
        form.add_error("credential", IdentifyForm.UNKNOWN)
    context = {"title": "Identify a credential", "form": form, "found": found}
    status = fragments.UNPROCESSABLE if form.is_bound and form.errors else 200
    return no_store(fragments.render_page(request, "clients/identify.html", context, status=status))


def _note(request: TenantRequest, found: Found) -> None:
    credential = found.credential
    with transaction.atomic():
        record(
            "client.credential_identified",
            actor=request.access.actor,
            tenant_id=request.access.tenant.pk,
            target=credential.client,
            after={"credential": f"{credential.kind} {credential.number}"},
        )


@require_POST
@tenant_page(Need.MANAGE)
def disable_credential(request: TenantRequest, client_id: UUID, credential_id: UUID) -> HttpResponse:
    """End one credential for good, with one press."""
    client = client_of(request, client_id)
    credential = get_object_or_404(
        Credential.objects.select_related("client"), client=client, pk=credential_id
    )
    if services.revoke_credential(credential=credential, actor=request.access.actor):
        messages.success(request, f"{credential} is disabled. Every call with it is refused from now on.")
    else:
        messages.info(request, f"{credential} had ended already.")
    return fragments.redirect_to(request, address(request, "detail", client))

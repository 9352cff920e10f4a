"""What the pages have in common: the client of a page, refusals in words, and the screen that shows a secret once."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse, QueryDict
from django.urls import reverse

from apps.clients.forms import SavedForm
from apps.clients.models import ApiClient, ChannelDraft, Kind
from apps.clients.selectors import with_credentials
from apps.clients.services import Issued
from apps.core import fragments
from apps.core.fragments import no_store
from apps.customers.models import Customer
from apps.tenants.access import TenantRequest
from apps.tenants.models import Warehouse

CONFLICT = 409
# The steps of a channel that is made, and of one whose credentials are made anew.
WIZARD_STEPS = ("Settings", "Credentials", "API token")
ROTATION_STEPS = ("Generate Credentials", "Save and confirm", "API token")
MOST_UUIDS = 50


@dataclass(frozen=True, slots=True)
class Value:
    """One line of the show-once screen."""

    label: str
    value: object = field(repr=False)
    note: str = ""
    secret: bool = False


def client_of(request: TenantRequest, client_id: UUID) -> ApiClient:
    """The client of this page, or 404."""
    return request.access.fetch(with_credentials(ApiClient.objects.select_related("tenant")), pk=client_id)


def channel_of(request: TenantRequest, client_id: UUID) -> ApiClient:
    """The channel of this page, or 404."""
    channels = ApiClient.objects.of_kind(Kind.CHANNEL).select_related("tenant", "channel")
    return request.access.fetch(with_credentials(channels), pk=client_id)


def posted(request: TenantRequest) -> QueryDict | None:
    """What a POST sent, even if that is nothing; None for a GET, whose form is not filled in yet."""
    return request.POST if request.method == "POST" else None


def address(request: TenantRequest, name: str, client: ApiClient | None = None) -> str:
    """The address of one of this app's pages."""
    slug = request.access.tenant.slug
    return reverse(f"clients:{name}", args=[slug, client.pk] if client else [slug])


def draft_address(request: TenantRequest, name: str, draft: ChannelDraft) -> str:
    """The address of a page about a draft."""
    return reverse(f"clients:{name}", args=[request.access.tenant.slug, draft.pk])


def conflict(request: TenantRequest, error: Exception, client: ApiClient | None = None) -> HttpResponse:
    """Say that nothing happened, and why, as 409."""
    back = address(request, "detail", client) if client else address(request, "list")
    context = {"title": "Nothing was changed", "message": str(error), "back": back, "client": client}
    return fragments.render_page(request, "clients/conflict.html", context, status=CONFLICT)


def show_once(
    request: TenantRequest, issued: Issued, values: list[Value], context: dict[str, Any] | None = None
) -> HttpResponse:
    """The one answer that holds a secret: no cache, no referrer, no history."""
    client = issued.client
    page = {
        "title": f"Credentials of {client.name}",
        "client": client,
        "issued": issued,
        "values": values,
        "ids": ids_of(request, client),
        "back": address(request, "detail", client),
        "base_url": settings.BASE_URL,
        "first_call": None,
        "confirm_form": SavedForm(client=client) if issued.confirm_until else None,
        **(context or {}),
    }
    return no_store(fragments.render_page(request, "clients/shown_once.html", page))


def ids_of(request: TenantRequest, client: ApiClient) -> list[Value]:
    """The UUIDs that the API user needs: tenant, customers, and warehouses where there is more than one."""
    tenant = request.access.tenant
    # Of all, those that take orders; what was named is shown whether it does or not.
    places = Warehouse.objects.of(tenant).filter(is_active=True)
    customers = Customer.objects.of(tenant).active() if client.all_customers else client.customers.all()
    warehouses = places if client.all_warehouses else client.warehouses.all()
    values = [
        Value("Tenant UUID", tenant.pk, f"It makes sure that data goes to the right Tenant: {tenant.name}.")
    ]
    for customer in customers.order_by("name")[:MOST_UUIDS]:
        mark = " SANDBOX" if customer.is_sandbox else ""
        values.append(Value("Customer UUID", customer.pk, f"{customer.name}{mark}"))
    if places.count() > 1:
        for warehouse in warehouses.order_by("name")[:MOST_UUIDS]:
            values.append(Value("Warehouse UUID", warehouse.pk, warehouse.name))
    return values


def values_of(issued: Issued) -> list[Value]:
    """What was generated, with the labels of the client's kind."""
    channel = issued.client.kind == Kind.CHANNEL
    values = []
    if issued.client_secret:
        values.append(Value("Username" if channel else "Client ID", issued.client_id))
        values.append(Value("Password" if channel else "Client Secret", issued.client_secret, secret=True))
    if issued.client.kind == Kind.ACCESS:
        note = "" if issued.password else "With the password that you chose."
        values.append(Value("Username", issued.client_id, note))
        if issued.password:
            values.append(Value("Password", issued.password, "Made for you.", secret=True))
    if issued.bearer_token:
        label = {Kind.CHANNEL: "API Token", Kind.ACCESS: "Access Token"}.get(
            Kind(issued.client.kind), "Token"
        )
        values.append(Value(label, issued.bearer_token, secret=True))
    if issued.webhook_secret:
        note = "Your webhook verifies our signature with it."
        values.append(Value("Webhook signing secret", issued.webhook_secret, note, secret=True))
    return values

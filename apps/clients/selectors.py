"""Named reads of API clients. The tenant comes first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, Model, OuterRef, Prefetch, Q, QuerySet, Subquery, TextField
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone

from apps.clients.lifecycle import WORKING, State, effective
from apps.clients.models import ApiClient, ChannelDraft, Credential, CredentialKind, Kind
from apps.clients.querysets import ClientQuerySet
from apps.clients.roles import BY_CODE
from apps.core.names import name_key
from apps.customers.models import Customer
from apps.tenants.models import Tenant, Warehouse
from apps.tenants.querysets import TenantQuerySet
from apps.usage import selectors as usage
from apps.usage.classes import CallClass
from apps.usage.models import Call
from apps.usage.selectors import Use
from apps.webhooks.models import Endpoint

NAMES_SHOWN = 3
UNUSED_AFTER = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class CredentialRow:
    """A credential with the state that holds now and what it was used for lately."""

    credential: Credential
    state: str
    use: Use

    @property
    def label(self) -> str:
        """What it is called on screen: a channel's secret is its password."""
        is_password = (
            self.credential.client.kind == Kind.CHANNEL and self.credential.kind == CredentialKind.SECRET
        )
        return f"{'Password' if is_password else self.credential.get_kind_display()} {self.credential.number}"


@dataclass(frozen=True, slots=True)
class ListFilter:
    """What the list is narrowed to; empty texts narrow nothing, and words that nobody offered match nothing."""

    q: str = ""
    kind: str = ""
    role: str = ""
    customer: str = ""
    warehouse: str = ""
    state: str = ""


def clients_matching(tenant: Tenant, chosen: ListFilter) -> ClientQuerySet:
    """The tenant's clients that a filter leaves, by name."""
    clients = ApiClient.objects.of(tenant).present()
    if chosen.kind in Kind.values:
        clients = clients.of_kind(chosen.kind)
    if chosen.q:
        clients = clients.filter(Q(name_key__contains=name_key(chosen.q)) | Q(client_id__icontains=chosen.q))
    if chosen.role in BY_CODE:
        clients = _with_role(clients, chosen.role)
    if chosen.customer:
        clients = _reaching_any(clients, "customer", Customer.objects.of(tenant), chosen.customer)
    if chosen.warehouse:
        clients = _reaching_any(clients, "warehouse", Warehouse.objects.of(tenant), chosen.warehouse)
    return _in_state(clients, tenant, chosen.state)


def rows_of_list(tenant: Tenant, page: ClientQuerySet) -> ClientQuerySet:
    """The clients of one page with what a row shows: a fixed number of queries, however many clients there are.

    What a row shows is looked up for the page alone: put beside the rows that an OFFSET skips, it would be worked out
    for these too.
    """
    return (
        with_credentials(ApiClient.objects.of(tenant).filter(pk__in=page.values("pk")))
        .annotate(
            customer_count=_count_of(ApiClient.customers.through),
            warehouse_count=_count_of(ApiClient.warehouses.through),
            last_used=usage.newest_call_of(tenant, OuterRef("pk")),
        )
        .prefetch_related(
            Prefetch("customers", Customer.objects.order_by("name")[:NAMES_SHOWN], to_attr="first_customers"),
            Prefetch(
                "warehouses", Warehouse.objects.order_by("name")[:NAMES_SHOWN], to_attr="first_warehouses"
            ),
        )
    )


def _in_state(clients: ClientQuerySet, tenant: Tenant, state: str) -> ClientQuerySet:
    now = timezone.now()
    expired = Q(expires__isnull=False, expires__lte=now)
    conditions = {
        "active": Q(is_active=True) & ~expired,
        # One that was added lately is not unused, only new.
        "unused": Q(is_active=True, created__lt=now - UNUSED_AFTER)
        & ~expired
        & ~Q(usage.called_since(tenant, OuterRef("pk"), now - UNUSED_AFTER)),
        "inactive": Q(is_active=False, revoked_at=None) & ~expired,
        "expired": expired & Q(revoked_at=None),
        "revoked": Q(revoked_at__isnull=False),
    }
    return clients.filter(conditions[state]) if state in conditions else clients


def _with_role(clients: ClientQuerySet, code: str) -> ClientQuerySet:
    """Those with a role, or with one that implies it. JSON as text, because SQLite can't look into lists."""
    codes = [role.code for role in BY_CODE.values() if code in (role.code, *role.implies)]
    wanted = Q()
    for one in codes:
        wanted |= Q(roles_text__contains=f'"{one}"')
    return clients.annotate(roles_text=Cast("roles", TextField())).filter(wanted)


def _reaching_any(clients: ClientQuerySet, place: str, places: TenantQuerySet, text: str) -> ClientQuerySet:
    """Those that reach a customer or a warehouse whose name has this text in it."""
    matching = places.filter(name_key__contains=name_key(text)).order_by()
    # Asked once for the whole list, not for each client.
    links = getattr(ApiClient, f"{place}s").through.objects
    named = links.filter(**{f"{place}__in": matching.values("pk")})
    return clients.filter(
        Q(pk__in=named.values("apiclient")) | Q(Exists(matching), **{f"all_{place}s": True})
    )


def clients_reaching(tenant: Tenant, place: Customer | Warehouse) -> ClientQuerySet:
    """Every client that can read or write a customer or a warehouse, those of all included; revoked ones can't."""
    field = "customers" if isinstance(place, Customer) else "warehouses"
    through = getattr(ApiClient, field).through
    named = through.objects.filter(**{"apiclient": OuterRef("pk"), field.removesuffix("s"): place.pk})
    clients = ApiClient.objects.of(tenant).present().filter(revoked_at=None)
    return with_credentials(clients.filter(Q(Exists(named)) | Q(**{f"all_{field}": True})))


def _has(condition: Q) -> Exists:
    return Exists(Credential.objects.filter(condition, client=OuterRef("pk")))


def _count_of(through: type[Model]) -> Coalesce:
    """How many rows of a link table name the client: counted for the rows of one page, not by a join over all."""
    links = through._default_manager.filter(apiclient=OuterRef("pk")).order_by().values("apiclient")
    return Coalesce(Subquery(links.annotate(n=Count("pk")).values("n")), 0)


def credentials_of(tenant: Tenant, client: ApiClient) -> list[CredentialRow]:
    """A client's credentials, newest first, each with its own use."""
    now = timezone.now()
    rows = list(
        client.credentials.select_related("client")
        .annotate(last_call=usage.newest_call_with(OuterRef("pk")))
        .order_by("-created", "kind")
    )
    last = {row.pk: row.last_call for row in rows if row.last_call}
    uses = usage.use_by_credential(tenant, client.pk, last)
    return [
        CredentialRow(row, effective(State(row.state), row.ends, now).value, uses.get(row.pk, Use()))
        for row in rows
    ]


def first_call_of(tenant: Tenant, client: ApiClient) -> Call | None:
    """The first call that the newest credentials of a client made and that was let in; taking a token is none."""
    newest = client.credentials.order_by("-created").values_list("created", flat=True).first()
    if newest is None:
        return None
    used = usage.calls_of_client(tenant, client.pk).filter(received_at__gte=newest)
    return used.exclude(call_class__in=(CallClass.TOKEN, CallClass.REFUSED)).order_by("received_at").first()


def with_credentials(clients: ClientQuerySet) -> ClientQuerySet:
    """Say of each client whether it has credentials that work, and whether some wait for Confirm."""
    return clients.annotate(
        has_credentials=_has(Q(state__in=WORKING)),
        is_waiting=_has(Q(state=State.PENDING, ends__gt=timezone.now())),
    )


def state_of(client: Any, now: datetime) -> str:
    """The one word for where a client that came `with_credentials` stands."""
    if client.revoked_at is not None:
        return "revoked"
    if client.expires is not None and now >= client.expires:
        return "expired"
    if client.is_waiting and not client.has_credentials:
        return "pending"
    return "active" if client.is_active else "inactive"


def without_sandbox(tenant: Tenant, customers: Iterable[Customer]) -> list[Customer]:
    """Those live customers that nobody has made a sandbox of yet."""
    live = [customer for customer in customers if not customer.is_sandbox]
    copied = set(
        Customer.objects.of(tenant).filter(copied_from__in=live).values_list("copied_from", flat=True)
    )
    return [customer for customer in live if customer.pk not in copied]


def channel_webhooks(tenant: Tenant) -> dict[UUID, Endpoint]:
    """The endpoint of each confirmed channel, by client."""
    rows = Endpoint.objects.of(tenant).kept().filter(client_id__isnull=False)
    return {endpoint.client_id: endpoint for endpoint in rows}


def has_answering_webhook(tenant: Tenant) -> bool:
    """Whether a webhook has taken a test or an event, and is not failing since."""
    return (
        Endpoint.objects.of(tenant).kept().filter(last_success_at__isnull=False, failing_since=None).exists()
    )


def channel_drafts(tenant: Tenant) -> QuerySet[ChannelDraft]:
    """The wizards that were left half way, the newest first."""
    return ChannelDraft.objects.of(tenant).select_related("client")


def channel_draft(tenant: Tenant, key: str) -> ChannelDraft | None:
    """The draft with the key that a form carries; whatever else it carries finds nothing."""
    try:
        wanted = UUID(key)
    except ValueError:
        return None
    return ChannelDraft.objects.of(tenant).filter(key=wanted).first()


def bearer_tokens(tenant: Tenant) -> ClientQuerySet:
    """The bearer tokens that count towards the plan's limit."""
    return ApiClient.objects.of(tenant).present().filter(kind=Kind.BEARER, revoked_at=None)

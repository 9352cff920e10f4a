"""What the go-live page shows before anything happens."""

from dataclasses import dataclass
from itertools import chain, count

from django.db.models import Count, Max, QuerySet

from apps.clients.models import ApiClient
from apps.core.names import name_key
from apps.customers.models import Customer
from apps.customers.users import users_of
from apps.orders.models import Consignment, Order
from apps.tenants.models import Membership, Tenant
from apps.usage.models import Call


@dataclass(frozen=True, slots=True)
class Plan:
    """What going live with a client would do to one of its sandboxes."""

    sandbox: Customer
    live: Customer | None
    orders: int
    consignments: int
    other_clients: list[ApiClient]


def free_name(customer: Customer) -> str:
    """A name for one more sandbox of a customer: with the word Sandbox, and a number from the second on."""
    name = f"{customer.name[:105]} Sandbox"
    taken = set(
        Customer.objects.of(customer.tenant)
        .filter(name_key__startswith=name_key(name))
        .values_list("name_key", flat=True)
    )
    numbered = chain([name], (f"{name} {number}" for number in count(2)))
    return next(free for free in numbered if name_key(free) not in taken)


def sandboxes_of(client: ApiClient) -> QuerySet[Customer]:
    """The active sandboxes that a client is given by name."""
    return client.customers.filter(kind="sandbox", is_active=True).select_related("copied_from")


def plan(client: ApiClient, sandbox: Customer) -> Plan:
    """The summary for one sandbox: what goes, what takes its place, and who else uses it."""
    others = ApiClient.objects.of(client.tenant).present().filter(customers=sandbox).exclude(pk=client.pk)
    return Plan(
        sandbox=sandbox,
        live=sandbox.copied_from,
        orders=Order.objects.filter(customer=sandbox).count(),
        consignments=Consignment.objects.filter(customer=sandbox).count(),
        other_clients=list(others),
    )


def testers_left(sandbox: Customer, live: Customer) -> list[Membership]:
    """The people with Customer access to a sandbox who don't see its live customer."""
    return [row for row in users_of(sandbox) if str(live.pk) not in row.customer_ids]


def endpoints_tried(tenant: Tenant, client: ApiClient) -> QuerySet[Call]:
    """Per endpoint that the client has called for a sandbox with success: how often and when last."""
    return (
        Call.objects.of(tenant)
        .filter(client_id=client.pk, call_class="sandbox", status__lt=400)
        .values("method", "endpoint")
        .annotate(calls=Count("id"), last=Max("received_at"))
        .order_by("endpoint", "method")
    )

"""What the request log shows for the ids in a call: billing stands above clients and customers, usage below them."""

from collections.abc import Collection
from uuid import UUID

from django.urls import reverse

from apps.clients.models import ApiClient
from apps.customers.models import Customer
from apps.tenants.access import Access
from apps.usage.labels import CHOICES, Label


def clients(access: Access, ids: Collection[UUID] | None = None) -> dict[UUID, Label]:
    """API clients that were not deleted, for those who see clients at all."""
    rows = ApiClient.objects.all().visible_to(access)
    rows = rows.order_by("name_key")[:CHOICES] if ids is None else rows.filter(pk__in=ids)
    slug = access.tenant.slug
    return {
        key: Label(name, reverse("clients:detail", args=[slug, key]))
        for key, name in rows.values_list("pk", "name")
    }


def customers(access: Access, ids: Collection[UUID] | None = None) -> dict[UUID, Label]:
    """Customers within the person's reach."""
    rows = Customer.objects.all().visible_to(access)
    rows = rows.order_by("name", "pk")[:CHOICES] if ids is None else rows.filter(pk__in=ids)
    slug = access.tenant.slug
    return {
        key: Label(name, reverse("customers:detail", args=[slug, key]), is_sandbox=kind == "sandbox")
        for key, name, kind in rows.values_list("pk", "name", "kind")
    }

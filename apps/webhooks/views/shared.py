"""What the pages of webhooks have in common."""

from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse

from apps.core import fragments
from apps.tenants.access import TenantRequest
from apps.webhooks.models import Delivery, Endpoint


def endpoint_of(request: TenantRequest, endpoint_id: UUID) -> Endpoint:
    """The endpoint of a page, 404 for one that is removed or somebody else's."""
    return request.access.fetch(Endpoint.objects.kept(), pk=endpoint_id)


def url_of(request: TenantRequest, endpoint: Endpoint) -> str:
    """The page of an endpoint."""
    return reverse("webhooks:detail", args=[request.access.tenant.slug, endpoint.pk])


def delivery_url(request: TenantRequest, delivery: Delivery) -> str:
    """The page of a delivery."""
    return reverse("webhooks:delivery", args=[request.access.tenant.slug, delivery.pk])


def show_key(request: TenantRequest, endpoint: Endpoint, key: str) -> HttpResponse:
    """The one answer that holds a signing key."""
    context = {"title": "Signing key", "endpoint": endpoint, "key": key}
    return fragments.no_store(fragments.render_page(request, "webhooks/key.html", context))

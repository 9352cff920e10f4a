"""How endpoints, events and deliveries are found."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.db import models

from apps.tenants.querysets import TenantQuerySet

if TYPE_CHECKING:
    from apps.tenants.access import Access


class EndpointQuerySet(TenantQuerySet):
    """A tenant's endpoints."""

    def kept(self) -> Self:
        """Those that nobody removed."""
        return self.exclude(state="removed")

    def wanting(self, tenant_id: Any, event: str, customer_id: Any, channel_client_id: Any) -> list[Any]:
        """The endpoints that an event goes to; a channel's endpoint gets the orders that its channel made."""
        return [
            endpoint
            for endpoint in self.kept()
            .filter(tenant_id=tenant_id)
            .only("tenant", "events", "customer_ids", "client_id")
            if endpoint.wants(event, customer_id, channel_client_id)
        ]


class DeliveryQuerySet(models.QuerySet[Any]):
    """Deliveries; a customer user sees those of events about their customers."""

    def visible_to(self, access: "Access") -> Self:
        """The deliveries that the person behind `access` may see."""
        rows = self.filter(event__tenant=access.tenant)
        if access.is_customer_user:
            rows = rows.filter(event__customer_id__in=access.customer_ids)
        return rows

    def failed_since(self, endpoint: Any, since: datetime) -> Self:
        """What failed for good at an endpoint from a moment on; tests are not among it."""
        return self.filter(endpoint=endpoint, state="failed", finished_at__gte=since, event__is_test=False)

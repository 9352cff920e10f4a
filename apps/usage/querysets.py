"""How calls are found. They carry ids and no foreign keys, so that history outlives what it describes."""

from datetime import datetime
from typing import TYPE_CHECKING, Self
from uuid import UUID

from apps.tenants.querysets import TenantQuerySet

if TYPE_CHECKING:
    from apps.tenants.access import Access
    from apps.tenants.models import Tenant


class CallQuerySet(TenantQuerySet):
    """Calls of a tenant."""

    def of(self, tenant: "Tenant") -> Self:
        """The tenant's calls."""
        return self.filter(tenant_id=tenant.pk)

    def visible_to(self, access: "Access") -> Self:
        """All calls of the tenant; for a customer user, those that named one of their customers."""
        calls = self.of(access.tenant)
        return calls.filter(customer_id__in=access.customer_ids) if access.is_customer_user else calls

    def of_client(self, client_id: UUID) -> Self:
        """The calls of one API client."""
        return self.filter(client_id=client_id)

    def received(self, start: datetime, end: datetime) -> Self:
        """The calls received in a half-open span of time."""
        return self.filter(received_at__gte=start, received_at__lt=end)

    def newest_first(self) -> Self:
        """The latest call first, and in one order even where two came in the same microsecond."""
        return self.order_by("-received_at", "-id")

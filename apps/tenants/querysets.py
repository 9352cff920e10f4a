"""How rows that belong to a tenant are found."""

from typing import TYPE_CHECKING, Any, Self

from django.db import models

if TYPE_CHECKING:
    from apps.tenants.access import Access
    from apps.tenants.models import Tenant


class TenantQuerySet(models.QuerySet[Any]):
    """Rows with a `tenant`. What a customer user may see of them, a subclass says."""

    def of(self, tenant: "Tenant") -> Self:
        """The tenant's rows."""
        return self.filter(tenant=tenant)

    def visible_to(self, access: "Access") -> Self:
        """The rows that the person behind `access` may see: by default none for a customer user."""
        return self.none() if access.is_customer_user else self.of(access.tenant)

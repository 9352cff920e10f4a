"""How customers, and rows that belong to a customer, are found."""

from typing import TYPE_CHECKING, ClassVar, Self

from apps.customers.scope import Scope
from apps.tenants.querysets import TenantQuerySet

if TYPE_CHECKING:
    from apps.tenants.access import Access


class CustomerOwnedQuerySet(TenantQuerySet):
    """Rows of a tenant that belong to a customer; a subclass names the columns that narrow them."""

    customer_field: ClassVar[str] = "customer_id"

    def visible_to(self, access: "Access") -> Self:
        """A customer user sees the rows of the customers named in the membership, the others all of the tenant's."""
        rows = self.of(access.tenant)
        if access.is_customer_user:
            rows = rows.filter(**{f"{self.customer_field}__in": access.customer_ids})
        return rows

    def within(self, scope: Scope) -> Self:
        """The rows of the customers that a caller of the API reaches."""
        if scope.customer_ids is None:
            return self
        return self.filter(**{f"{self.customer_field}__in": scope.customer_ids})


class CustomerQuerySet(CustomerOwnedQuerySet):
    """Customers themselves."""

    customer_field = "id"

    def active(self) -> Self:
        """Customers that take orders."""
        return self.filter(is_active=True)

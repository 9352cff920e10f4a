"""How API clients are found."""

from typing import TYPE_CHECKING, Self

from apps.tenants.querysets import TenantQuerySet

if TYPE_CHECKING:
    from apps.tenants.access import Access


class ClientQuerySet(TenantQuerySet):
    """API clients of all four kinds. Deleted ones keep their row, because statements and the log name them."""

    def visible_to(self, access: "Access") -> Self:
        """What the portal shows: the tenant's clients that were not deleted, nothing to customer users."""
        return super().visible_to(access).filter(deleted_at=None)

    def present(self) -> Self:
        """Those that were not deleted."""
        return self.filter(deleted_at=None)

    def of_kind(self, *kinds: str) -> Self:
        """Those of these kinds."""
        return self.filter(kind__in=kinds)

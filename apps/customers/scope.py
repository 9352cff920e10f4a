"""Which customers and warehouses a caller of the API reaches."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Scope:
    """The reach of a principal; None stands for all of the tenant's, now and later."""

    customer_ids: frozenset[UUID] | None = None
    warehouse_ids: frozenset[UUID] | None = None

    def has_customer(self, customer_id: UUID) -> bool:
        """Whether the customer is within reach."""
        return self.customer_ids is None or customer_id in self.customer_ids

    def has_warehouse(self, warehouse_id: UUID) -> bool:
        """Whether the warehouse is within reach."""
        return self.warehouse_ids is None or warehouse_id in self.warehouse_ids


EVERYTHING = Scope()

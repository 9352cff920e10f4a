"""How products, stock and orders are found."""

from typing import Self

from django.db.models import Q

from apps.customers.querysets import CustomerOwnedQuerySet
from apps.customers.scope import Scope


class ProductQuerySet(CustomerOwnedQuerySet):
    """Products, which belong to a customer and lie in any warehouse."""


class ChildQuerySet(CustomerOwnedQuerySet):
    """Rows of an order or a product, found through their own `tenant` and their parent's customer."""

    customer_field = "order__customer_id"


class StockQuerySet(CustomerOwnedQuerySet):
    """What lies where."""

    customer_field = "product__customer_id"

    def within(self, scope: Scope) -> Self:
        """The stock of the customers in the warehouses that a caller reaches."""
        rows = super().within(scope)
        return rows if scope.warehouse_ids is None else rows.filter(warehouse_id__in=scope.warehouse_ids)


class OrderQuerySet(CustomerOwnedQuerySet):
    """Orders and consignments: narrowed by customer and, once they have one, by warehouse."""

    def within(self, scope: Scope) -> Self:
        """The rows that a caller reaches; one that no warehouse has taken yet counts by its customer alone."""
        rows = super().within(scope)
        if scope.warehouse_ids is None:
            return rows
        return rows.filter(Q(warehouse_id__in=scope.warehouse_ids) | Q(warehouse_id=None))

    def for_wire(self) -> Self:
        """Join what the wire form of an order needs, so that a page of them costs a fixed number of queries."""
        return self.select_related("tenant", "customer", "warehouse").prefetch_related(
            "lines__product__customer"
        )

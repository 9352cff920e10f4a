"""The tests of sandboxes start from the same customer with a product on stock as those of orders."""

from tests.orders.conftest import customer, mug, warehouse

__all__ = ["customer", "mug", "warehouse"]

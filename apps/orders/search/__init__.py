"""The search grammar of the Partner API (partner_api §2.5), compiled to SQL conditions."""

from apps.orders.search.grammar import MissingField, compile_search
from apps.orders.search.window import bounds_change_alone, from_the_oldest

__all__ = ["MissingField", "bounds_change_alone", "compile_search", "from_the_oldest"]

"""The search grammar of the Partner API (partner_api §2.5), compiled to SQL conditions."""

from apps.orders.search.grammar import MissingField, compile_search

__all__ = ["MissingField", "compile_search"]

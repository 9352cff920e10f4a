"""How quantities are written on pages."""

from decimal import Decimal

from django import template

from apps.core.jsontext import plain_number

register = template.Library()


@register.filter
def quantity(value: Decimal | None) -> str:
    """A quantity without zeros that say nothing: 3 and 2.5, never 3.0000 or 1E+2."""
    return "" if value is None else plain_number(value)

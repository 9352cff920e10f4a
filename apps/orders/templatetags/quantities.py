"""How quantities are written on pages."""

from decimal import Decimal

from django import template

from apps.core.jsontext import plain_number

register = template.Library()


@register.filter
def quantity(value: Decimal | None) -> str:
    """A quantity with its thousands apart and without zeros that say nothing: 1,200 and 2.5, never 3.000 or 1E+2."""
    return "" if value is None else f"{Decimal(plain_number(value)):,f}"

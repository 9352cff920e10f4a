"""Columns that several tables of this app share."""

import json
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models.expressions import Col

from apps.core import jsontext

QUANTITY_DIGITS = 18
QUANTITY_PLACES = 4
QUANTITY_LIMIT = Decimal(10) ** (QUANTITY_DIGITS - QUANTITY_PLACES)


class ExactEncoder(json.JSONEncoder):
    """Writes a Decimal as the number it is, where the standard encoder knows floats only."""

    def encode(self, o: Any) -> str:
        """Return the value as JSON text."""
        return jsontext.dumps(o).decode()


def _integer(text: str) -> int | Decimal:
    """A whole number; one of 19 digits or more as a Decimal, because no int beyond 64 bits can be written again.

    A caller's 1e30 is stored with all its zeros, and reading it back as an int would make its order unservable.
    """
    return int(text) if len(text) < 19 else Decimal(text)


class ExactDecoder(json.JSONDecoder):
    """Reads numbers with a fraction as Decimal, so that 12.50 comes back to the cent."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "parse_float": Decimal, "parse_int": _integer})


_decode = ExactDecoder().decode


class _ExactField(models.JSONField):
    """Django's column, read faster: a page of orders has thousands of them, most of them empty."""

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        """Return what the column holds, without a decoder made for each."""
        if value == "{}":
            return {}
        if value == "[]":
            return []
        if isinstance(expression, Col) and isinstance(value, str):
            return _decode(value)
        return super().from_db_value(value, expression, connection)

    def deconstruct(self) -> Any:
        """Be Django's own field to migrations, as the column is the same."""
        name, _, arguments, options = super().deconstruct()
        return name, "django.db.models.JSONField", arguments, options


def json_field(default: type = dict) -> "models.JSONField[Any, Any]":
    """A JSON column that keeps decimals exact."""
    return _ExactField(default=default, blank=True, encoder=ExactEncoder, decoder=ExactDecoder)


def quantity_field(**options: Any) -> "models.DecimalField[Any, Any]":
    """A quantity, in the base unit unless the column's name says otherwise."""
    return models.DecimalField(max_digits=QUANTITY_DIGITS, decimal_places=QUANTITY_PLACES, **options)

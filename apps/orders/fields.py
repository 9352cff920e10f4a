"""Columns that several tables of this app share."""

import json
from decimal import Decimal
from typing import Any

from django.db import models

from apps.core import jsontext

QUANTITY_DIGITS = 18
QUANTITY_PLACES = 4
QUANTITY_LIMIT = Decimal(10) ** (QUANTITY_DIGITS - QUANTITY_PLACES)


class ExactEncoder(json.JSONEncoder):
    """Writes a Decimal as the number it is, where the standard encoder knows floats only."""

    def encode(self, o: Any) -> str:
        """Return the value as JSON text."""
        return jsontext.dumps(o).decode()


_EXACT = json.JSONDecoder(parse_float=Decimal)


class ExactDecoder(json.JSONDecoder):
    """Reads numbers with a fraction as Decimal, so that 12.50 comes back to the cent.

    A page of orders reads thousands of these columns, most of them empty, so the decoder itself is made once.
    """

    def __init__(self, **options: Any) -> None:
        """Take no options and set nothing up: `decode` asks the decoder above."""

    def decode(self, s: str, *rest: Any) -> Any:
        """Return what a column holds."""
        if s == "{}":
            return {}
        return [] if s == "[]" else _EXACT.decode(s)


def json_field(default: type = dict) -> "models.JSONField[Any, Any]":
    """A JSON column that keeps decimals exact."""
    return models.JSONField(default=default, blank=True, encoder=ExactEncoder, decoder=ExactDecoder)


def quantity_field(**options: Any) -> "models.DecimalField[Any, Any]":
    """A quantity, in the base unit unless the column's name says otherwise."""
    return models.DecimalField(max_digits=QUANTITY_DIGITS, decimal_places=QUANTITY_PLACES, **options)

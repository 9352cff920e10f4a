"""Form fields that read numbers and text the same way everywhere: in the portal, the API and the admin."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models

from apps.core import names

_INTEGER = re.compile(r"-?[0-9]{1,18}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DECIMAL = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,18})?")


class AsciiIntegerField(forms.IntegerField):
    """A whole number in the digits 0 to 9: no plus, no 1_000, no 1.0, no full-width digits."""

    widget = forms.TextInput
    default_error_messages = {
        "required": "Enter a number.",
        "invalid": "Enter a whole number in the digits 0 to 9.",
    }

    def to_python(self, value: Any) -> int | None:
        """Return the number, or None where nothing was entered."""
        text = _number_text(self, value, _INTEGER)
        return None if text is None else int(text)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Ask a phone for its number keys."""
        return {**super().widget_attrs(widget), "inputmode": "numeric", "autocomplete": "off"}


class AsciiDecimalField(forms.DecimalField):
    """A number in the digits 0 to 9 with a point: no plus, no exponent, no comma, no full-width digits."""

    widget = forms.TextInput
    default_error_messages = {
        "required": "Enter a number.",
        "invalid": "Enter a number in the digits 0 to 9, with a point for decimals.",
    }

    def to_python(self, value: Any) -> Any:
        """Return the number, or None where nothing was entered."""
        text = _number_text(self, value, _DECIMAL)
        return None if text is None else Decimal(text)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Ask a phone for its number keys."""
        return {**super().widget_attrs(widget), "inputmode": "decimal", "autocomplete": "off"}


class AsciiDateField(forms.DateField):
    """A day as YYYY-MM-DD in the digits 0 to 9, as date controls send it; Django's own takes full-width digits too."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    input_formats = ("%Y-%m-%d",)
    default_error_messages = {
        "required": "Enter a date such as 2026-11-20.",
        "invalid": "Enter a date such as 2026-11-20.",
    }

    def to_python(self, value: Any) -> date | None:
        """Return the day, or None where nothing was entered."""
        if isinstance(value, str) and value.strip() and not _DATE.fullmatch(value.strip()):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


def _number_text(field: forms.Field, value: Any, shape: re.Pattern[str]) -> str | None:
    if value in field.empty_values:
        return None
    text = format(value, "f") if isinstance(value, Decimal) else str(value).strip(" ")
    if not shape.fullmatch(text):
        raise ValidationError(field.error_messages["invalid"], code="invalid")
    return text


class PlainTextField(forms.CharField):
    """Text that may be stored and shown; of one line unless its widget is a text area.

    A text that shows nothing, such as one of zero-width characters, counts as empty.
    """

    default_error_messages = {
        "required": "Fill this in.",
        "one_line": "Line breaks and control characters are not allowed here.",
    }

    def to_python(self, value: Any) -> Any:
        """Return the text, stripped, or the empty value."""
        text = super().to_python(value)
        if not isinstance(text, str) or text in self.empty_values:
            return text
        try:
            names.clean_text(text)
        except ValueError as error:
            raise ValidationError(str(error), code="invalid") from None
        if isinstance(self.widget, forms.Textarea):
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        elif names.has_control(text):
            raise ValidationError(self.error_messages["one_line"], code="invalid")
        return self.empty_value if names.is_blank(text) else text


ADMIN_NUMBERS: dict[type[models.Field[Any, Any]], dict[str, Any]] = {
    models.IntegerField: {"form_class": AsciiIntegerField},
    models.DecimalField: {"form_class": AsciiDecimalField},
}
"""For `formfield_overrides` of a ModelAdmin, so that the admin reads numbers as the portal does."""

"""Filters of the portal's own pages."""

from collections.abc import Sequence
from datetime import date
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError

from apps.audit.templatetags.audit_words import action_words
from apps.core.fields import AsciiDateField, PlainTextField

EARLIEST = date(2000, 1, 1)
LATEST = date(2200, 1, 1)


class AuditFilter(forms.Form):
    """What the audit page is narrowed to."""

    person = PlainTextField(label="Person", max_length=200, required=False)
    action = forms.ChoiceField(label="Action", required=False)
    target = PlainTextField(label="Client or other name", max_length=255, required=False)
    first = AsciiDateField(label="From", required=False)
    last = AsciiDateField(label="Until", required=False)

    def __init__(self, *args: Any, actions: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast(forms.ChoiceField, self.fields["action"])
        field.choices = [("", "Any"), *((action, action_words(action)) for action in actions)]

    def clean(self) -> dict[str, Any]:
        """Keep the days where the arithmetic of zones works."""
        data = super().clean() or {}
        for name in ("first", "last"):
            day = data.get(name)
            if day and not EARLIEST <= day <= LATEST:
                self.add_error(name, ValidationError("Enter a date of this century.", code="range"))
        return data

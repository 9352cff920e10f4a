"""Fields that the forms of all four kinds share."""

import re
import uuid
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError

from apps.clients.networks import parse
from apps.core.fields import PlainTextField
from apps.core.names import name_key

LONGEST_KEY = 240
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:00)?")


class NameField(PlainTextField):
    """A name that tells things apart, whose key fits the column that makes it unique."""

    default_error_messages = {"required": "Enter a name."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=120, widget=forms.TextInput(attrs={"autocomplete": "off"}), **kwargs)

    def clean(self, value: Any) -> Any:
        """Refuse names that grow beyond all bounds when compared."""
        text = super().clean(value)
        if len(name_key(text)) > LONGEST_KEY:
            raise ValidationError("Use a shorter name.", code="long")
        return text


class MomentField(forms.CharField):
    """A date and time at the tenant's place, to the minute, as `<input type="datetime-local">` sends it."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"})
    default_error_messages = {"invalid": "Enter a date and a time, such as 2026-12-31T17:00."}
    zone = "UTC"

    def prepare_value(self, value: Any) -> Any:
        """Show a stored moment as the tenant's clocks do."""
        if isinstance(value, datetime):
            return f"{value.astimezone(ZoneInfo(self.zone)):%Y-%m-%dT%H:%M}"
        return value

    def to_python(self, value: Any) -> Any:
        """Read what was typed; None where nothing was."""
        text = super().to_python(value)
        if not text:
            return None
        if not _MOMENT.fullmatch(text):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        try:
            moment = datetime.fromisoformat(text[:16]).replace(tzinfo=ZoneInfo(self.zone))
            back = moment.astimezone(UTC).astimezone(moment.tzinfo)
        except (ValueError, OverflowError):
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None
        if back.replace(tzinfo=None) != moment.replace(tzinfo=None):
            raise ValidationError(
                "The clocks are put forward over this time. Choose another.", code="skipped"
            )
        return moment.astimezone(UTC)


class NetworksField(PlainTextField):
    """Addresses and networks, one a line; what comes out is a list of them in one spelling."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            max_length=5000, widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}), **kwargs
        )

    def prepare_value(self, value: Any) -> Any:
        """Show a stored list one a line."""
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        """Read what was typed, or say in words what is wrong with it."""
        try:
            return parse(super().clean(value))
        except ValueError as error:
            raise ValidationError(str(error), code="invalid") from None


class CreationKeyField(forms.UUIDField):
    """The hidden key of a form that creates something: submitted twice, it creates once."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.HiddenInput, initial=uuid.uuid4, **kwargs)

    def clean(self, value: Any) -> Any:
        """A key that is missing or not one counts as a new one: only the form's own protection is lost."""
        try:
            return super().clean(value)
        except ValidationError:
            return uuid.uuid4()


def take_over(form: forms.Form, error: ValidationError) -> None:
    """Show what a service found wrong beside the fields that it names."""
    for name, messages in getattr(error, "error_dict", {None: [error]}).items():
        form.add_error(name if name in form.fields else None, messages)

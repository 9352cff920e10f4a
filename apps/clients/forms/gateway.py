"""Forms of the gateway's route rules."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from apps.clients.gateway import clean_pattern
from apps.clients.models import GatewayRule
from apps.clients.roles import ROLES
from apps.core.fields import PlainTextField
from apps.core.forms import Checkboxes, Choice

_MONO = {"autocomplete": "off", "spellcheck": "false", "class": "mono"}


class RuleForm(forms.Form):
    """A method, a path pattern and the roles that it opens to."""

    method = forms.ChoiceField(
        label="Method",
        choices=GatewayRule.METHODS,
        help_text="HEAD goes with GET.",
        error_messages={"invalid_choice": "Choose from the list."},
    )
    pattern = PlainTextField(
        label="Path",
        max_length=200,
        widget=forms.TextInput(attrs=_MONO),
        help_text="Such as /stock/* or /v2/shipments/{id}/labels: * or a name in braces stands for one step, ** at the "
        "end for all that follows. Letter case and a slash at the end make no difference.",
    )
    roles = forms.MultipleChoiceField(
        label="API Roles",
        widget=Checkboxes,
        choices=[(role.code, Choice(role.name, role.words)) for role in ROLES],
        help_text="A client with any of these passes. API Full Access passes every rule.",
        error_messages={
            "required": "Choose at least one API role.",
            "invalid_choice": "Choose from the list.",
        },
    )

    def clean_pattern(self) -> str:
        """Say at the field what is wrong with a pattern."""
        try:
            return clean_pattern(self.cleaned_data["pattern"])
        except ValueError as error:
            raise ValidationError(str(error)) from None


class TestForm(forms.Form):
    """A method and a path as a proxy would ask about them."""

    # A name that pytest would take for a test is none here.
    __test__ = False

    method = forms.ChoiceField(
        label="Method",
        required=False,
        choices=[(name, name) for name in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")],
        error_messages={"invalid_choice": "Choose from the list."},
    )
    path = PlainTextField(
        label="Path",
        max_length=2000,
        required=False,
        widget=forms.TextInput(attrs={**_MONO, "placeholder": "/stock/17"}),
    )

    def clean(self) -> dict[str, Any]:
        """A path without a method asks about GET."""
        data = super().clean() or {}
        data["method"] = data.get("method") or "GET"
        return data

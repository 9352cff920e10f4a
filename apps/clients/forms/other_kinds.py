"""Forms of bearer tokens (seed 001) and access tokens (seed 002)."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict

from apps.clients.forms.fields import CreationKeyField, NameField
from apps.clients.roles import ACCESS_ROLES, BY_CODE, ROLES, USE_CASES, names_of
from apps.core.fields import PlainTextField
from apps.core.forms import Checkboxes, Choice, Radios
from apps.core.names import name_key

OWN = "own"
_BY_NAME_KEY = {name_key(name): name for name in USE_CASES}
_USE_CASE_CHOICES = [
    *((name, Choice(name, ", ".join(names_of(roles)))) for name, roles in USE_CASES.items()),
    (OWN, Choice("Something else", "Choose the API Roles yourself.")),
]


class BearerForm(forms.Form):
    """A use case, which brings its name and its roles, or an own name with roles of its own."""

    name = NameField(help_text="Name it after what it is for, so that it can be revoked alone.")
    use_case = forms.ChoiceField(
        label="What it is for",
        choices=_USE_CASE_CHOICES,
        widget=Radios,
        error_messages={"invalid_choice": "Choose from the list."},
    )
    roles = forms.MultipleChoiceField(
        label="API Roles",
        widget=Checkboxes,
        choices=[(role.code, Choice(role.name, role.words)) for role in ROLES],
        error_messages={
            "required": "Choose at least one API role for a name of your own.",
            "invalid_choice": "Choose from the list.",
        },
    )
    creation_key = CreationKeyField()

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        completed = _completed(data)
        super().__init__(completed)
        self.fields["name"].widget.attrs["list"] = "use-cases"
        self.fields["roles"].required = completed is None or completed.get("use_case") not in USE_CASES

    def chosen_roles(self) -> list[str]:
        """The roles of the use case, or those that were ticked."""
        use_case: str = self.cleaned_data["use_case"]
        return list(USE_CASES.get(use_case) or self.cleaned_data["roles"])


def _completed(data: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Take the name from the use case or the use case from the name, where one of the two was left out."""
    if data is None:
        return None
    completed = QueryDict(mutable=True)
    completed.update(data)
    name, use_case = completed.get("name", "").strip(), completed.get("use_case")
    if use_case in USE_CASES and not name:
        completed["name"] = use_case
    if not use_case:
        named = _BY_NAME_KEY.get(name_key(name)) if not completed.getlist("roles") else None
        completed["use_case"] = named or OWN
    return completed


class AccessForm(forms.Form):
    """Username, password and what they open."""

    username = PlainTextField(
        max_length=64,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
        help_text="3 to 64 characters: a to z, digits, full stop, underscore and hyphen.",
    )
    password = forms.CharField(
        required=False,
        max_length=256,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="Left empty, a strong one is made for you and shown once, beside the token.",
    )
    # Without the word above in its label, so that whoever looks for the one field finds one.
    again = forms.CharField(
        label="Type it again",
        required=False,
        max_length=256,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="It is not shown and not kept in a readable form, so a slip of the finger would go unseen.",
    )
    roles = forms.MultipleChoiceField(
        label="API Access Permissions",
        widget=Checkboxes,
        choices=[(code, Choice(BY_CODE[code].name, BY_CODE[code].words)) for code in ACCESS_ROLES],
        error_messages={
            "required": "Choose Order API Access, Product API Access or both.",
            "invalid_choice": "Choose from the list.",
        },
    )
    creation_key = CreationKeyField()

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        self.fields["password"].empty_does = True  # type: ignore[attr-defined]  # read by the label's template

    def clean(self) -> dict[str, Any]:
        """Where it was typed twice, both are the same."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("again") and data["again"] != data.get("password", data["again"]):
            self.add_error("again", "The two differ. Type both again.")
        return data

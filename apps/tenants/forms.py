"""Forms of the organisation's pages. They list every field that may be stored; whatever else is posted is ignored."""

from typing import Any, cast
from zoneinfo import available_timezones

from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator

from apps.accounts.models import User
from apps.core.fields import PlainTextField
from apps.core.forms import Choice, Radios
from apps.core.names import is_blank
from apps.tenants.models import Role

ROLES = [
    (Role.ADMINISTRATOR.value, Choice("Administrator", "Changes customers, orders, products and webhooks.")),
    (Role.VIEWER.value, Choice("Viewer", "Sees every list and page, changes nothing, never sees a secret.")),
]
EDITS_USERS = "Allow this user to edit other users"
EDITS_USERS_HELP = (
    "For Administrators. They may then also create and revoke credentials, invite members and change the "
    "organisation."
)


class NameField(PlainTextField):
    """A name: one line that shows something."""

    def clean(self, value: Any) -> Any:
        """Refuse names made of spaces and invisible characters."""
        text = super().clean(value)
        if text and is_blank(text):
            raise ValidationError("Enter a name that can be seen.", code="blank")
        return text


class RoleForm(forms.Form):
    """Role and right of a member."""

    role = forms.ChoiceField(label="Role", choices=ROLES, widget=Radios, initial=Role.VIEWER.value)
    can_edit_users = forms.BooleanField(label=EDITS_USERS, required=False, help_text=EDITS_USERS_HELP)

    def clean(self) -> dict[str, Any]:
        """Tie the right to the role, as the seeds do."""
        data = super().clean() or {}
        if data.get("can_edit_users") and data.get("role") == Role.VIEWER:
            self.add_error("can_edit_users", "A Viewer can't edit other users. Choose Administrator.")
        return data


class InviteForm(RoleForm):
    """Who is invited, as what."""

    email = forms.EmailField(
        label="E-mail",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Enter an e-mail address."},
    )
    field_order = ("email", "role", "can_edit_users")


class JoinForm(forms.Form):
    """Name and password of a person who accepts an invitation and has no account."""

    name = NameField(
        label="Your name", max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    password1 = forms.CharField(
        label="Password",
        max_length=256,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    password2 = forms.CharField(
        label="Password again",
        max_length=256,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email
        self.fields["password1"].help_text = " ".join(password_validators_help_texts())

    def clean_password1(self) -> str:
        """Hold the password to the same rules as everywhere."""
        password: str = self.cleaned_data["password1"]
        validate_password(password, User(email=self.email, name=self.data.get("name", "")))
        return password

    def clean(self) -> dict[str, Any]:
        """Compare the two."""
        data = super().clean() or {}
        if "password1" in data and data["password1"] != data.get("password2"):
            self.add_error("password2", "The two passwords are not the same.")
        return data


class OrganisationForm(forms.Form):
    """What members may change about the organisation itself."""

    name = NameField(label="Name", max_length=120)
    zone = forms.ChoiceField(
        label="Time zone",
        help_text="Weeks run from Monday 00:00 there. The week in progress ends as it began; a new zone takes effect "
        "from the next one.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast(forms.ChoiceField, self.fields["zone"])
        field.choices = [(zone, zone.replace("_", " ")) for zone in sorted(available_timezones())]


class WarehouseForm(forms.Form):
    """Name and address of a warehouse."""

    name = NameField(
        label="Name", max_length=120, help_text="People and reports know the warehouse by this name."
    )
    address1 = PlainTextField(label="Address", max_length=200, required=False)
    city = PlainTextField(label="City", max_length=100, required=False)
    state = PlainTextField(label="State", max_length=100, required=False)
    postcode = PlainTextField(label="Postcode", max_length=20, required=False)
    country = PlainTextField(
        label="Country",
        max_length=2,
        required=False,
        validators=[RegexValidator(r"\A[A-Z]{2}\Z", "Enter a code of two capital letters, such as AU.")],
        help_text="Code of two letters, such as AU or NZ.",
    )
    is_default = forms.BooleanField(
        label="Default warehouse",
        required=False,
        help_text="Taken where an order names no warehouse. There is one; it replaces the one before.",
    )

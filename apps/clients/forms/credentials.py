"""The dialogs before something is generated, ended or taken away."""

from typing import Any

from django import forms

from apps.clients.models import ApiClient, Kind
from apps.core.fields import AsciiIntegerField
from apps.core.forms import Radios

SECRET_WORDS = {
    Kind.CLIENT: "Client Secret",
    Kind.CHANNEL: "Password",
    Kind.BEARER: "Token",
    Kind.ACCESS: "Access Token",
}
WHEN = (
    ("now", "Immediately"),
    ("1h", "1 hour"),
    ("24h", "24 hours"),
    ("3d", "3 days"),
    ("7d", "7 days"),
)
_TICK = "Tick this box to go on."


class ConfirmForm(forms.Form):
    """A dialog that carries the version of the credentials that it was opened for."""

    version = AsciiIntegerField(
        min_value=0,
        max_value=2**31 - 1,
        widget=forms.HiddenInput,
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"),
            "Open this page again: the form was incomplete.",
        ),
    )

    def __init__(self, *args: Any, client: ApiClient, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.client = client
        self.initial.setdefault("version", client.version)

    def is_outdated(self) -> bool:
        """Whether the form was made for another version: then nothing else about it matters."""
        return (
            self.is_bound
            and "version" not in self.errors
            and self.cleaned_data["version"] != self.client.version
        )


class SavedForm(ConfirmForm):
    """Confirm of seed 000: the box says that what was shown once is saved."""

    saved = forms.BooleanField(
        label="I have saved the username and the password", error_messages={"required": _TICK}
    )


class GenerateForm(ConfirmForm):
    """The pop-out of seed 003: exactly two boxes, and on a rotation the choice of when the old credentials stop."""

    overlap = forms.ChoiceField(
        label="When do the old credentials stop working?",
        choices=WHEN,
        widget=Radios,
        initial="now",
        error_messages={"required": "Choose when.", "invalid_choice": "Choose one of these times."},
    )
    understood = forms.BooleanField(error_messages={"required": _TICK})
    stored = forms.BooleanField(
        label="I will store the credentials securely and give them only to the API user",
        error_messages={"required": _TICK},
    )

    def __init__(self, *args: Any, client: ApiClient, rotates: bool, **kwargs: Any) -> None:
        super().__init__(*args, client=client, **kwargs)
        word = SECRET_WORDS[Kind(client.kind)]
        self.fields["understood"].label = (
            f"I understand that the {word} is shown once and can't be recovered"
            + (_on_rotation(client) if rotates else "")
        )
        if not rotates or client.kind == Kind.CHANNEL:
            del self.fields["overlap"]


def _on_rotation(client: ApiClient) -> str:
    when = (
        "as soon as the new ones are confirmed" if client.kind == Kind.CHANNEL else "at the time chosen above"
    )
    return f", that the old credentials stop working {when}, and that connections using them will fail"


class IdentifyForm(forms.Form):
    """A secret that somebody found. The field is never filled in again."""

    UNKNOWN = (
        "This is no credential of your organisation, or a password: passwords can't be found by themselves. Check "
        "that you pasted all of it."
    )

    credential = forms.CharField(
        label="Secret or token",
        max_length=4000,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="A Client Secret, Token, Access Token or an imported key. A whole header or line will do.",
    )

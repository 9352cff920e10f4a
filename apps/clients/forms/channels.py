"""Forms of channels: the wizard's questions, and the same ones asked again later (seed 000)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from apps.clients.forms.fields import CreationKeyField, NameField
from apps.clients.models import ApiClient, ChannelDraft, Configuration
from apps.clients.services import ChannelInput
from apps.clients.services.drafts import ANSWERS, ENTER_TOKEN, ENTER_TOKEN_ANEW
from apps.core.fields import AsciiDecimalField, PlainTextField
from apps.core.forms import Choice, Radios
from apps.webhooks.forms import STORED_HELP, TYPED_HELP, WebhookURLField
from apps.webhooks.models import Endpoint

_CONFIGURATIONS = (
    (
        Configuration.SMART.value,
        Choice(
            "Smart Allocation",
            "Picks a warehouse that can fill every line of the order, most free stock first, and moves the order on.",
        ),
    ),
    (
        Configuration.MANUAL.value,
        Choice("Manual", "Leaves the order as a draft until a person allocates it on the order's page."),
    ),
)


def threshold_field(label: str, most: int) -> AsciiDecimalField:
    """The field of one Minimum Threshold."""
    return AsciiDecimalField(
        label=label,
        min_value=Decimal("0.001"),
        max_value=Decimal(most),
        max_digits=9,
        decimal_places=3,
        help_text=f"More than 0, up to {most:,}. Used where an order comes without it.",
        error_messages={"required": "Enter what counts where an order comes without it."},
    )


class ChannelFields(forms.Form):
    """What a channel is. `stored_url` is the Webhook URL whose Auth Token is kept already, and need not be typed."""

    name = NameField(label="Channel Name", help_text="It identifies the channel and is unique.")
    configuration = forms.ChoiceField(
        choices=_CONFIGURATIONS,
        widget=Radios,
        error_messages={"required": "Choose how its orders get their warehouse."},
    )
    threshold_weight = threshold_field("Package weight (kg)", 10_000)
    threshold_volume = threshold_field("Package volume (m³)", 1_000)
    webhook_url = WebhookURLField(
        label="Webhook URL",
        max_length=500,
        help_text="Order statuses are sent here.",
        error_messages={"required": "Enter the address that order statuses are sent to."},
    )
    auth_token = PlainTextField(
        label="Auth Token",
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="Sent with each of them as Authorization, word for word. Stored sealed; it is not shown again.",
        error_messages={"required": ENTER_TOKEN},
    )

    def __init__(self, *args: Any, stored_url: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.data.get("auth_token"):
            # The form comes back without it, whatever else is wrong in it.
            self.fields["auth_token"].help_text = TYPED_HELP
        self.keep_token(stored_url)

    def keep_token(self, stored_url: str) -> None:
        """Ask for the Auth Token only where there is none yet for the Webhook URL."""
        self.stored_url = stored_url
        if stored_url:
            field = self.fields["auth_token"]
            field.required = False
            field.empty_does = True  # type: ignore[attr-defined]  # read by the label's template
            field.help_text = STORED_HELP

    def clean_auth_token(self) -> str:
        """A header can't carry anything but printable ASCII."""
        token: str = self.cleaned_data["auth_token"]
        if not (token.isascii() and token.isprintable()):
            raise ValidationError("Use letters, digits and punctuation without accents.")
        return token

    def clean(self) -> dict[str, Any]:
        """A token was meant for one receiver: with another Webhook URL it is asked for anew."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        url = data.get("webhook_url")
        if self.stored_url and url and url != self.stored_url and data.get("auth_token") == "":
            self.add_error("auth_token", ENTER_TOKEN_ANEW)
        return data

    def values(self) -> ChannelInput:
        """What the person decided."""
        data = {name: self.cleaned_data[name] for name in (*ANSWERS, "auth_token")}
        return ChannelInput(**{**data, "configuration": Configuration(data["configuration"])})


class ChannelForm(ChannelFields):
    """The wizard's first step. `draft` is the key under which its answers are kept."""

    draft = CreationKeyField()
    creation_key = CreationKeyField()

    def __init__(self, data: Mapping[str, Any] | None = None, *, draft: ChannelDraft | None = None) -> None:
        super().__init__(
            data,
            initial={**draft.answers, "draft": draft.key} if draft else None,
            stored_url=_stored_url(draft) if draft else "",
        )

    def answers(self) -> dict[str, str]:
        """Those answers that make sense, whatever the others are."""
        return {name: str(self.cleaned_data[name]) for name in ANSWERS if self.cleaned_data.get(name)}

    def typed_token(self) -> str:
        """The Auth Token as typed, if it has a Webhook URL to belong to."""
        token: str = self.cleaned_data.get("auth_token", "")
        return token if self.cleaned_data.get("webhook_url") else ""

    def note_stored(self, draft: ChannelDraft) -> None:
        """Say beside the field that the Auth Token is kept, when the page comes back without it."""
        self.keep_token(_stored_url(draft))
        # The bound field took its help when the form was read.
        self["auth_token"].help_text = self.fields["auth_token"].help_text

    def keep_errors_of(self, *names: str) -> None:
        """Leave the other questions for later: a test asks about the webhook alone."""
        for name in set(self.errors) - set(names):
            del self.errors[name]


class ChannelEditForm(ChannelFields):
    """A channel's settings later on. Its secrets are rotated by Generate Credentials, not here."""

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        client: ApiClient,
        endpoint: Endpoint | None,
    ) -> None:
        channel = client.channel
        url = endpoint.url if endpoint else channel.webhook_url
        sealed = endpoint.auth_token_sealed if endpoint else channel.webhook_token_sealed
        super().__init__(
            data,
            initial={
                "name": client.name,
                "configuration": channel.configuration,
                "threshold_weight": f"{channel.threshold_weight.normalize():f}",
                "threshold_volume": f"{channel.threshold_volume.normalize():f}",
                "webhook_url": url,
            },
            stored_url=url if sealed else "",
        )
        # Commands may make a channel without a webhook, or without a token for it.
        self.fields["webhook_url"].required = bool(url)
        self.fields["auth_token"].required = False


def _stored_url(draft: ChannelDraft) -> str:
    return draft.answers.get("webhook_url", "") if draft.auth_token_sealed else ""

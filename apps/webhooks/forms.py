"""What an administrator enters of an endpoint."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Self
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from apps.core.fields import AsciiIntegerField, PlainTextField
from apps.core.forms import Checkboxes, Choice
from apps.core.outbound import ForbiddenDestination, check_url
from apps.core.picking import PickField, PickForm, SearchField
from apps.tenants.models import Tenant
from apps.webhooks.endpoints import refuse_taken_name
from apps.webhooks.events import EVENTS
from apps.webhooks.models import DeliveryState, Endpoint

_LOCAL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2})?")
AUTH_TOKEN_HELP = (
    "Sent to the receiver word for word as the Authorization header. Stored sealed; it is not shown again."
)
STORED_HELP = "One is stored. Leave this empty to keep it; a new Webhook URL needs it entered anew."
TYPED_HELP = "Enter it again: no page sends back what was typed here."
# Fills the field `customers` of a form with those of a tenant.
OfferCustomers = Callable[[forms.Form, Tenant], None]


class WebhookURLField(PlainTextField):
    """A URL that deliveries can go to; the address behind its name is checked again at each attempt."""

    widget = forms.URLInput(attrs={"placeholder": "https://"})

    def clean(self, value: Any) -> Any:
        """Refuse what is never dialled, with the reason."""
        url = super().clean(value)
        if url:
            try:
                check_url(url)
            except ForbiddenDestination as error:
                raise ValidationError(error.reason, code="forbidden") from error
        return url


class EndpointForm(PickForm):
    """Add or change an endpoint.

    A channel's endpoint has the channel's name and gets the orders that the channel makes, so neither is asked for.
    """

    name = PlainTextField(max_length=120, help_text="For you, such as the name of the system that receives.")
    url = WebhookURLField(label="Webhook URL", max_length=500)
    auth_token = PlainTextField(
        label="Auth Token",
        max_length=500,
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=AUTH_TOKEN_HELP,
    )
    no_auth_token = forms.BooleanField(label="Send no Auth Token any more", required=False)
    events = forms.MultipleChoiceField(
        choices=[(name, Choice(name, text)) for name, text in EVENTS.items()],
        widget=Checkboxes,
        required=False,
        help_text="None ticked means all of them, and those added later.",
    )
    customers_q = SearchField(label="Search the customers")
    customers = PickField(
        required=False,
        help_text="None ticked means all of them, now and later. Events about the whole organisation, such as the "
        "allowance, come here where they are ticked above or no customer is ticked.",
    )
    strict_order = forms.BooleanField(
        label="Strict order",
        required=False,
        help_text="Later events of an order wait until the earlier ones have arrived. One that keeps failing holds "
        "up its order for about three days. Without it they go on, and the version in the body tells which is newer.",
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        tenant: Tenant,
        offer_customers: OfferCustomers,
        endpoint: Endpoint | None = None,
        initial: dict[str, Any] | None = None,
    ) -> None:
        self.tenant = tenant
        self.endpoint = endpoint
        super().__init__(data, initial={**(_stored(endpoint) if endpoint else {}), **(initial or {})})
        if endpoint and endpoint.client_id:
            del self.fields["name"], self.fields["customers"], self.fields["customers_q"]
        else:
            offer_customers(self, tenant)
        if endpoint and endpoint.auth_token_sealed:
            self.fields["auth_token"].help_text = STORED_HELP
        else:
            del self.fields["no_auth_token"]
        if self["auth_token"].value():
            self["auth_token"].help_text = TYPED_HELP

    @classmethod
    def draft(cls, data: QueryDict, **more: Any) -> Self:
        """The form as it was filled in so far, not judged yet."""
        several = {name: data.getlist(name) for name in ("events", "customers")}
        switches = {name: name in data for name in ("no_auth_token", "strict_order")}
        texts = {name: data[name] for name in ("name", "url", "auth_token", "customers_q") if name in data}
        return cls(initial={**texts, **several, **switches}, **more)

    def clean_name(self) -> str:
        """Refuse a name that another endpoint of the tenant has: a form sent again adds nothing."""
        name: str = self.cleaned_data["name"]
        try:
            refuse_taken_name(self.tenant, name, but=self.endpoint)
        except ValidationError as error:
            raise ValidationError(error.messages, code="duplicate") from error
        return name

    def clean(self) -> dict[str, Any]:
        """Refuse a token together with the wish for none."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("no_auth_token") and data.get("auth_token"):
            self.add_error("no_auth_token", "Enter an Auth Token or send none; both at once make no sense.")
        return data

    def values(self) -> dict[str, Any]:
        """What the services take: the Auth Token None to keep it, empty to remove it."""
        data = self.cleaned_data
        channel = self.endpoint if self.endpoint and self.endpoint.client_id else None
        keep = None if self.endpoint and not data.get("no_auth_token") else ""
        return {
            "name": channel.name if channel else data["name"],
            "url": data["url"],
            "auth_token": data["auth_token"] or keep,
            "events": data["events"],
            "customer_ids": channel.customer_ids if channel else data["customers"],
            "strict_order": data["strict_order"],
        }


def _stored(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "name": endpoint.name,
        "url": endpoint.url,
        "events": endpoint.events,
        "customers": endpoint.customer_ids,
        "strict_order": endpoint.strict_order,
    }


class RotateForm(forms.Form):
    """Carries the number of the signing key that the person saw."""

    number = AsciiIntegerField(widget=forms.HiddenInput)


class LocalMomentField(forms.CharField):
    """A date and time in the tenant's zone, as `datetime-local` controls send it."""

    widget = forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})
    zone = ZoneInfo("UTC")

    def prepare_value(self, value: Any) -> Any:
        """Show a moment on the tenant's clock."""
        return value.astimezone(self.zone).replace(tzinfo=None) if isinstance(value, datetime) else value

    def to_python(self, value: Any) -> datetime | None:  # type: ignore[override]  # a CharField in name only
        """Read the tenant's clock; Django's own zone has no say."""
        text = str(value or "").strip()
        if not text:
            return None
        try:
            if not _LOCAL.fullmatch(text):
                raise ValueError
            return datetime.fromisoformat(text).replace(tzinfo=self.zone).astimezone(UTC)
        except (ValueError, OverflowError):
            raise ValidationError("Enter a date and time such as 2026-11-20T14:30.", code="invalid") from None


class SinceForm(forms.Form):
    """From when on failed deliveries are sent again."""

    since = LocalMomentField(label="Failed since")

    def __init__(self, *args: Any, tenant: Tenant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["since"]
        field.zone = ZoneInfo(tenant.zone)  # type: ignore[attr-defined]  # a LocalMomentField
        field.help_text = f"In the time of {tenant.zone}. Failed deliveries are kept for 30 days."


class FilterForm(forms.Form):
    """The filter row above deliveries; what makes no sense is as if it were not there."""

    q = forms.CharField(required=False, max_length=255)
    endpoint = forms.UUIDField(required=False)
    state = forms.ChoiceField(required=False, choices=[("", "Any"), *DeliveryState.choices])

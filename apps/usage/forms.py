"""The filter of the request log."""

import re
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q

from apps.core.fields import PlainTextField
from apps.tenants.access import Access
from apps.usage import labels, reasons
from apps.usage.classes import CallClass
from apps.usage.querysets import CallQuerySet

_REASON = re.compile(r"\A[a-z_]{1,40}\Z")
_STATUS = re.compile(r"\A[1-5](?:[0-9]{2}|xx)\Z")
_LOCAL = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?([+-][0-9]{2}:[0-9]{2})?"
)
_WITH_AN_ADDRESS = "Enter an address such as 192.0.2.7."


def local_text(instant: datetime, zone: ZoneInfo, timespec: str) -> str:
    """An instant as the filter takes it: in local time, with its offset where that time comes a second time."""
    local = instant.astimezone(zone)
    return (local if local.fold else local.replace(tzinfo=None)).isoformat(timespec=timespec)


class LocalInstantField(forms.CharField):
    """A date and time in the tenant's zone, as `datetime-local` controls send it; links may add the offset."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"})
    zone = ZoneInfo("UTC")

    def to_python(self, value: object) -> datetime | None:  # type: ignore[override]  # a CharField in name only
        """Return the instant, or None where nothing was entered."""
        text = str(value or "").strip()
        if not text:
            return None
        try:
            if not _LOCAL.fullmatch(text):
                raise ValueError
            local = datetime.fromisoformat(text)
            return (local if local.tzinfo else local.replace(tzinfo=self.zone)).astimezone(UTC)
        except (ValueError, OverflowError):
            raise ValidationError("Enter a date and time such as 2026-09-28T00:00.") from None


# What the reports count: every class but token requests.
METERED = "metered"
# Asked for by links of the reports alone, so they take no room where nobody asked.
_BY_LINKS = ("recorded_since", "recorded_until")
CLASSES = [("", "Any"), (METERED, "All but token requests"), *CallClass.choices]


class CallFilter(forms.Form):
    """What to look for. Everything is optional."""

    client = forms.UUIDField(required=False, label="API client")
    customer = forms.UUIDField(required=False, label="Customer")
    status = forms.RegexField(
        _STATUS,
        required=False,
        label="Status",
        error_messages={"invalid": "Enter a status such as 422, or a class such as 4xx."},
    )
    call_class = forms.ChoiceField(required=False, label="Class", choices=CLASSES)
    reason = forms.RegexField(
        _REASON, required=False, label="Reason", error_messages={"invalid": "Choose from the list."}
    )
    endpoint = PlainTextField(required=False, label="Endpoint", max_length=80)
    address = forms.GenericIPAddressField(
        required=False, label="Address", error_messages={"invalid": _WITH_AN_ADDRESS}
    )
    request_id = PlainTextField(required=False, label="Request id", max_length=64)
    since = LocalInstantField(required=False, label="From")
    until = LocalInstantField(required=False, label="Before")
    recorded_since = LocalInstantField(required=False, label="Recorded from")
    recorded_until = LocalInstantField(required=False, label="Recorded before")

    def __init__(self, access: Access, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Form's own signature
        zone = ZoneInfo(access.tenant.zone)
        for name in ("since", "until", *_BY_LINKS):
            self.fields[name].zone = zone  # type: ignore[attr-defined]  # a LocalInstantField
            with_offset = _LOCAL.fullmatch(str(self.data.get(name) or ""))
            if with_offset and with_offset[1]:
                # A `datetime-local` control would show nothing, and the next filter would lose it.
                self.fields[name].widget = forms.TextInput()
        for name in _BY_LINKS:
            if not self.data.get(name):
                del self.fields[name]
        self._offer("client", labels.clients(access))
        self._offer("customer", labels.customers(access))
        self._choose("reason", sorted(reasons.WORDS.items(), key=lambda pair: pair[1]))

    def _offer(self, name: str, choices: dict[UUID, labels.Label]) -> None:
        pairs = [
            (str(key), f"{label.name} (SANDBOX)" if label.is_sandbox else label.name)
            for key, label in choices.items()
        ]
        self._choose(name, pairs)

    def _choose(self, name: str, pairs: list[tuple[str, str]]) -> None:
        """Offer a choice of names; a value that is not among them, of something deleted, still filters."""
        chosen = str(self.data.get(name) or "")
        if chosen and chosen not in dict(pairs):
            pairs.append((chosen, chosen[:40]))
        self.fields[name].widget = forms.Select(choices=[("", "Any"), *pairs])

    def apply(self, calls: CallQuerySet) -> CallQuerySet:
        """The calls that match; the form has to be valid."""
        data = self.cleaned_data
        plain = {
            "client_id": data["client"],
            "customer_id": data["customer"],
            "endpoint": data["endpoint"],
            "reason": data["reason"],
            "address": data["address"],
            "request_id": data["request_id"],
            "received_at__gte": data["since"],
            "received_at__lt": data["until"],
            "recorded_at__gte": data.get("recorded_since"),
            "recorded_at__lt": data.get("recorded_until"),
        }
        calls = calls.filter(**{name: value for name, value in plain.items() if value})
        if data["call_class"] == METERED:
            calls = calls.exclude(call_class=CallClass.TOKEN)
        elif data["call_class"]:
            calls = calls.filter(call_class=data["call_class"])
        if status := data["status"]:
            first = int(status[0]) * 100
            is_class = status.endswith("xx")
            calls = calls.filter(
                Q(status__gte=first, status__lt=first + 100) if is_class else Q(status=int(status))
            )
        return calls

"""Add and edit an API client (seed 003)."""

import hashlib
from datetime import datetime
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone

from apps.clients.forms.fields import CreationKeyField, MomentField, NameField, NetworksField
from apps.clients.models import ApiClient
from apps.clients.reach import Preview
from apps.clients.roles import BY_CODE, ROLES, with_implied
from apps.clients.services import Change, ClientInput
from apps.core.forms import Checkboxes, Choice, Switch
from apps.core.picking import PickField, PickForm, SearchField, offer
from apps.customers.models import Customer
from apps.tenants.models import Tenant, Warehouse

ALL = "all"


class ClientForm(PickForm):
    """Name, Customers, Warehouses, API Roles and the INACTIVE/ACTIVE switch."""

    name = NameField(help_text="Say what the client is for, such as “ABC Foods Booking System”.")
    customers = PickField(
        always=((ALL, Choice("All customers, now and later")),),
        error_messages={"required": "Choose at least one customer, or all."},
        help_text="The client reaches the orders and products of these customers and no others.",
    )
    warehouses = PickField(
        always=((ALL, Choice("All warehouses, now and later")),),
        error_messages={"required": "Choose at least one warehouse, or all."},
    )
    roles = forms.MultipleChoiceField(
        label="API Roles",
        widget=Checkboxes,
        error_messages={
            "required": "Choose at least one API role.",
            "invalid_choice": "Choose from the list.",
        },
    )
    is_internal = forms.BooleanField(
        label="Internal client",
        required=False,
        help_text="For your own systems only: sees internal custom fields and, with Add Customer, creates customers.",
    )
    is_active = forms.BooleanField(
        label="Active",
        required=False,
        widget=Switch,
        help_text="An INACTIVE client keeps its credentials, and every call with them is refused.",
    )
    expires = MomentField(
        label="Expires",
        required=False,
        help_text="From then on every call is refused. Administrators get a mail 30, 7 and 1 days before.",
    )
    networks = NetworksField(
        label="Allowed addresses",
        required=False,
        help_text="IPv4 or IPv6 addresses and networks, one a line, such as 203.0.113.7 or 2001:db8::/32. "
        "Calls from anywhere else are refused. Left empty, calls may come from everywhere.",
    )
    creation_key = CreationKeyField()
    customers_q = SearchField(label="Search the customers")
    warehouses_q = SearchField(label="Search the warehouses")
    confirmed = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, tenant: Tenant, client: ApiClient | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tenant = tenant
        self.client = client
        cast(MomentField, self.fields["expires"]).zone = tenant.zone
        self.fields["expires"].help_text += f" Time zone: {tenant.zone}."
        roles = cast(forms.MultipleChoiceField, self.fields["roles"])
        roles.choices = [(role.code, Choice(role.name, _words(role.code))) for role in ROLES]
        if client is not None:
            self.initial = {**_initial(client), **self.initial}
        offer(self, "customers", Customer.objects.of(tenant), _customer_choice)
        offer(self, "warehouses", Warehouse.objects.of(tenant), _warehouse_choice)

    @classmethod
    def draft(cls, data: QueryDict, *, tenant: Tenant, client: ApiClient | None = None) -> "ClientForm":
        """The form as it was filled in so far, not judged yet."""
        several = {name: data.getlist(name) for name in ("customers", "warehouses", "roles")}
        switches = {name: name in data for name in ("is_internal", "is_active")}
        texts = ("name", "expires", "networks", "creation_key", "customers_q", "warehouses_q")
        given = {name: data[name] for name in texts if name in data}
        return cls(initial={**given, **several, **switches}, tenant=tenant, client=client)

    def preview(self) -> Preview:
        """What the client will be able to reach, as far as the form is filled in."""
        customers, warehouses = (set(self[name].value() or ()) for name in ("customers", "warehouses"))
        return Preview(
            all_customers=ALL in customers,
            customers=self._chosen("customers"),
            all_warehouses=ALL in warehouses,
            warehouses=self._chosen("warehouses"),
            chosen=tuple(self["roles"].value() or ()),
        )

    def clean(self) -> dict[str, Any]:
        """All and some at once is not a choice; an internal client is never a customer's."""
        data = super().clean() or {}
        for field, noun in (("customers", "customers"), ("warehouses", "warehouses")):
            chosen = data.get(field, [])
            if ALL in chosen and len(chosen) > 1:
                self.add_error(field, f"Choose all {noun} or name them, not both.")
        if data.get("is_internal") and "customers" in data and ALL not in data["customers"]:
            self.add_error(
                "is_internal",
                "An internal client is your own system: it takes all customers, not a customer's.",
            )
        return data

    def values(self) -> ClientInput:
        """What the person decided."""
        data = self.cleaned_data
        return ClientInput(
            name=data["name"],
            roles=with_implied(data["roles"]),
            all_customers=ALL in data["customers"],
            customers=self._chosen("customers"),
            all_warehouses=ALL in data["warehouses"],
            warehouses=self._chosen("warehouses"),
            is_active=data["is_active"],
            is_internal=data["is_internal"],
            expires=data["expires"],
            networks=data["networks"],
        )

    def clean_expires(self) -> datetime | None:
        """An end lies ahead, unless it is the one that the client has already."""
        given: datetime | None = self.cleaned_data["expires"]
        stored = self.client.expires if self.client else None
        if given and stored and given == stored.replace(second=0, microsecond=0):
            return stored
        if given and given <= timezone.now():
            raise ValidationError("Choose a time that lies ahead.")
        return given

    def chosen_customers(self) -> list[Customer]:
        """The named customers that are ticked at present, whether the form is complete or not."""
        return self._chosen("customers")

    def is_confirmed(self, changes: list[Change]) -> bool:
        """Whether the person has seen exactly these changes."""
        return self.cleaned_data.get("confirmed") == seal_of(changes)

    def ask_about(self, changes: list[Change]) -> None:
        """Put the seal of the changes into the form that is shown again."""
        data = cast(QueryDict, self.data).copy()
        data["confirmed"] = seal_of(changes)
        self.data = data

    def _chosen(self, name: str) -> list[Any]:
        return cast(PickField, self.fields[name]).chosen


def _customer_choice(row: Customer) -> Choice:
    return Choice(row.name, "" if row.is_active else "Inactive", "SANDBOX" if row.is_sandbox else "")


def _warehouse_choice(row: Warehouse) -> Choice:
    return Choice(row.name, "" if row.is_active else "Inactive")


def seal_of(changes: list[Change]) -> str:
    """A short text that stands for a list of changes."""
    return hashlib.sha256(repr(changes).encode()).hexdigest()[:32]


def _words(code: str) -> str:
    role = BY_CODE[code]
    parts = [role.words]
    if role.implies:
        parts.append(f"Includes {', '.join(BY_CODE[other].name for other in role.implies)}.")
    parts.append(f"Opens: {', '.join(role.endpoints)}.")
    if role.caution:
        parts.append(role.caution)
    return " ".join(parts)


def _initial(client: ApiClient) -> dict[str, Any]:
    return {
        "name": client.name,
        "customers": [ALL] if client.all_customers else _ids(client.customers),
        "warehouses": [ALL] if client.all_warehouses else _ids(client.warehouses),
        "roles": with_implied(client.roles),
        "is_internal": client.is_internal,
        "is_active": client.is_active,
        "expires": client.expires,
        "networks": client.allowed_networks.split(),
    }


def _ids(places: Any) -> list[str]:
    return [str(key) for key in places.order_by().values_list("pk", flat=True)]

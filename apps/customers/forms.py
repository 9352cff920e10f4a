"""Forms of the customer pages. They list every field that may be stored; whatever else is posted is ignored."""

from typing import Any, Self, cast
from uuid import UUID

from django import forms
from django.http import QueryDict

from apps.core.fields import PlainTextField
from apps.core.forms import Checkboxes, Choice, Radios
from apps.core.picking import PickField, PickForm, SearchField
from apps.core.problems import Invalid
from apps.customers.choices import offer_customers
from apps.customers.models import Customer
from apps.customers.settings import (
    DELETABLE,
    ConsignmentGeneration,
    OrderSettings,
    OutOfStock,
    UnknownProduct,
)
from apps.tenants.forms import NameField
from apps.tenants.models import Tenant, Warehouse

OUT_OF_STOCK = [
    (OutOfStock.REJECT_ALL.value, Choice("Reject the order", "It is stored as Rejected with its reasons.")),
    (OutOfStock.DROP_LINE.value, Choice("Drop the line", "The other lines go on.")),
    (OutOfStock.ASSIGN_AVAILABLE.value, Choice("Send what there is", "Quantities are cut to what is free.")),
    (OutOfStock.KEEP_UNASSIGNED.value, Choice("Wait", "The whole order waits for stock and holds nothing.")),
    (OutOfStock.PARTIAL.value, Choice("Hold and wait", "The order holds what is free and waits.")),
    (OutOfStock.SPLIT.value, Choice("Split", "What is free goes on, the rest becomes a second order.")),
]
UNKNOWN_PRODUCT = [
    (UnknownProduct.REJECT_ALL.value, Choice("Reject the order", "Nothing is sent by mistake.")),
    (UnknownProduct.DROP_LINE.value, Choice("Drop the line", "The other lines go on.")),
]
CONSIGNMENTS = [
    (ConsignmentGeneration.WHEN_PACKED.value, Choice("When packed", "The transport job begins at Pack.")),
    (
        ConsignmentGeneration.AT_IMPORT.value,
        Choice("At import", "The API client then needs TMS Create Jobs too."),
    ),
    (ConsignmentGeneration.NEVER.value, Choice("Never", "Transport is arranged elsewhere.")),
]
STATUSES = [(status, status.replace("_", " ").capitalize()) for status in DELETABLE]
POINTERS = {"/name": "name", "/references/code": "code"}
MAIN = ("name", "code", "email", "telephone", "warehouses")


def words_for(settings: OrderSettings) -> dict[str, Any]:
    """The settings in the words of the form, for the page that shows them."""
    statuses = dict(STATUSES)
    return {
        "out_of_stock": dict(OUT_OF_STOCK)[settings.out_of_stock],
        "unknown_product": dict(UNKNOWN_PRODUCT)[settings.unknown_product],
        "consignments": dict(CONSIGNMENTS)[settings.consignments],
        "override_statuses": [statuses[status] for status in settings.override_statuses],
        "delete_statuses": [statuses[status] for status in settings.delete_statuses],
    }


class FilterForm(forms.Form):
    """What narrows the list."""

    q = PlainTextField(
        label="Name or code", max_length=100, required=False, widget=forms.TextInput(attrs={"type": "search"})
    )
    state = forms.ChoiceField(
        label="State",
        required=False,
        choices=[("", "Any"), ("active", "Active"), ("inactive", "Inactive"), ("sandbox", "SANDBOX")],
    )


class CustomerForm(forms.Form):
    """A customer and how its orders are treated."""

    name = NameField(label="Name", max_length=120)
    code = PlainTextField(
        label="Code", max_length=64, required=False, help_text="Short; orders may name the customer by it."
    )
    email = forms.EmailField(label="E-mail", max_length=254, required=False)
    telephone = PlainTextField(label="Telephone", max_length=64, required=False)
    warehouses = forms.ModelMultipleChoiceField(
        Warehouse.objects.none(),
        label="Warehouses",
        required=False,
        widget=Checkboxes,
        help_text="Where its goods may lie; without a choice, your default warehouse.",
    )
    out_of_stock = forms.ChoiceField(
        label="When the stock is not enough", choices=OUT_OF_STOCK, widget=Radios
    )
    unknown_product = forms.ChoiceField(
        label="When a product or unit is not known", choices=UNKNOWN_PRODUCT, widget=Radios
    )
    consignments = forms.ChoiceField(
        label="Make a consignment of a sale order", choices=CONSIGNMENTS, widget=Radios
    )
    override_statuses = forms.MultipleChoiceField(
        label="A new order with the same reference replaces one that is",
        choices=STATUSES,
        required=False,
        widget=Checkboxes,
        help_text="An order in any other status makes the new one a duplicate.",
    )
    delete_statuses = forms.MultipleChoiceField(
        label="The API may delete an order that is", choices=STATUSES, required=False, widget=Checkboxes
    )
    allow_invalid_addresses = forms.BooleanField(
        label="Allow invalid addresses",
        required=False,
        help_text="Takes orders whose address lacks a city or names an unknown country.",
    )
    allow_document_upload = forms.BooleanField(
        label="Allow document upload", required=False, help_text="API clients may attach files to orders."
    )

    def __init__(self, data: Any = None, *, tenant: Tenant, customer: Customer | None = None) -> None:
        settings = customer.order_settings if customer else OrderSettings()
        initial = settings.stored()
        if customer:
            initial |= {name: getattr(customer, name) for name in ("name", "code", "email", "telephone")}
            initial["warehouses"] = list(customer.warehouses.values_list("pk", flat=True))
        super().__init__(data, initial=initial)
        rows = Warehouse.objects.of(tenant)
        cast(forms.ModelMultipleChoiceField, self.fields["warehouses"]).queryset = rows
        if customer is None:
            self.initial["warehouses"] = list(rows.filter(is_default=True).values_list("pk", flat=True))

    def values(self) -> dict[str, Any]:
        """What the services take."""
        data = self.cleaned_data
        settings = {name: value for name, value in data.items() if name not in MAIN}
        return {**{name: data[name] for name in MAIN}, "settings": OrderSettings.read(settings)}

    def refuse(self, refusal: Invalid) -> None:
        """Show what the service refused at the fields that caused it."""
        for problem in refusal.problems:
            self.add_error(POINTERS.get(problem.pointer), problem.message)


class AccessForm(PickForm):
    """Which customers a customer user sees."""

    customers = PickField(
        label="Customer access",
        error_messages={"required": "Choose at least one customer."},
        help_text="They see the orders, products, UUIDs, deliveries and calls of these customers and nothing else. "
        "They change nothing and never see a secret.",
    )
    customers_q = SearchField(label="Search the customers")

    def __init__(self, data: Any = None, *, tenant: Tenant, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        offer_customers(self, tenant)

    @classmethod
    def draft(cls, data: QueryDict, *, tenant: Tenant) -> Self:
        """The form as it was filled in so far, not judged yet."""
        texts = {name: data[name] for name in ("email", "customers_q") if name in data}
        return cls(tenant=tenant, initial={**texts, "customers": data.getlist("customers")})

    def chosen(self) -> list[UUID]:
        """The customers that were ticked."""
        return [UUID(text) for text in self.cleaned_data["customers"]]


class InviteUserForm(AccessForm):
    """Who is invited with Customer access, and to which customers."""

    email = forms.EmailField(
        label="E-mail",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        help_text="A link that works once and for seven days is sent there. Somebody who has Customer access "
        "already gets the customers without one.",
        error_messages={"required": "Enter an e-mail address."},
    )
    field_order = ("email", "customers", "customers_q")

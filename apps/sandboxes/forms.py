"""Duplicating a customer, and confirming that a client goes live."""

from decimal import Decimal
from typing import Any

from django import forms

from apps.core.fields import AsciiDecimalField, PlainTextField
from apps.customers.models import Customer
from apps.sandboxes.selectors import free_name


class DuplicateForm(forms.Form):
    """The sandbox's name and what comes along."""

    name = PlainTextField(max_length=120, help_text="It must contain the word Sandbox.")
    with_products = forms.BooleanField(label="Copy the products", required=False, initial=True)
    starting_stock = AsciiDecimalField(
        label="Starting stock",
        required=False,
        min_value=Decimal(0),
        max_value=Decimal(1_000_000),
        decimal_places=0,
        initial=100,
        help_text="Of each product in each warehouse. A sale order needs stock.",
    )

    def __init__(self, *args: Any, customer: Customer, **kwargs: Any) -> None:
        kwargs["initial"] = {"name": free_name(customer)}
        super().__init__(*args, **kwargs)


class GoLiveForm(forms.Form):
    """Which sandbox, and the words of the person who decides."""

    sandbox = forms.UUIDField(widget=forms.HiddenInput)
    tested = forms.BooleanField(
        label="Tested with the customer (UAT)",
        error_messages={"required": "Tick this once the customer has tested with you."},
    )

"""A tenant's customers as the choices of a form."""

from django import forms

from apps.core.forms import Choice
from apps.core.picking import offer
from apps.customers.models import Customer
from apps.tenants.models import Tenant


def offer_customers(form: forms.Form, tenant: Tenant) -> None:
    """Fill the field `customers` of a form: here, and in apps below, which name customers by id only."""
    offer(form, "customers", Customer.objects.of(tenant), customer_choice)


def customer_choice(customer: Customer) -> Choice:
    """The name of a customer; a sandbox is marked."""
    return Choice(customer.name, mark="SANDBOX" if customer.is_sandbox else "")

"""A tenant's customers as the choices of a form."""

from apps.core.forms import Choice
from apps.customers.models import Customer
from apps.tenants.models import Tenant


def customer_choices(tenant: Tenant) -> list[tuple[str, str]]:
    """Every customer's id and name: for pages of apps below, which name customers by id only."""
    rows = Customer.objects.of(tenant).order_by("name", "id")
    return [(str(row.pk), customer_choice(row)) for row in rows]


def customer_choice(customer: Customer) -> Choice:
    """The name of a customer; a sandbox is marked."""
    return Choice(customer.name, mark="SANDBOX" if customer.is_sandbox else "")

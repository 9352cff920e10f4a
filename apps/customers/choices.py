"""A tenant's customers as the choices of a form: for pages of apps below that name customers by id only."""

from apps.core.forms import Choice
from apps.customers.models import Customer
from apps.tenants.models import Tenant


def customer_choices(tenant: Tenant) -> list[tuple[str, str]]:
    """Every customer's id and name; a sandbox is marked."""
    rows = Customer.objects.of(tenant).order_by("name", "id")
    return [(str(row.pk), Choice(row.name, mark="SANDBOX" if row.is_sandbox else "")) for row in rows]

"""What the tenant's plan says about API clients."""

from typing import Any

from apps.core.money import Money
from apps.tenants.models import Tenant
from apps.tenants.selectors import current_plan


def words_for(tenant: Tenant) -> dict[str, Any]:
    """The plan and the price of an excess call, for the sentence on what clients cost."""
    plan = current_plan(tenant)
    price = Money(plan.excess_price_minor, tenant.currency) if plan else None
    return {"plan": plan, "excess_price": price}

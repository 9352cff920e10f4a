"""What the tenant's plan says about API clients."""

from typing import Any

from apps.tenants.models import Tenant
from apps.tenants.selectors import current_plan


def words_for(tenant: Tenant) -> dict[str, Any]:
    """The plan and the price of an excess call, for the sentence on what clients cost."""
    plan = current_plan(tenant)
    return {"plan": plan, "excess_price": plan.excess_price if plan else None}

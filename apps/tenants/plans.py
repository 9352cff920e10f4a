"""What a tenant's plan entitles it to in a week."""

from dataclasses import dataclass

from apps.core.weeks import Week
from apps.tenants.models import Plan, Tenant


@dataclass(frozen=True, slots=True)
class WeekTerms:
    """What a week's calls are charged by."""

    included: int
    price_minor: int
    calls_per_unit: int = 0
    consignments: int = 0
    warehouse_orders: int = 0


NO_PLAN = WeekTerms(included=0, price_minor=1)


def plans_in_week(tenant: Tenant, week: Week) -> list[Plan]:
    """Every plan that is in force on some day of a week; before the first plan, the first one is."""
    plans = list(Plan.objects.filter(tenant=tenant).order_by("valid_from"))
    begun = [plan for plan in plans if plan.valid_from <= week.first_day]
    later = [plan for plan in plans if week.first_day < plan.valid_from <= week.last_day]
    return (begun[-1:] or plans[:1]) + [plan for plan in later if begun or plan is not plans[0]]


def terms_of_week(tenant: Tenant, week: Week) -> WeekTerms:
    """The highest inclusion in force during a week, and the price that goes with it."""
    plans = plans_in_week(tenant, week)
    if not plans:
        return NO_PLAN
    best = max(plans, key=lambda plan: (plan.included_calls, -plan.excess_price_minor))
    return WeekTerms(
        included=best.included_calls,
        price_minor=best.excess_price_minor,
        calls_per_unit=best.calls_per_unit,
        consignments=best.consignments,
        warehouse_orders=best.warehouse_orders,
    )

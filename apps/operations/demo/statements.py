"""Statements of the weeks before this one: the demo's calls are history, so its weeks are closed by hand."""

from datetime import timedelta

from django.utils import timezone

from apps.audit.actors import Actor
from apps.billing.services import close_week
from apps.operations.demo.traffic import WEEKS
from apps.tenants.models import Tenant
from apps.tenants.zones import Calendar


def close_past_weeks(tenant: Tenant, actor: Actor) -> None:
    """Close the weeks that have calls and are over, without a mail for each."""
    calendar, now = Calendar(tenant), timezone.now()
    for week in calendar.weeks(now - timedelta(weeks=WEEKS - 1), now):
        if week.end <= now:
            close_week(tenant=tenant, week=week, actor=actor, announce=False)

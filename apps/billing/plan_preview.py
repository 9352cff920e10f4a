"""What a change of a tenant's plan does to its weeks, shown before it is saved."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.audit.actors import Actor
from apps.billing.bills import Bill, provisional_bill
from apps.billing.services import open_weeks
from apps.core.weeks import Week
from apps.tenants import services
from apps.tenants.models import Tenant
from apps.tenants.organisations import check_start
from apps.tenants.zones import Calendar

WEEKS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Effect:
    """A week that is not closed, with and without the change."""

    before: Bill
    after: Bill
    is_running: bool

    @property
    def changes(self) -> bool:
        """Whether the change is felt in this week."""
        return self.before.price != self.after.price


def effects_of_plan(*, tenant: Tenant, valid_from: date, actor: Actor, **figures: Any) -> list[Effect]:
    """The running week, the next one, and the latest that are over and not closed, each with and without the change.

    The change is made, looked at and taken back, so that what is shown is what would be. Closed weeks never change.
    """
    check_start(valid_from)
    calendar, now = Calendar(tenant), timezone.now()
    running = calendar.week_containing(now)
    following = calendar.week_containing(max(running.end, _start_of(valid_from, calendar, running)))
    over = list(open_weeks(tenant, calendar, running.start))[-WEEKS_SHOWN:]
    weeks: list[Week] = [*over, running, following]
    before = [provisional_bill(tenant, week, calendar) for week in weeks]
    with transaction.atomic():
        services.set_plan(tenant=tenant, valid_from=valid_from, actor=actor, **figures)
        after = [provisional_bill(tenant, week, calendar) for week in weeks]
        transaction.set_rollback(True)
    return [
        Effect(old, new, is_running=week == running)
        for week, old, new in zip(weeks, before, after, strict=True)
    ]


def _start_of(day: date, calendar: Calendar, running: Week) -> Any:
    """An instant of a local date that is still to come; the end of the running week for one that is not."""
    ahead = (day - running.last_day).days
    return running.end + timedelta(days=max(0, ahead - 1), hours=12)

"""Telling a tenant, once a week for each step, that 50, 80 or 100 % of the included calls are used."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from apps.billing import mails
from apps.billing.bills import Bill, bill_of_week
from apps.billing.models import Alert
from apps.tenants.models import Tenant
from apps.tenants.zones import Calendar
from apps.usage.counters import has_calls_recorded_since
from apps.webhooks.services import emit

STEPS = (50, 80, 100)


def steps_reached(billable: int, included: int) -> list[int]:
    """The steps that so many calls have reached; none where nothing is included."""
    return [step for step in STEPS if included and billable * 100 >= step * included]


def alert_all(since: datetime | None = None) -> int:
    """Look at every tenant, or at those that called since an instant; returns how many were told something."""
    tenants = Tenant.objects.all()
    called = [tenant for tenant in tenants if since is None or has_calls_recorded_since(tenant.pk, since)]
    return sum(alert(tenant) for tenant in called)


def alert(tenant: Tenant) -> bool:
    """Tell a tenant of the highest step that it reached in the running week and was not told of."""
    calendar = Calendar(tenant)
    bill = bill_of_week(tenant, calendar.week_containing(timezone.now()), calendar, with_lines=False)
    reached = steps_reached(bill.price.billable, bill.price.included)
    if not reached:
        return False
    with transaction.atomic():
        # The row is the queue: of two workers that see the same step, the second finds it told.
        Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
        earlier = Alert.objects.filter(tenant=tenant, week_start=bill.week.start)
        told = set(earlier.values_list("percent", flat=True))
        new = [step for step in reached if step not in told]
        if new:
            _tell(tenant, bill, new)
    return bool(new)


def _tell(tenant: Tenant, bill: Bill, steps: list[int]) -> None:
    """Note all the steps as told, and tell of the highest: by webhook in this transaction, by mail after it."""
    now, highest = timezone.now(), max(steps)
    Alert.objects.bulk_create(
        Alert(tenant=tenant, week_start=bill.week.start, percent=step, sent_at=now) for step in steps
    )
    emit(
        tenant_id=tenant.pk,
        event="usage.threshold_reached",
        entity_type="week",
        entity_id=tenant.pk,
        sequence=highest,
        reference=bill.monday.isoformat(),
        body={
            "tenant": str(tenant.pk),
            "week": bill.monday.isoformat(),
            "percent": highest,
            "billable": bill.price.billable,
            "included": bill.price.included,
        },
    )
    transaction.on_commit(lambda: mails.threshold_reached(tenant, bill, highest), robust=True)

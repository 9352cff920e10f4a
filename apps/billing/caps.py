"""The weekly cap that a tenant may set for itself: once so many calls are billable, calls are answered 429.

The API reads one instant, `Tenant.capped_until`, with the credential; it is set here, by a job every few seconds. So a
cap costs a call nothing, and it is passed by what is called in those seconds.
"""

from django.db import transaction
from django.utils import timezone

from apps.audit.actors import Actor
from apps.audit.services import record
from apps.billing import mails
from apps.tenants.models import Tenant
from apps.tenants.zones import Calendar
from apps.usage.weekly import usage_of_week


@transaction.atomic
def set_cap(*, tenant: Tenant, calls: int | None, actor: Actor) -> Tenant:
    """Stop calls once so many are billable in a week; None stops none. It holds from this moment on."""
    tenant = Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
    before = tenant.call_cap
    if before == calls:
        return tenant
    tenant.call_cap = calls
    tenant.save(update_fields=["call_cap"])
    record(
        "cap.set",
        actor=actor,
        tenant_id=tenant.pk,
        target=tenant,
        before={"calls_a_week": before},
        after={"calls_a_week": calls},
    )
    apply_cap(tenant)
    return tenant


def apply_caps() -> int:
    """Look at every tenant that has a cap; returns how many reached it just now."""
    return sum(apply_cap(tenant) for tenant in Tenant.objects.filter(call_cap__isnull=False))


@transaction.atomic
def apply_cap(tenant: Tenant) -> bool:
    """Stop or let go on the calls of a tenant by its cap and the week's calls; returns whether it stopped them now."""
    calendar, now = Calendar(tenant), timezone.now()
    week = calendar.week_containing(now)
    used = usage_of_week(tenant, week).billable.total if tenant.call_cap is not None else 0
    # The row is the queue: of two workers that see the cap reached, the second finds it noted and mails nothing.
    tenant = Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
    cap = tenant.call_cap
    until = week.end if cap is not None and used >= cap else None
    if until == tenant.capped_until or (until is None and tenant.capped_until is None):
        return False
    tenant.capped_until = until
    tenant.save(update_fields=["capped_until"])
    if until is None or cap is None:
        return False
    transaction.on_commit(lambda: mails.cap_reached(tenant, cap, week), robust=True)
    return True

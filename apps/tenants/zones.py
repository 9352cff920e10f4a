"""A tenant's weeks, through every change of its time zone: each instant is in exactly one of them.

Only this module knows that a tenant can have had several zones. `Tenant.zone` is the one in force now.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from apps.audit.actors import Actor
from apps.audit.services import record
from apps.core.weeks import FIRST_MONDAY, LAST_MONDAY, Week, day_start, week_of, zone_change
from apps.tenants.models import Tenant, ZoneChange
from apps.tenants.organisations import check_zone


class Calendar:
    """The weeks of one tenant; reads its changes of zone once."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._changes = list(ZoneChange.objects.filter(tenant=tenant).order_by("starts"))

    @property
    def zones(self) -> list[str]:
        """Every zone that the tenant had, has or will have, the oldest first."""
        if not self._changes:
            return [self._tenant.zone]
        return [self._changes[0].old_zone, *(change.new_zone for change in self._changes)]

    def week_containing(self, instant: datetime) -> Week:
        """The week that an instant is in."""
        past = [change for change in self._changes if change.starts <= instant]
        if not past:
            return _week_of(instant, self.zones[0])
        change = past[-1]
        before = Week(change.starts, change.starts, ZoneInfo(change.old_zone))
        between = zone_change(before, change.new_zone)
        return between if instant in between else _week_of(instant, change.new_zone)

    def weeks(self, first: datetime, until: datetime) -> Iterator[Week]:
        """The weeks from the one that holds `first` on that begin before `until`, in their order."""
        week = self.week_containing(first)
        while week.start < until:
            yield week
            week = self.week_containing(week.end)

    def week_before(self, week: Week) -> Week:
        """The week that ends where this one begins."""
        return self.week_containing(week.start - timedelta(microseconds=1))

    def monday(self, week: Week) -> date:
        """The local date by which a week is called: that of the Monday it begins with.

        The week after a change of zone begins at a Monday 00:00 of the zone before, so that zone names it.
        """
        for change in self._changes:
            if change.starts == week.start:
                return week.start.astimezone(ZoneInfo(change.old_zone)).date()
        return week.first_day

    def week_called(self, monday: date) -> Week:
        """The week that is called by a Monday's local date; ValidationError for a date that begins no week."""
        if not FIRST_MONDAY <= monday <= LAST_MONDAY:
            raise ValidationError(
                f"{monday.isoformat()} is none of the weeks that there are: {FIRST_MONDAY} to {LAST_MONDAY}."
            )
        for zone in dict.fromkeys(self.zones):
            try:
                week = self.week_containing(day_start(monday, zone))
            except (OverflowError, ValueError):
                continue
            if self.monday(week) == monday:
                return week
        raise ValidationError(f"{monday.isoformat()} is not a Monday on which a week of this tenant begins.")


def week_containing(tenant: Tenant, instant: datetime) -> Week:
    """The tenant's week that an instant is in."""
    return Calendar(tenant).week_containing(instant)


def weeks(tenant: Tenant, first: datetime, until: datetime) -> Iterator[Week]:
    """The tenant's weeks from the one that holds `first` on that begin before `until`."""
    return Calendar(tenant).weeks(first, until)


@transaction.atomic
def set_zone(*, tenant: Tenant, zone: str, actor: Actor) -> ZoneChange | None:
    """Move a tenant to another zone from the start of its next week on.

    The week in progress ends as it began. A change that has not begun is replaced; choosing the zone in force takes
    it back, and then there is no change to return.
    """
    check_zone(zone)
    tenant = Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
    now = timezone.now()
    ZoneChange.objects.filter(tenant=tenant, starts__gt=now).delete()
    calendar = Calendar(tenant)
    in_force = calendar.zones[-1]
    change = None
    if zone != in_force:
        starts = calendar.week_containing(now).end
        change = ZoneChange.objects.create(tenant=tenant, starts=starts, old_zone=in_force, new_zone=zone)
    record(
        "organisation.zone_changed",
        actor=actor,
        tenant_id=tenant.pk,
        target=tenant,
        before={"zone": in_force},
        after={"zone": zone, "from": change.starts.isoformat() if change else "now"},
    )
    return change


def apply_zone_changes() -> None:
    """Let `Tenant.zone` follow the changes that have begun; the worker calls it."""
    begun = ZoneChange.objects.filter(starts__lte=timezone.now()).order_by("starts")
    for tenant_id, zone in dict(begun.values_list("tenant_id", "new_zone")).items():
        Tenant.objects.filter(pk=tenant_id).exclude(zone=zone).update(zone=zone)


@lru_cache(maxsize=4096)
def _cached_week(hour: datetime, zone: str) -> Week:
    return week_of(hour, zone)


def _week_of(instant: datetime, zone: str) -> Week:
    """`week_of`, remembered: closing a thousand tenants asks for the same few weeks again and again."""
    week = _cached_week(instant.replace(minute=0, second=0, microsecond=0), zone)
    return week if instant in week else week_of(instant, zone)

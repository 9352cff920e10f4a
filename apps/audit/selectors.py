"""Named reads of the audit record."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from apps.audit.models import ChainHead, Entry
from apps.audit.services import digest_of


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What checking a tenant's chain found: how many entries hold together, and where the first one does not."""

    checked: int
    broken_at: int | None = None
    reason: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether nothing was changed, taken out or put in."""
        return self.broken_at is None


def entries(tenant_id: UUID) -> QuerySet[Entry]:
    """A tenant's entries, newest first."""
    return Entry.objects.filter(tenant_id=tenant_id).order_by("-id")


def entries_matching(
    tenant_id: UUID,
    *,
    zone: str,
    person: str = "",
    action: str = "",
    target: str = "",
    first: date | None = None,
    last: date | None = None,
) -> QuerySet[Entry]:
    """A tenant's entries by person, action, target and days in its zone, newest first."""
    found = entries(tenant_id)
    if person:
        found = found.filter(actor_name__icontains=person)
    if action:
        found = found.filter(action=action)
    if target:
        found = found.filter(Q(target_name__icontains=target) | Q(target_id=target.lower()))
    if first:
        found = found.filter(at__gte=datetime.combine(first, time.min, ZoneInfo(zone)))
    if last:
        found = found.filter(at__lt=datetime.combine(last + timedelta(days=1), time.min, ZoneInfo(zone)))
    return found


def actions(tenant_id: UUID) -> list[str]:
    """The actions that a tenant's entries name, for the filter."""
    found = Entry.objects.filter(tenant_id=tenant_id).order_by("action")
    return list(found.values_list("action", flat=True).distinct())


def verify_chain(tenant_id: UUID) -> ChainReport:
    """Compute every digest of a tenant's chain anew and compare it with what is stored.

    Finds entries that were changed, taken out, put in or cut off at the end. Whoever can also rewrite every later
    digest and the head can't be found this way: keep a copy of the head's digest elsewhere for that.
    """
    previous, checked = "", 0
    for entry in Entry.objects.filter(tenant_id=tenant_id).order_by("sequence").iterator():
        if entry.sequence != checked + 1:
            return ChainReport(checked, checked + 1, "An entry is missing.")
        if entry.previous_digest != previous or digest_of(entry) != entry.digest:
            return ChainReport(checked, entry.sequence, "The entry is not what was written.")
        previous, checked = entry.digest, checked + 1
    head = ChainHead.objects.filter(pk=tenant_id).first()
    if head and (head.sequence, head.digest) != (checked, previous):
        return ChainReport(checked, checked + 1, "The newest entries are missing.")
    return ChainReport(checked)

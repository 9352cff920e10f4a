"""Closing weeks. May run twice, in parallel and be killed: a week has one statement, which is whole or not there."""

import hashlib
import json
import logging
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, F, Max, Sum
from django.utils import timezone

from apps.audit.actors import Actor
from apps.audit.services import record
from apps.billing import mails
from apps.billing.bills import Bill, closed_bill, provisional_bill
from apps.billing.models import Adjustment, Credit, CreditLine, Statement, StatementLine
from apps.billing.pricing import Correction, correction
from apps.core.weeks import Week
from apps.tenants.models import Tenant
from apps.tenants.zones import Calendar
from apps.usage import counters, partitions
from apps.usage.partitions import Partition
from apps.usage.weekly import usage_of_week

logger = logging.getLogger(__name__)

# A week is closed a little after its end, so that its last calls and their counters are in.
DUE_AFTER = timedelta(minutes=15)
# How long calls are kept after they were recorded, if their week is closed by then.
KEPT = timedelta(weeks=13)
# Calls are looked for from before the last close on, because a call is recorded a moment before it is committed.
OVERLAP = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Held:
    """A week that is due and not closed, and why."""

    tenant: Tenant
    week: Week
    reason: str


@transaction.atomic
def close_week(*, tenant: Tenant, week: Week, actor: Actor, announce: bool = True) -> tuple[Statement, bool]:
    """Close a week that is over; returns its statement and whether this call made it.

    The tenant's row is the queue: closing takes turns, so that late calls are adjusted once. The unique constraint
    stands behind it.
    """
    if timezone.now() < week.end:
        raise ValidationError("This week is still running. It can be closed once it is over.")
    tenant = Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
    existing = Statement.objects.of(tenant).of_week(week.start).first()
    if existing:
        return existing, False
    late = list(_late_calls(tenant, week))
    bill = provisional_bill(tenant, week)
    given = list(Credit.objects.filter(tenant=tenant, line=None))
    statement = _store(tenant, bill, late, given)
    record(
        "statement.closed",
        actor=actor,
        tenant_id=tenant.pk,
        target=statement,
        after={"week": bill.monday, "billable": bill.price.billable, "charge_minor": bill.price.charge_minor},
    )
    if announce:
        # With nothing added to it the bill says what the statement says, and isn't read again.
        said = closed_bill(statement) if late or given else bill
        transaction.on_commit(lambda: mails.statement_closed(tenant, said), robust=True)
    return statement, True


def _store(
    tenant: Tenant, bill: Bill, late: list[tuple[Statement, Correction]], given: list[Credit]
) -> Statement:
    now = timezone.now()
    statement = Statement(
        tenant=tenant,
        monday=bill.monday,
        week_start=bill.week.start,
        week_end=bill.week.end,
        zone=str(bill.week.zone),
        currency=bill.currency,
        included=bill.price.included,
        **(asdict(bill.inclusion) if bill.inclusion else {}),
        billable=bill.price.billable,
        excess=bill.price.excess,
        price_minor=bill.price.price_minor,
        charge_minor=bill.price.charge_minor,
        adjusted_minor=sum(change.charge_minor for _, change in late),
        credited_minor=sum(credit.amount_minor for credit in given),
        **{name: count for name, count in bill.classes.items() if name != "billable"},
        days=[{"date": day.isoformat(), "billable": count} for day, count in bill.days],
        closed_at=now,
    )
    lines = [
        StatementLine(
            statement=statement,
            api_client_id=line.api_client_id,
            client_id=line.client_id,
            name=line.name,
            billable=line.billable,
            charge_minor=line.charge_minor,
        )
        for line in bill.lines
    ]
    adjustments = [
        Adjustment(
            statement=statement,
            corrects=closed,
            calls=change.calls,
            charge_minor=change.charge_minor,
            made_at=now,
        )
        for closed, change in late
    ]
    credited = [CreditLine(statement=statement, credit=credit) for credit in given]
    statement.digest = digest_of(statement, lines, adjustments, credited)
    statement.save(force_insert=True)
    StatementLine.objects.bulk_create(lines)
    Adjustment.objects.bulk_create(adjustments)
    CreditLine.objects.bulk_create(credited)
    return statement


def digest_of(
    statement: Statement,
    lines: list[StatementLine],
    adjustments: list[Adjustment],
    credited: list[CreditLine],
) -> str:
    """SHA-256 over everything a statement says, as hex: two prints with one digest say the same."""
    said = {
        "tenant": statement.tenant_id,
        "week": [statement.week_start.isoformat(), statement.week_end.isoformat(), statement.zone],
        "currency": statement.currency,
        "price": [statement.included, statement.billable, statement.price_minor, statement.charge_minor],
        "inclusion": [statement.calls_per_unit, statement.consignments, statement.warehouse_orders],
        "classes": [statement.refused, statement.throttled, statement.our_errors, statement.sandbox],
        "days": statement.days,
        "lines": sorted([str(line.api_client_id), line.billable, line.charge_minor] for line in lines),
        "late": sorted([str(late.corrects_id), late.calls, late.charge_minor] for late in adjustments),
        "credits": sorted([line.credit.amount_minor, line.credit.reason] for line in credited),
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()


def _late_calls(tenant: Tenant, week: Week) -> Iterator[tuple[Statement, Correction]]:
    """What calls recorded since the last close change about the weeks that are closed already.

    Each of those weeks is counted again as a whole, so that a call is billed once however late it comes.
    """
    last = Statement.objects.of(tenant).aggregate(at=Max("closed_at"))["at"]
    if last is None:
        return
    touched = counters.quarters_recorded_since(tenant.pk, last - OVERLAP, outside=(week.start, week.end))
    for closed in Statement.objects.of(tenant).order_by("week_start"):
        if not any(closed.week_start <= instant < closed.week_end for instant in touched):
            continue
        billed = closed.corrections.aggregate(calls=Sum("calls"), minor=Sum("charge_minor"))
        change = correction(
            counted=usage_of_week(tenant, closed.week).billable.total,
            terms=closed.price,
            billed_calls=closed.billable + (billed["calls"] or 0),
            billed_minor=closed.charge_minor + (billed["minor"] or 0),
        )
        if change.calls:
            yield closed, change


def due_weeks(now: datetime | None = None, tenant: Tenant | None = None) -> Iterator[tuple[Tenant, Week]]:
    """The weeks that are over for a quarter of an hour and have no statement, from each tenant's creation on."""
    until = (now or timezone.now()) - DUE_AFTER
    tenants = Tenant.objects.filter(pk=tenant.pk) if tenant else Tenant.objects.order_by("created")
    closed = {
        row["tenant_id"]: row
        # Weeks before a tenant's creation that were closed by hand don't stand for weeks since.
        for row in Statement.objects.filter(week_end__gt=F("tenant__created"))
        .values("tenant_id")
        .annotate(last=Max("week_end"), count=Count("id"))
        .order_by()
    }
    for each in tenants:
        calendar = Calendar(each)
        running = calendar.week_containing(until)
        done = closed.get(each.pk)
        first = calendar.week_containing(each.created)
        expected = round((running.start - first.start) / timedelta(days=7))
        if expected <= 0 or (done and done["last"] >= running.start and done["count"] == expected):
            continue
        for week in open_weeks(each, calendar, running.start):
            yield each, week


def open_weeks(tenant: Tenant, calendar: Calendar, until: datetime) -> Iterator[Week]:
    """The weeks since a tenant's creation that begin before an instant and have no statement."""
    have = set(Statement.objects.of(tenant).values_list("week_start", flat=True))
    for week in calendar.weeks(tenant.created, until):
        if week.start not in have:
            yield week


def close_due(*, actor: Actor, tenant: Tenant | None = None) -> tuple[list[Statement], list[Held]]:
    """Close every week that is due, each in its own transaction; returns the statements made and the weeks held up.

    A week is held up as long as a call of it may still be on its way into the ledger: `hold_up` says why.
    """
    due = list(due_weeks(tenant=tenant))
    if not due:
        return [], []
    counted = counters.roll_up()
    made, held = [], []
    for each, week in due:
        if reason := hold_up(week, counted):
            logger.warning("The week of %s that ended %s is not closed yet: %s", each.slug, week.end, reason)
            held.append(Held(each, week, reason))
            continue
        statement, is_new = close_week(tenant=each, week=week, actor=actor)
        if is_new:
            made.append(statement)
    return made, held


def hold_up(week: Week, counted: datetime) -> str:
    """Why a week that is due can't be closed yet, for people; empty where nothing holds it up.

    A machine that vanished in the middle of a call leaves its transaction open until the database notices; until then
    nobody knows whether the call was answered. Counting stops before the oldest such transaction.
    """
    if counted >= week.end:
        return ""
    since = counters.oldest_open_transaction()
    counted_up_to = f"calls are counted up to {counted.astimezone(week.zone):%d %b %Y %H:%M} only"
    if since is None:
        return f"Counting is behind: {counted_up_to}."
    began = f"{since.astimezone(week.zone):%d %b %Y %H:%M}"
    return f"A process still holds a transaction that it began {began}, with calls perhaps: {counted_up_to}."


def week_called(tenant: Tenant, monday: date) -> Week:
    """The tenant's week that is called by the local date of its Monday."""
    return Calendar(tenant).week_called(monday)


def prune_calls() -> int:
    """Remove the calls recorded over 13 weeks ago whose week is closed; their numbers stay. Returns how many went.

    On PostgreSQL a week of the ledger goes as a whole, once it is closed for every tenant that called in it. Calls that
    are not in such a week, and all of SQLite's, go tenant by tenant and week by week.
    """
    limit = timezone.now() - KEPT
    gone = 0
    for partition in partitions.existing():
        if counters.is_old(partition, recorded_before=limit) and not _has_open_calls(partition):
            gone += counters.drop(partition, recorded_before=limit)
    for tenant in Tenant.objects.all():
        for week in Statement.objects.of(tenant).values_list("week_start", "week_end"):
            if counters.has_calls_to_prune(tenant.pk, received=week, recorded_before=limit):
                gone += counters.prune(tenant.pk, received=week, recorded_before=limit)
    return gone


def _has_open_calls(partition: Partition) -> bool:
    """Whether a tenant called in a week of the ledger while no statement of it covers that time."""
    closed: dict[UUID, list[tuple[datetime, datetime]]] = {}
    covering = Statement.objects.filter(week_start__lt=partition.end, week_end__gt=partition.start)
    for tenant_id, *span in covering.order_by("week_start").values_list(
        "tenant_id", "week_start", "week_end"
    ):
        closed.setdefault(tenant_id, []).append((span[0], span[1]))
    for tenant_id in Tenant.objects.values_list("pk", flat=True):
        at = partition.start
        for start, end in [*closed.get(tenant_id, ()), (partition.end, partition.end)]:
            if at < start and counters.has_calls_received(tenant_id, at, min(start, partition.end)):
                return True
            at = max(at, end)
    return False

"""On PostgreSQL the ledger is in weekly partitions: no insert fails for want of one, and old weeks are dropped."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection

from apps.audit import actors
from apps.billing.services import close_week, prune_calls
from apps.tenants.models import Tenant
from apps.tenants.zones import Calendar
from apps.usage import counters, partitions
from apps.usage.models import Call
from apps.usage.services import CallRecord, record_call, record_calls
from apps.usage.weekly import usage_of_week
from tests.factories import TenantFactory

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]
NOW = datetime.now(UTC)
LAST_WEEK = partitions.partition_of(NOW - timedelta(weeks=2))
LONG_AGO = datetime(2019, 5, 6, 7, tzinfo=UTC)


def a_call(tenant: Tenant, received_at: datetime) -> CallRecord:
    return CallRecord(
        tenant_id=tenant.pk,
        client_id=uuid4(),
        client_name="Erp",
        method="GET",
        endpoint="customers.list",
        status=200,
        received_at=received_at,
        ms=1,
    )


def tables() -> Iterator[tuple[str, int]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text, count(*) FROM usage_call GROUP BY 1 ORDER BY 1")
        yield from cursor.fetchall()


def test_a_call_goes_to_the_table_of_its_week_and_any_other_to_the_default() -> None:
    tenant = TenantFactory.create()
    for moment in (NOW, LAST_WEEK.start, LAST_WEEK.end - timedelta(microseconds=1), LONG_AGO):
        record_call(a_call(tenant, moment))
    expected = {partitions.DEFAULT: 1, LAST_WEEK.table: 2, partitions.partition_of(NOW).table: 1}
    assert dict(tables()) == expected
    assert Call.objects.get(pk=Call.objects.latest("pk").pk).received_at == LONG_AGO


def test_without_a_partition_calls_go_to_the_default_and_move_when_it_is_made() -> None:
    tenant = TenantFactory.create()
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {LAST_WEEK.table}")
    record_calls([a_call(tenant, LAST_WEEK.start + timedelta(hours=hour)) for hour in range(5)])
    assert dict(tables()) == {partitions.DEFAULT: 5}
    ids = sorted(Call.objects.values_list("pk", flat=True))
    assert partitions.keep() == 1
    assert partitions.keep() == 0
    assert dict(tables()) == {LAST_WEEK.table: 5}
    assert sorted(Call.objects.values_list("pk", flat=True)) == ids


def test_weeks_are_made_ahead() -> None:
    there = [partition.start for partition in partitions.existing()]
    this = partitions.partition_of(NOW).start
    assert set(there) >= {this + number * partitions.WEEK for number in range(-13, 5)}


def test_an_old_week_is_dropped_once_it_is_closed_for_everybody_and_its_numbers_stay() -> None:
    first, second = TenantFactory.create(), TenantFactory.create(zone="Asia/Kathmandu")
    moment = LAST_WEEK.start + timedelta(days=3)
    record_calls([a_call(first, moment), a_call(second, moment), a_call(first, NOW)])
    Call.objects.filter(received_at=moment).update(recorded_at=NOW - timedelta(weeks=14))
    counters.roll_up()
    actor = actors.command("tests")
    weeks = {tenant: Calendar(tenant).week_containing(moment) for tenant in (first, second)}
    before = {tenant: usage_of_week(tenant, week).total for tenant, week in weeks.items()}
    close_week(tenant=first, week=weeks[first], actor=actor)
    assert prune_calls() == 0, "the second tenant's week is open"
    close_week(tenant=second, week=weeks[second], actor=actor)
    assert prune_calls() == 2
    assert LAST_WEEK.start not in [partition.start for partition in partitions.existing()]
    assert Call.objects.count() == 1
    for recount in (lambda: None, lambda: call_command("rebuild_counters", verbosity=0)):
        recount()
        assert {tenant: usage_of_week(tenant, week).total for tenant, week in weeks.items()} == before
    record_call(a_call(first, moment))
    assert usage_of_week(first, weeks[first]).total == before[first] + 1, "a late call still goes in"


def test_a_week_with_a_call_that_was_recorded_lately_stays() -> None:
    tenant = TenantFactory.create()
    moment = LAST_WEEK.start + timedelta(days=3)
    record_calls([a_call(tenant, moment)])
    close_week(tenant=tenant, week=Calendar(tenant).week_containing(moment), actor=actors.command("tests"))
    assert prune_calls() == 0
    assert Call.objects.count() == 1

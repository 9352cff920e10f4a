"""Counters are derived, and every read is exact however far they are."""

from collections import Counter as Tally
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID, uuid4

import pytest
import time_machine
from django.core.management import call_command

from apps.core.weeks import BUCKET, bucket_of
from apps.tenants.models import Tenant
from apps.tenants.zones import Calendar
from apps.usage import counters, sql
from apps.usage.models import Call, CountedTo, Counter, DaySum
from apps.usage.services import CallRecord, record_calls
from apps.usage.weekly import parts_of_week, usage_of_week
from tests.factories import TenantFactory

START = datetime(2026, 9, 27, 14, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def a_ledger(tenant: Tenant, clients: list[UUID], count: int, seed: int) -> Tally[tuple[object, ...]]:
    """Record calls of all sorts around a week; returns how many of each sort the week has."""
    random = Random(seed)
    calls: list[CallRecord] = []
    tally: Tally[tuple[object, ...]] = Tally()
    for _ in range(count):
        received_at = START + timedelta(seconds=random.randint(-90_000, 8 * 86_400))
        status = random.choice([200, 201, 304, 404, 401, 429, 503])
        call = CallRecord(
            tenant_id=tenant.pk,
            client_id=random.choice(clients),
            client_name="Erp",
            method="GET",
            endpoint=random.choice(["customers.list", "orders.get"]),
            status=status,
            received_at=received_at,
            ms=1,
        )
        calls.append(call)
        if START <= received_at < START + timedelta(days=7):
            tally[call.client_id, call.endpoint, status] += 1
    record_calls(calls)
    return tally


def counted(tenant: Tenant) -> Tally[tuple[object, ...]]:
    tally: Tally[tuple[object, ...]] = Tally()
    week = Calendar(tenant).week_containing(START)
    by_client: Tally[UUID] = Tally()
    by_kind: Tally[tuple[object, ...]] = Tally()
    for part in parts_of_week(tenant, week):
        tally[part.client_id, part.endpoint, part.status] += part.calls
        by_client[part.client_id] += part.calls
        by_kind[part.day, part.endpoint, part.status] += part.calls
    usage = usage_of_week(tenant, week)
    assert usage.by_client == by_client and usage.by("day", "endpoint", "status") == by_kind
    return tally


def test_a_read_is_exact_before_during_and_after_counting() -> None:
    tenant, clients = TenantFactory.create(), [uuid4(), uuid4()]
    with time_machine.travel(START + timedelta(days=9), tick=False):
        ledger = a_ledger(tenant, clients, 400, seed=1)
        assert counted(tenant) == ledger
    with time_machine.travel(START + timedelta(days=9, minutes=3), tick=False):
        counters.roll_up()
        assert Counter.objects.exists()
        ledger += a_ledger(tenant, clients, 100, seed=2)
        assert counted(tenant) == ledger, "late calls are in the sum at once"
        assert counters.roll_up() == counters.roll_up()
    with time_machine.travel(START + timedelta(days=9, minutes=6), tick=False):
        counters.roll_up()
        assert counted(tenant) == ledger
        assert sum(Counter.objects.values_list("kept", flat=True)) == Call.objects.count() == 500
        Counter.objects.update(kept=7)
        call_command("rebuild_counters", verbosity=0)
        assert counted(tenant) == ledger
        for derived in (CountedTo, Counter, DaySum):
            derived.objects.all().delete()
        assert counted(tenant) == ledger


@pytest.mark.parametrize("zone", ["Australia/Sydney", "Asia/Kathmandu", "Pacific/Chatham"])
def test_a_read_is_exact_with_sums_of_days_and_after_late_calls(zone: str) -> None:
    tenant, clients = TenantFactory.create(zone=zone), [uuid4(), uuid4()]
    week = Calendar(tenant).week_containing(START)

    def of_client() -> int:
        return usage_of_week(tenant, week, clients[0]).total

    with time_machine.travel(START + timedelta(days=9), tick=False) as clock:
        a_ledger(tenant, clients, 300, seed=5)
        before, mine = counted(tenant), of_client()
        clock.shift(timedelta(minutes=3))
        counters.roll_up()
        assert counters.sum_days() > 0
        assert counters.sum_days() == 0, "once is enough"
        Counter.objects.filter(tenant_id=tenant.pk).update(kept=0)
        assert counted(tenant) == before and of_client() == mine, "the page reads the sums"
        a_ledger(tenant, clients, 300, seed=6)
        clock.shift(timedelta(minutes=3))
        with_late = counted(tenant)
        assert sum(with_late.values()) > sum(before.values())
        counters.rebuild()
        assert not DaySum.objects.exists()
        after = counted(tenant)
        counters.sum_days()
        assert counted(tenant) == after == with_late
        late = CallRecord(
            tenant_id=tenant.pk,
            client_id=clients[0],
            client_name="Erp",
            method="GET",
            endpoint="customers.list",
            status=200,
            received_at=START + timedelta(hours=1),
            ms=1,
        )
        sums = DaySum.objects.count()
        record_calls([late])
        clock.shift(timedelta(minutes=3))
        counters.roll_up()
        assert 0 < DaySum.objects.count() < sums, "the day of a late call is read from the counters again"
        assert sum(counted(tenant).values()) == sum(after.values()) + 1


def test_rebuilding_takes_away_what_no_call_stands_for_and_keeps_what_was_removed() -> None:
    tenant, client = TenantFactory.create(), uuid4()
    with time_machine.travel(START + timedelta(days=9), tick=False):
        ledger = a_ledger(tenant, [client], 50, seed=7)
    with time_machine.travel(START + timedelta(days=9, minutes=3), tick=False):
        counters.rebuild()
        there = Counter.objects.count()
        wrong = {"tenant_id": tenant.pk, "client_id": client, "status": 200, "call_class": "billable"}
        quarter = sql.quarter_of(START - timedelta(days=30))
        Counter.objects.create(**wrong, endpoint="never", quarter=quarter, kept=3)
        Counter.objects.create(**wrong, endpoint="long.ago", quarter=quarter, kept=3, pruned=2)
        counters.rebuild()
        assert Counter.objects.count() == there + 1
        assert Counter.objects.values_list("kept", "pruned").get(endpoint="long.ago") == (0, 2)
        assert counted(tenant) == ledger


@pytest.mark.parametrize("command", ["roll_up", "rebuild"])
def test_a_clock_that_was_set_back_leaves_no_call_out(command: str) -> None:
    tenant, clients = TenantFactory.create(), [uuid4(), uuid4()]
    with time_machine.travel(START + timedelta(days=9), tick=False):
        ledger = a_ledger(tenant, clients, 200, seed=1)
    with time_machine.travel(START + timedelta(days=19), tick=False):
        counters.roll_up()
        counters.sum_days()
    with time_machine.travel(START + timedelta(days=10), tick=False):
        ledger += a_ledger(tenant, clients, 50, seed=2)
        getattr(counters, command)()
        assert counted(tenant) == ledger
    with time_machine.travel(START + timedelta(days=11), tick=False):
        ledger += a_ledger(tenant, clients, 50, seed=3)
        assert counted(tenant) == ledger
        counters.roll_up()
        counters.sum_days()
        assert counted(tenant) == ledger


def test_counters_of_other_tenants_are_left_alone_and_unseen() -> None:
    mine, theirs = TenantFactory.create(), TenantFactory.create()
    client = uuid4()
    with time_machine.travel(START, tick=False):
        ledger = a_ledger(mine, [client], 50, seed=3)
        a_ledger(theirs, [client], 50, seed=4)
    with time_machine.travel(START + timedelta(hours=1), tick=False):
        counters.roll_up()
    assert counted(mine) == ledger


def test_a_call_is_in_the_quarter_hour_that_the_clock_says() -> None:
    tenant = TenantFactory.create()
    for moment in (
        START,
        START - timedelta(microseconds=1),
        datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        datetime(1066, 10, 14, 9, tzinfo=UTC),
        datetime(9998, 12, 31, 23, 59, tzinfo=UTC),
    ):
        record_calls(
            [
                CallRecord(
                    tenant_id=tenant.pk,
                    client_id=uuid4(),
                    client_name="",
                    method="GET",
                    endpoint="x",
                    status=200,
                    received_at=moment,
                    ms=0,
                )
            ]
        )
        counters.rebuild()
        with time_machine.travel(datetime(2030, 1, 1, tzinfo=UTC), tick=False):
            counters.rebuild()
        quarter = Counter.objects.get().quarter
        assert quarter == sql.quarter_of(moment)
        assert sql.start_of_quarter(quarter) == bucket_of(moment) <= moment < bucket_of(moment) + BUCKET
        Call.objects.all().delete()
        Counter.objects.all().delete()
        CountedTo.objects.all().delete()

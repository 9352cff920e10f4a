"""Promise 19: the close job, in parallel and killed at random, makes the statements that closing in peace makes."""

import multiprocessing
import os
import random
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import connections

from apps.audit.actors import WORKER
from apps.audit.models import Entry
from apps.billing.models import Adjustment, Statement
from apps.billing.services import close_due, digest_of, due_weeks
from apps.tenants.models import Tenant
from apps.tenants.zones import Calendar
from apps.usage.services import CallRecord, record_calls
from tests.billing.billing_world import a_tenant, statement

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
PARALLEL = 4
RUNS = 100
STEP = timedelta(hours=5, minutes=5)
# A time, when the tenants came, and the zones: both changes of the clocks in both hemispheres, New Year, :30 and :45.
SEASONS = {
    "changes of clocks": (
        datetime(2026, 11, 10, tzinfo=UTC),
        datetime(2026, 9, 23, tzinfo=UTC),
        ["Australia/Sydney", "Europe/London", "America/New_York", "Pacific/Chatham", "Asia/Kolkata"],
    ),
    "new year": (
        datetime(2026, 1, 14, tzinfo=UTC),
        datetime(2025, 12, 18, tzinfo=UTC),
        ["Pacific/Auckland", "America/St_Johns", "Asia/Kathmandu"],
    ),
}


def called(tenant: Tenant, since: datetime, until: datetime) -> int:
    """Let two clients of a tenant call every few hours; returns how often they did."""
    clients, at = [uuid4(), uuid4()], since
    calls: list[CallRecord] = []
    while at < until:
        calls.append(
            CallRecord(
                tenant_id=tenant.pk,
                client_id=clients[len(calls) % 2],
                client_name=f"Client {len(calls) % 2}",
                method="GET",
                endpoint="customers.list",
                status=200 if len(calls) % 7 else 404,
                received_at=at,
                ms=1,
            )
        )
        at += STEP
    record_calls(calls)
    return len(calls)


def _close(now: datetime) -> None:
    """The job in a process of its own, at a given time."""
    connections["default"].connection = None
    with time_machine.travel(now):
        close_due(actor=WORKER)
    os._exit(0)


def run_killed(run: Callable[[], Any], dice: random.Random, times: int) -> None:
    """Run a job so many times, four at once, and kill each at random before it can be done.

    How long they get is found out on the way, so that kills fall into the work on a slow and on a fast machine.
    """
    context = multiprocessing.get_context("fork")
    longest, before = 0.1, 0
    for _ in range(times // PARALLEL):
        connections.close_all()
        running = [context.Process(target=run) for _ in range(PARALLEL)]
        for process in running:
            process.start()
        time.sleep(dice.uniform(0.0, longest))
        for process in running:
            process.kill()
        for process in running:
            process.join()
        made = Statement.objects.count()
        longest *= 1.5 if made == before else 0.8
        before = made


@pytest.mark.parametrize("season", SEASONS)
def test_killed_closes_make_the_same_statements(season: str) -> None:
    now, created, zones = SEASONS[season]
    tenants = [a_tenant(f"t{number}", zone, warehouse_orders=3) for number, zone in enumerate(zones)]
    Tenant.objects.update(created=created)
    made = {}
    with time_machine.travel(now, tick=False):
        for tenant in tenants:
            first = Calendar(tenant).week_containing(created).start
            last = Calendar(tenant).week_containing(now).start
            made[tenant.slug] = called(tenant, first, last)
        due = list(due_weeks())
        mondays = [(tenant, Calendar(tenant).monday(week)) for tenant, week in due]
        expected = [{**statement(tenant, monday), "state": "closed"} for tenant, monday in mondays]
    run_killed(lambda: _close(now), random.Random(19), RUNS // len(SEASONS))
    killed = Statement.objects.count()
    with time_machine.travel(now, tick=False):
        close_due(actor=WORKER)
        assert [statement(tenant, monday) for tenant, monday in mondays] == expected
    assert killed, "the kills fell into the work"
    print(f"{killed} of {len(due)} statements were made by closes that were killed.")  # noqa: T201
    assert Statement.objects.count() == len(due) == Entry.objects.filter(action="statement.closed").count()
    assert not Adjustment.objects.exists()
    billed: Counter[str] = Counter()
    for each in Statement.objects.select_related("tenant"):
        billed[each.tenant.slug] += each.billable
        assert each.digest == digest_of(each, list(each.lines.all()), [], [])
    assert billed == made, "each call is in exactly one statement"

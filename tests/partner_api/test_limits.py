"""Thirty orders in any minute: the headers, the plan's figure, and processes that race."""

import multiprocessing
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from multiprocessing.synchronize import Barrier
from uuid import UUID

import pytest
import time_machine
from django.db import connection, connections

from apps.clients import limits
from apps.clients.models import OrderLimit
from apps.customers.models import Customer
from apps.orders.models import Product
from apps.tenants.models import Plan, Tenant
from tests.partner_api.conftest import Caller, calls, problems
from tests.partner_api.sent import order

pytestmark = pytest.mark.django_db


def test_thirty_orders_a_minute_and_then_429(caller: Caller, customer: Customer, mug: Product) -> None:
    with time_machine.travel(datetime(2026, 11, 20, 9, 0, tzinfo=UTC), tick=False) as clock:
        caller.token = caller.take_token()
        for number in range(30):
            answer = caller.post("outbound-orders", order(customer, f"SO-{number}"))
            assert answer.status_code == 201
            assert answer.headers["RateLimit-Policy"] == '"orders";q=30;w=60'
            assert answer.headers["RateLimit"].startswith(f'"orders";r={29 - number};')
        refused = caller.post("outbound-orders", order(customer, "SO-31"))
        assert refused.status_code == 429
        assert refused.headers["Retry-After"] == "59"
        assert '"orders";r=0;' in refused.headers["RateLimit"]
        problems(refused)
        assert caller.get("outbound-orders").status_code == 200
        clock.shift(timedelta(seconds=58))
        again = caller.post("outbound-orders", order(customer, "SO-31"))
        assert (again.status_code, again.headers["Retry-After"]) == (429, "1")
        clock.shift(timedelta(seconds=1))
        caller.token = caller.take_token()
        assert caller.post("outbound-orders", order(customer, "SO-31")).status_code == 201
        assert caller.last.headers["RateLimit"] == '"orders";r=29;t=59'
    assert calls().count(("outbound-orders.create", 429, "throttled")) == 2


def test_one_order_every_two_seconds_is_never_throttled(
    caller: Caller, customer: Customer, mug: Product
) -> None:
    with time_machine.travel(datetime(2026, 11, 20, 9, 0, tzinfo=UTC), tick=False) as clock:
        caller.token = caller.take_token()
        for number in range(45):
            assert caller.post("outbound-orders", order(customer, f"SO-{number}")).status_code != 429
            # Real clocks and networks are late by up to a second now and then.
            clock.shift(timedelta(seconds=1.02 if number == 29 else 3 if number == 0 else 2.01))


def test_the_plan_sets_the_limit(caller: Caller, tenant: Tenant, customer: Customer, mug: Product) -> None:
    Plan.objects.create(tenant=tenant, valid_from="2020-01-01", orders_per_minute=1)
    assert caller.post("outbound-orders", order(customer)).status_code == 201
    assert caller.post("outbound-orders", order(customer, "SO-2")).status_code == 429
    assert caller.last.headers["RateLimit-Policy"] == '"orders";q=1;w=60'


def _take_many(client_id: UUID, barrier: Barrier, results: "multiprocessing.Queue[int]", times: int) -> None:
    # A connection can't be shared with the parent process.
    connections["default"].connection = None
    barrier.wait(timeout=60)
    for _ in range(times):
        results.put(limits.take(client_id, 30).retry_after)
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_processes_share_the_limit(make_caller: Callable[..., Caller]) -> None:
    client_id = make_caller().row.pk
    context = multiprocessing.get_context("fork")
    barrier, results = context.Barrier(4), context.Queue()
    workers = [context.Process(target=_take_many, args=(client_id, barrier, results, 15)) for _ in range(4)]
    connections.close_all()
    for worker in workers:
        worker.start()
    found = Counter(results.get(timeout=60) > 0 for _ in range(60))
    for worker in workers:
        worker.join(timeout=30)
    assert found == {False: 30, True: 30}
    assert sum(OrderLimit.objects.get().taken.values()) == 30


def test_the_row_stays_small_whatever_the_limit(make_caller: Callable[..., Caller]) -> None:
    client_id = make_caller().row.pk
    with time_machine.travel(datetime(2026, 11, 20, 9, 0, tzinfo=UTC), tick=False) as clock:
        for _ in range(200):
            assert limits.take(client_id, 100_000).retry_after == 0
            clock.shift(timedelta(seconds=0.7))
    assert len(OrderLimit.objects.get().taken) <= limits.WINDOW + 1

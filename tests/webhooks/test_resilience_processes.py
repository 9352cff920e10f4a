"""Real worker processes that die: nothing is lost, repeats carry the same id, and several share the work.

PROMISE_SCALE=1 asks for the full figures, which `make bench` measures too.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from apps.webhooks.endpoints import create_endpoint
from apps.webhooks.models import Attempt, Delivery, DeliveryState
from apps.webhooks.sender import PER_ENDPOINT
from tests.figures import figure
from tests.processes import database_url
from tests.webhooks.conftest import ACTOR
from tests.webhooks.receivers import Receiver

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
DELIVERIES = figure(10_000, 400)
KILLS = figure(50, 4)
PATIENCE = 60 + DELIVERIES / 20


@pytest.fixture
def start():
    """Return `start()`, which starts a worker process; all are ended with the test."""
    started = []
    url = database_url()

    def run(lease=2.0, deadline=0.5):
        ours = {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATABASE_URL": url,
            "WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
            "WEBHOOK_ALLOW_HTTP": "1",
            "ALLOWED_HOSTS": "localhost",
        }
        command = [sys.executable, "-m", "tests.webhooks.worker_process", str(lease), str(deadline)]
        started.append(subprocess.Popen(command, cwd=ROOT, env={**os.environ, **ours}))
        return started[-1]

    yield run
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait()


def wait_until(true, patience=PATIENCE):
    until = time.monotonic() + patience
    while not true():
        assert time.monotonic() < until, "It did not happen in time."
        time.sleep(0.05)


def delivered():
    return Delivery.objects.filter(state=DeliveryState.DELIVERED).count()


def test_workers_killed_at_random_lose_nothing_and_repeat_under_the_same_id(endpoint, receiver, tell, start):
    events = {tell(sequence=n).message_id for n in range(DELIVERIES)}
    share = DELIVERIES / (KILLS + 1)
    for _ in range(KILLS):
        enough = len(receiver.received) + random.uniform(0.05, 0.9) * share
        victim = start()
        wait_until(lambda enough=enough: len(receiver.received) > enough)
        victim.send_signal(signal.SIGKILL)
        victim.wait()
    start()
    wait_until(lambda: delivered() == len(events))
    counts = Counter(request["headers"]["webhook-id"] for request in receiver.received)
    assert set(counts) == events
    # A kill repeats what was in flight, answered or being written down at that moment, and nothing else.
    assert sum(counts.values()) - len(events) <= KILLS * 128


def test_a_worker_that_is_asked_to_end_leaves_nothing_claimed(endpoint, receiver, tell, start):
    for n in range(300):
        tell(sequence=n)
    worker = start()
    wait_until(lambda: len(receiver.received) > 20)
    worker.terminate()
    assert worker.wait(15) == 0
    assert not Delivery.objects.filter(state=DeliveryState.SENDING).exists()
    assert len(receiver.received) == delivered() == Attempt.objects.count()


def share(endpoint, receiver, tell, start):
    events = {tell(sequence=n).message_id for n in range(400)}
    start(lease=30, deadline=15)
    start(lease=30, deadline=15)
    wait_until(lambda: delivered() == len(events))
    assert Counter(request["headers"]["webhook-id"] for request in receiver.received) == Counter(events)
    assert set(Delivery.objects.values_list("attempt", flat=True)) == {1}


def test_two_workers_share_the_work_and_send_nothing_twice(endpoint, receiver, tell, start):
    share(endpoint, receiver, tell, start)


@pytest.mark.usefixtures("_open_door")
def test_three_workers_open_no_more_connections_to_an_endpoint_than_one(tenant, tell, start):
    with Receiver(delay=0.05) as receiver:
        create_endpoint(tenant=tenant, name="Slow", url=receiver.url, actor=ACTOR)
        for _ in range(120):
            tell()
        for _ in range(3):
            start(lease=30, deadline=15)
        wait_until(lambda: delivered() == 120)
    assert 1 < receiver.most_at_once <= PER_ENDPOINT


@pytest.mark.postgres
def test_strict_order_holds_with_three_workers(tenant, endpoint, receiver, tell, start):
    endpoint.strict_order = True
    endpoint.save(update_fields=["strict_order"])
    orders = [tell(sequence=1).entity_id for _ in range(12)]
    for sequence in range(2, 16):
        for order in orders:
            tell(order=order, sequence=sequence)
    for _ in range(3):
        start(lease=30, deadline=15)
    wait_until(lambda: delivered() == 12 * 15)
    for order in orders:
        bodies = [r["body"] for r in receiver.received if str(order).encode() in r["body"]]
        assert bodies == sorted(bodies, key=lambda body: int(body.split(b":")[-1].rstrip(b"}")))

"""A receiver that is slow, dead or drips does not slow the others, and a database that is away loses nothing."""

import socket
import threading
import time

import pytest
from django.db import OperationalError

from apps.webhooks import delivery as deliveries
from apps.webhooks.endpoints import create_endpoint
from apps.webhooks.models import Attempt, Delivery, DeliveryState
from apps.webhooks.sender import PER_ENDPOINT, Sender
from tests.webhooks.conftest import ACTOR
from tests.webhooks.receivers import Receiver

pytestmark = pytest.mark.django_db


@pytest.fixture
def dripping():
    """A receiver that answers one byte a second."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    stop = threading.Event()

    def drip(connection):
        try:
            connection.recv(65536)
            for byte in b"HTTP/1.1 200 OK\r\n" * 20:
                connection.sendall(bytes([byte]))
                if stop.wait(1):
                    return
        except OSError:
            return
        finally:
            connection.close()

    def accept():
        while not stop.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=drip, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    stop.set()
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


@pytest.fixture
def silent():
    """A receiver that takes connections and never says anything."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=256)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    listener.close()


def send_until_all_arrived(receiver, count, **options):
    stop = threading.Event()
    sender = Sender(**{"threads": 8, "deadline": 2.0, **options})

    def watch():
        until = time.monotonic() + 60
        while len(receiver.received) < count and time.monotonic() < until:
            time.sleep(0.01)
        stop.set()

    watcher = threading.Thread(target=watch)
    watcher.start()
    sender.run(stop)
    watcher.join()
    assert len(receiver.received) == count


def test_slow_and_dead_receivers_with_a_backlog_leave_threads_to_the_others(
    tenant, endpoint, receiver, tell, dripping, silent
):
    for number in range(6):
        for url in (dripping, silent):
            create_endpoint(tenant=tenant, name=f"Bad {url} {number}", url=url, actor=ACTOR)
    for _ in range(40):
        tell()
    # 480 deliveries to the bad ones are due with ours; few of them have been tried when all of ours are there.
    send_until_all_arrived(receiver, 40)
    assert Attempt.objects.exclude(endpoint=endpoint).count() < 240
    assert not Delivery.objects.filter(endpoint=endpoint).exclude(state=DeliveryState.DELIVERED).exists()


@pytest.mark.usefixtures("_open_door")
def test_of_a_receiver_that_takes_its_time_no_more_is_claimed_than_it_takes_in_a_moment(tenant, tell):
    with Receiver(delay=0.15) as receiver:
        create_endpoint(tenant=tenant, name="Leisurely", url=receiver.url, actor=ACTOR)
        for _ in range(60):
            tell()
        sender, claimed = Sender(threads=8), [0]
        while len(receiver.received) < 12:
            sender.step()
            claimed.append(sender._held().total())
        sender.close()
    assert max(claimed) <= 2 * PER_ENDPOINT


@pytest.mark.django_db(transaction=True)
def test_outcomes_outlive_a_database_that_is_away(endpoint, receiver, tell, monkeypatch):
    for _ in range(10):
        tell()
    failures = [OperationalError("gone")] * 3
    finish = deliveries.finish

    def sometimes(outcomes):
        if failures:
            raise failures.pop()
        return finish(outcomes)

    monkeypatch.setattr(deliveries, "finish", sometimes)
    monkeypatch.setattr("apps.webhooks.sender.RECOVERY_SECONDS", 0.05)
    stop = threading.Event()
    sender = Sender(threads=4)
    thread = threading.Timer(6, stop.set)
    thread.start()
    original = sender.step

    def step():
        worked = original()
        if not Delivery.objects.exclude(state=DeliveryState.DELIVERED).exists():
            stop.set()
        return worked

    monkeypatch.setattr(sender, "step", step)
    sender.run(stop)
    thread.cancel()
    assert set(Delivery.objects.values_list("state", flat=True)) == {DeliveryState.DELIVERED}
    assert len(receiver.received) == 10


@pytest.mark.usefixtures("_open_door")
def test_ending_does_not_wait_for_a_receiver_that_never_answers(tenant, tell, silent):
    create_endpoint(tenant=tenant, name="Silent", url=silent, actor=ACTOR)
    tell()
    sender = Sender(threads=2)
    while not sender.is_busy:
        sender.step()
    began = time.monotonic()
    sender.close(grace=0.2)
    assert time.monotonic() - began < 2
    assert Delivery.objects.get().state == DeliveryState.PENDING

"""What happens at once: one winner, and the others are told. Each thread has a connection of its own."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Event
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from apps.clients import jobs, services
from apps.clients.authenticate import Refused, authenticate_client
from apps.clients.lifecycle import State
from apps.clients.models import ApiClient, Credential
from tests.clients.conftest import ACTOR

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def at_once(number: int, act: Callable[[int], object]) -> Counter:
    """Start `act` in so many threads at the same instant; count what each returned or raised."""
    barrier = Barrier(number)

    def one(place):
        try:
            connection.ensure_connection()
            barrier.wait(30)
            return act(place)
        except Exception as error:
            return type(error).__name__
        finally:
            connection.close()

    with ThreadPoolExecutor(number) as pool:
        return Counter(pool.map(one, range(number)))


@pytest.mark.parametrize("_round", range(3))
def test_twenty_creates_at_once_make_exactly_the_eleventh_bearer_token(tenant, plan, _round):
    for number in range(10):
        services.create_bearer(tenant=tenant, actor=ACTOR, name=f"Token {number}", roles=["WMS_CREATE_JOBS"])

    def create(place):
        services.create_bearer(tenant=tenant, actor=ACTOR, name=f"Race {place}", roles=["WMS_CREATE_JOBS"])
        return "created"

    assert at_once(20, create) == {"created": 1, "LimitReached": 19}
    assert ApiClient.objects.filter(kind="bearer").count() == 11


def test_two_tabs_make_one_working_secret(make_client):
    client = services.generate_credentials(client=make_client(), actor=ACTOR).client
    shown = []

    def regenerate(place):
        issued = services.generate_credentials(client=client, actor=ACTOR, expected_version=client.version)
        shown.append(issued.client_secret)
        return "shown"

    for _ in range(10):
        assert at_once(2, regenerate) == {"shown": 1, "Outdated": 1}
        client.refresh_from_db()
    working = []
    for secret in shown:
        try:
            working.append(authenticate_client(client.client_id, secret, None))
        except Refused:
            continue
    assert len(working) == 1
    assert Credential.objects.filter(state="active").count() == 1


def test_a_double_click_adds_one_client(tenant, customer, warehouse):
    for number in range(10):
        key = uuid4()
        values = services.ClientInput(
            name=f"Client {number}", roles=["WMS_CREATE_JOBS"], customers=[customer], warehouses=[warehouse]
        )

        def add(place, key=key, values=values):
            return services.create_client(tenant=tenant, actor=ACTOR, values=values, creation_key=key).pk

        assert list(at_once(2, add).values()) == [2]
    assert ApiClient.objects.count() == 10


@pytest.mark.postgres
def test_what_lapsed_is_settled_beside_a_rotation_without_a_deadlock(make_client, monkeypatch):
    """Both write credentials of one client, each of which raises its standing: the client's row comes first."""
    client = make_client()
    for _ in range(2):
        services.generate_credentials(client=client, actor=ACTOR, retire_after=timedelta(hours=1))
    Credential.objects.filter(client=client, state=State.RETIRING).update(ends=timezone.now())
    has_written, go_on = Event(), Event()
    save = Credential.save

    def save_slowly(self, *args, **kwargs):
        save(self, *args, **kwargs)
        has_written.set()
        go_on.wait(1)

    monkeypatch.setattr(Credential, "save", save_slowly)

    def both(place):
        if place == 0:
            services.generate_credentials(client=client, actor=ACTOR, retire_after=None)
        else:
            has_written.wait(30)
            jobs.settle()
        return "done"

    assert at_once(2, both) == {"done": 2}
    assert Credential.objects.filter(client=client, state=State.ACTIVE).count() == 1

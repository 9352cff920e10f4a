"""The table of a credential's life, and what the worker writes down of it (its histories: `test_life.py`)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import product

import pytest
import time_machine
from django.utils import timezone

from apps.audit import actors
from apps.clients import jobs, services
from apps.clients.lifecycle import ENDED, WORKING, Event, NotPossible, State, after, effective, works
from apps.clients.models import Configuration

ACTOR = actors.command("tests")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
POSSIBLE = {
    (State.PENDING, Event.CONFIRM): State.ACTIVE,
    (State.PENDING, Event.TIME_OUT): State.EXPIRED,
    (State.PENDING, Event.REPLACE): State.EXPIRED,
    (State.ACTIVE, Event.REPLACE): State.EXPIRED,
    (State.ACTIVE, Event.RETIRE): State.RETIRING,
    (State.RETIRING, Event.FINISH): State.EXPIRED,
    (State.RETIRING, Event.REPLACE): State.EXPIRED,
    (State.RETIRING, Event.KEEP): State.ACTIVE,
}


@pytest.mark.parametrize(("state", "event"), list(product(State, Event)))
def test_each_event_leads_where_the_design_says_or_nowhere(state, event):
    if event is Event.REVOKE:
        assert after(state, event) is State.REVOKED
    elif (state, event) in POSSIBLE:
        assert after(state, event) is POSSIBLE[state, event]
    else:
        with pytest.raises(NotPossible):
            after(state, event)


@pytest.mark.parametrize("state", list(State))
def test_an_end_is_kept_to_the_instant(state):
    before, at = NOW - timedelta(microseconds=1), NOW
    assert works(state, NOW, before) is (state in WORKING)
    assert not works(state, NOW, at)
    assert effective(state, NOW, at) is (state if state in ENDED else State.EXPIRED)
    assert works(state, None, NOW) is (state in WORKING)


@pytest.mark.django_db
def test_the_worker_writes_down_what_time_has_decided(make_client, tenant, plan):
    issued = services.generate_credentials(client=make_client(), actor=ACTOR)
    services.generate_credentials(client=issued.client, actor=ACTOR, retire_after=timedelta(hours=1))
    values = services.ChannelInput(
        name="Shop",
        configuration=Configuration.MANUAL,
        threshold_weight=Decimal(1),
        threshold_volume=Decimal(1),
    )
    channel = services.create_channel(tenant=tenant, actor=ACTOR, values=values).client
    assert (jobs.settle(), jobs.remove_abandoned_channels(), jobs.prune()) == (0, 0, 0)
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        assert jobs.settle() == 2
        assert jobs.remove_abandoned_channels() == 1
    assert set(issued.client.credentials.values_list("state", flat=True)) == {"expired", "active"}
    channel.refresh_from_db()
    assert channel.deleted_at is not None

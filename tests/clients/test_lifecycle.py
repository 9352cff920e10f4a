"""The life of a credential: the table, and a machine that tries every secret ever seen after each step."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import product
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from apps.audit import actors
from apps.clients import access_tokens, jobs, services
from apps.clients.authenticate import Refused, authenticate_bearer, authenticate_client
from apps.clients.lifecycle import ENDED, WORKING, Event, NotPossible, State, after, effective, works
from apps.clients.models import Configuration
from apps.tenants.models import Tenant

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


OVERLAPS = st.sampled_from(list(services.OVERLAPS.values()))


class CredentialLife(RuleBasedStateMachine):
    """A model of who may enter, held against the real thing after each step."""

    def __init__(self):
        super().__init__()
        self.traveller = time_machine.travel(NOW, tick=False)
        self.clock = self.traveller.start()
        tenant = Tenant.objects.create(slug=uuid4().hex, name="T", zone="Australia/Brisbane", currency="AUD")
        values = services.ClientInput(
            name="C", roles=["WMS_CREATE_JOBS"], all_customers=True, all_warehouses=True
        )
        self.client = services.create_client(tenant=tenant, actor=ACTOR, values=values)
        self.now = NOW
        self.secrets = {}
        self.tokens = {}
        self.current = None
        self.old = None
        self.is_active = True
        self.is_revoked = False

    def teardown(self):
        self.traveller.stop()

    def works(self, secret):
        end = self.secrets[secret]
        return (
            self.is_active
            and not self.is_revoked
            and secret in (self.current, self.old)
            and (end is None or self.now < end)
        )

    @precondition(lambda self: not self.is_revoked)
    @rule(overlap=OVERLAPS)
    def generate(self, overlap):
        issued = services.generate_credentials(client=self.client, actor=ACTOR, retire_after=overlap)
        self.old = self.current if overlap else None
        if self.old:
            self.secrets[self.old] = self.now + overlap
        self.current = issued.client_secret
        self.secrets[self.current] = None

    @precondition(lambda self: not self.is_revoked)
    @rule()
    def keep_the_old_one(self):
        if self.old and self.now < self.secrets[self.old]:
            services.keep_old(client=self.client, actor=ACTOR)
            self.current, self.old = self.old, None
            self.secrets[self.current] = None
        else:
            with pytest.raises(services.Outdated):
                services.keep_old(client=self.client, actor=ACTOR)

    @precondition(lambda self: not self.is_revoked)
    @rule()
    def finish_now(self):
        if self.old and self.now < self.secrets[self.old]:
            services.finish_rotation(client=self.client, actor=ACTOR)
            self.old = None
        else:
            with pytest.raises(services.Outdated):
                services.finish_rotation(client=self.client, actor=ACTOR)

    @precondition(lambda self: not self.is_revoked)
    @rule(active=st.booleans())
    def switch(self, active):
        services.set_active(client=self.client, actor=ACTOR, active=active)
        if self.is_active and not active:
            self.tokens = dict.fromkeys(self.tokens)
        self.is_active = active

    @rule()
    def revoke(self):
        services.revoke_client(client=self.client, actor=ACTOR)
        self.is_revoked = True

    @rule(hours=st.sampled_from([1, 23, 72, 200]))
    def wait(self, hours):
        self.now += timedelta(hours=hours)
        self.clock.move_to(self.now)

    @precondition(lambda self: self.current)
    @rule()
    def take_an_access_token(self):
        if self.works(self.current):
            who = authenticate_client(self.client.client_id, self.current, None)
            token, _ = access_tokens.issue(who)
            self.tokens[token] = (self.current, self.now + timedelta(hours=1))

    @invariant()
    def every_secret_ever_seen_works_exactly_when_it_should(self):
        for secret in self.secrets:
            assert self.enters(authenticate_client, self.client.client_id, secret, None) is self.works(secret)

    @invariant()
    def every_access_token_ever_issued_works_exactly_when_it_should(self):
        for token, origin in self.tokens.items():
            expected = origin is not None and self.now < origin[1] and self.works(origin[0])
            assert self.enters(authenticate_bearer, token, None) is expected

    @staticmethod
    def enters(how, *proof):
        try:
            how(*proof)
        except Refused:
            return False
        return True


@pytest.mark.django_db
def test_no_history_of_steps_lets_a_secret_in_that_should_be_out():
    steps = settings(
        max_examples=25, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(CredentialLife, settings=steps)


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

"""The life of a credential of each kind: after every step, every secret and token ever seen is tried again.

The model below knows nothing of the product's own table of states: it says in its own words what each step promises,
and the real `authenticate` has to say the same of each proof.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from apps.clients import access_tokens, jobs, services
from apps.clients.authenticate import Refused, authenticate_bearer, authenticate_client
from apps.clients.models import Attempt, Configuration, Credential, Kind
from apps.clients.services import ClientInput
from apps.tenants.models import Plan, Tenant
from apps.tenants.services import set_suspended
from tests.clients.conftest import ACTOR
from tests.figures import figure

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
CONFIRM_WITHIN = timedelta(minutes=15)
OVERLAPS = st.sampled_from(list(services.OVERLAPS.values()))
SECOND = timedelta(seconds=1)
TWO_ROLES, ONE_ROLE = ["ORDER_API_ACCESS", "PRODUCT_API_ACCESS"], ["PRODUCT_API_ACCESS"]


@dataclass(eq=False)
class Proof:
    """A secret, password or bearer token as the model sees it: it works from its Confirm until its end or its death."""

    text: str
    kind: str
    pending: bool = False
    ends: datetime | None = None
    dead: bool = False

    def is_alive(self, now: datetime) -> bool:
        """Whether it has not ended, by itself or by anybody."""
        return not self.dead and (self.ends is None or now < self.ends)

    def is_retiring(self, now: datetime) -> bool:
        """Whether it works for the length of an overlap."""
        return self.is_alive(now) and self.ends is not None and not self.pending


@dataclass(eq=False)
class Token:
    """An access token that a proof has obtained."""

    text: str
    origin: Proof
    ends: datetime
    dead: bool = False


class Life(RuleBasedStateMachine):
    """A client of some kind, and what should be true of it."""

    def __init__(self, kind: Kind) -> None:
        super().__init__()
        self.traveller = time_machine.travel(NOW, tick=False)
        self.clock = self.traveller.start()
        self.now = NOW
        self.kind = kind
        self.steps = 0
        self.proofs: list[Proof] = []
        self.tokens: list[Token] = []
        self.is_active, self.is_revoked, self.is_suspended = True, False, False
        self.expires: datetime | None = None
        self.create()

    def teardown(self) -> None:
        """Let the clock go on."""
        self.traveller.stop()

    def create(self) -> None:
        self.tenant = Tenant.objects.create(
            slug=uuid4().hex, name="T", zone="Australia/Brisbane", currency="AUD"
        )
        Plan.objects.create(tenant=self.tenant, valid_from=date(2020, 1, 6), api_integration=True)
        given = {"tenant": self.tenant, "actor": ACTOR}
        if self.kind is Kind.CLIENT:
            self.client = services.create_client(**given, values=self.values())
        elif self.kind is Kind.CHANNEL:
            issued = services.create_channel(**given, values=CHANNEL, reach=self.values())
            self.client = issued.client
            self.add(issued.password, "secret", pending=True, ends=self.now + CONFIRM_WITHIN)
        elif self.kind is Kind.BEARER:
            issued = services.create_bearer(**given, name="C", roles=TWO_ROLES)
            self.client = issued.client
            self.add(issued.bearer_token, "bearer")
        else:
            issued = services.create_access(**given, username=uuid4().hex, roles=TWO_ROLES, name="C")
            self.client = issued.client
            self.add(issued.password, "password")
            self.add(issued.bearer_token, "bearer")

    # --- What the model knows ------------------------------------------------------------------------------------

    def values(self, roles: list[str] = TWO_ROLES) -> ClientInput:
        return ClientInput(
            name="C",
            roles=roles,
            all_customers=True,
            all_warehouses=True,
            is_active=self.is_active,
            expires=self.expires,
        )

    def add(self, text: str, kind: str, **more: object) -> None:
        self.proofs.append(Proof(text, kind, **more))

    def alive(self, kind: str) -> list[Proof]:
        return [proof for proof in self.proofs if proof.kind == kind and proof.is_alive(self.now)]

    def retiring(self) -> Proof | None:
        return next((proof for proof in self.proofs if proof.is_retiring(self.now)), None)

    def waiting(self) -> Proof | None:
        """The password that waits for its Confirm."""
        return next((proof for proof in self.alive("secret") if proof.pending), None)

    def current(self, kind: str) -> Proof | None:
        """The one that works without an end."""
        return next((proof for proof in self.alive(kind) if proof.ends is None), None)

    def end_tokens(self) -> None:
        for token in self.tokens:
            token.dead = True

    def works(self, proof: Proof) -> bool:
        is_up = self.is_active and not self.is_revoked and not self.is_suspended
        has_time = self.expires is None or self.now < self.expires
        return is_up and has_time and not proof.pending and proof.is_alive(self.now)

    def refused(self, act: Callable[..., Any], **more: object) -> bool:
        """Do something; whether it was refused as outdated."""
        try:
            act(client=self.client, actor=ACTOR, **more)
        except services.Outdated:
            return True
        return False

    # --- What people do ------------------------------------------------------------------------------------------

    @rule(overlap=OVERLAPS)
    def generate(self, overlap: timedelta | None) -> None:
        if self.is_revoked:
            assert self.refused(services.generate_credentials)
            return
        issued = services.generate_credentials(client=self.client, actor=ACTOR, retire_after=overlap)
        kind = "secret" if issued.client_secret else "bearer"
        if self.kind is Kind.CHANNEL:
            for proof in self.alive(kind):
                proof.dead = proof.pending
            self.add(issued.client_secret, kind, pending=True, ends=self.now + CONFIRM_WITHIN)
            return
        old = self.current(kind)
        for proof in self.alive(kind):
            proof.dead = proof is not old or overlap is None
        if old and overlap:
            old.ends = self.now + overlap
        self.add(issued.client_secret or issued.bearer_token, kind)

    @precondition(lambda self: self.waiting() and not self.is_revoked)
    @rule()
    def confirm(self) -> None:
        waiting = self.waiting()
        issued = services.confirm_channel(client=self.client, actor=ACTOR)
        for proof in self.proofs:
            proof.dead = proof is not waiting
        waiting.pending, waiting.ends = False, None
        self.add(issued.bearer_token, "bearer")

    @precondition(lambda self: self.retiring() and not self.is_revoked)
    @rule()
    def finish_now(self) -> None:
        old = self.retiring()
        services.finish_rotation(client=self.client, actor=ACTOR)
        old.dead = True

    @precondition(lambda self: self.retiring() and not self.is_revoked)
    @rule()
    def keep_the_old_one(self) -> None:
        old = self.retiring()
        services.keep_old(client=self.client, actor=ACTOR)
        if new := self.current(old.kind):
            new.dead = True
        old.ends = None

    @rule()
    def press_what_has_come_too_late(self) -> None:
        if self.is_revoked or not self.retiring():
            assert self.refused(services.finish_rotation)
            assert self.refused(services.keep_old)
        if self.kind is Kind.CHANNEL and (self.is_revoked or not self.waiting()):
            assert self.refused(services.confirm_channel)

    @precondition(lambda self: len(self.proofs) > 2)
    @rule(data=st.data())
    def end_one_credential(self, data: st.DataObject) -> None:
        """Whichever it is: dead ones too, which is nothing."""
        proof = data.draw(st.sampled_from(self.proofs))
        number = [same for same in self.proofs if same.kind == proof.kind].index(proof) + 1
        credential = Credential.objects.get(client=self.client, kind=proof.kind, number=number)
        ended = services.revoke_credential(credential=credential, actor=ACTOR)
        assert ended is (proof.is_alive(self.now) and not self.is_revoked)
        proof.dead = True

    @rule()
    def switch_off_and_on(self) -> None:
        for active in (False, True):
            assert self.refused(services.set_active, active=active) is self.is_revoked
            self.is_active = active and not self.is_revoked
            self.end_tokens()
            self.check()

    @rule()
    def suspend_and_resume_the_organisation(self) -> None:
        for suspended in (True, False):
            set_suspended(tenant=self.tenant, suspended=suspended, reason="not paid", actor=ACTOR)
            self.is_suspended = suspended
            self.check()

    @rule()
    def take_a_role_away_and_give_it_back(self) -> None:
        """Taking one away ends the access tokens; giving one ends nothing."""
        for roles in (ONE_ROLE, TWO_ROLES):
            assert self.refused(services.update_client, values=self.values(roles)) is self.is_revoked
            if roles is ONE_ROLE and not self.is_revoked:
                self.end_tokens()
            self.check()
            self.take_access_tokens()

    @precondition(lambda self: not self.is_revoked)
    @rule(wait=st.sampled_from([None, timedelta(minutes=30), 100 * HOUR]))
    def let_it_expire(self, wait: timedelta | None) -> None:
        self.expires = self.now + wait if wait else None
        assert not self.refused(services.update_client, values=self.values())

    @precondition(lambda self: self.steps > 12)
    @rule(act=st.sampled_from([services.revoke_client, services.delete_client]))
    def revoke(self, act: Callable[..., Any]) -> None:
        """Not at once, because nothing happens to a client after that."""
        act(client=self.client, actor=ACTOR)
        self.is_revoked, self.is_active = True, False

    # --- What callers, time and the worker do --------------------------------------------------------------------

    @rule()
    def take_access_tokens(self) -> None:
        """One with each proof that works."""
        for proof in self.proofs:
            if proof.kind != "bearer" and self.works(proof):
                who = authenticate_client(self.client.client_id, proof.text, None)
                text, seconds = access_tokens.issue(who)
                ends = min(filter(None, (self.now + HOUR, proof.ends, self.expires)))
                assert timedelta(seconds=seconds) == ends - self.now
                self.tokens.append(Token(text, proof, ends))

    @precondition(lambda self: len(self.tokens) > 1)
    @rule(data=st.data())
    def give_a_token_back(self, data: st.DataObject) -> None:
        token = data.draw(st.sampled_from(self.tokens))
        access_tokens.revoke(token.text)
        token.dead = True

    @rule(hours=st.sampled_from([1, 23, 71]))
    def wait(self, hours: int) -> None:
        self.travel(self.now + hours * HOUR)

    @rule()
    def wait_for_the_next_end(self) -> None:
        """To the second before it, and to the very second."""
        ends = [thing.ends for thing in (*self.proofs, *self.tokens)] + [self.expires]
        ahead = [end for end in ends if end and end > self.now + SECOND]
        if ahead:
            self.travel(min(ahead) - SECOND)
            self.check()
            self.travel(min(ahead))

    def travel(self, moment: datetime) -> None:
        self.now = moment
        self.clock.move_to(moment)

    @rule()
    def the_worker_tidies_up(self) -> None:
        """Nothing depends on it, but for a channel that nobody confirmed: that is gone."""
        jobs.settle()
        jobs.prune()
        jobs.remove_abandoned_channels()
        if self.kind is Kind.CHANNEL and all(
            proof.pending and not proof.is_alive(self.now) for proof in self.proofs
        ):
            self.is_revoked, self.is_active = True, False

    # --- What has to be true after each step ---------------------------------------------------------------------

    @invariant()
    def check(self) -> None:
        """Every proof and every access token ever seen enters exactly when it should."""
        self.steps += 1
        # What wrong guesses cost is tested elsewhere; here they would throttle the right password.
        Attempt.objects.all().delete()
        for proof in self.proofs:
            asked = (proof.text,) if proof.kind == "bearer" else (self.client.client_id, proof.text)
            how = authenticate_bearer if proof.kind == "bearer" else authenticate_client
            assert enters(how, *asked) is self.works(proof), proof
        for token in self.tokens:
            expected = not token.dead and self.now < token.ends and self.works(token.origin)
            assert enters(authenticate_bearer, token.text) is expected, token


CHANNEL = services.ChannelInput(
    name="C",
    configuration=Configuration.MANUAL,
    threshold_weight=Decimal(1),
    threshold_volume=Decimal(1),
)


def enters(how: Callable[..., Any], *proof: str) -> bool:
    """Whether a proof is let in."""
    try:
        how(*proof, None)
    except Refused:
        return False
    return True


@pytest.mark.django_db
@pytest.mark.parametrize("kind", list(Kind))
def test_no_history_of_steps_lets_in_what_should_be_out_or_keeps_out_what_should_be_in(kind: Kind) -> None:
    steps = settings(
        max_examples=figure(100, 18),
        stateful_step_count=figure(30, 20),
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(lambda: Life(kind), settings=steps)

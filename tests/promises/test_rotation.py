"""Promise 7: after a rotation exactly one secret works, or exactly two until the announced end, and none after it."""

import re
import time
from datetime import datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.clients.models import ApiClient, Credential
from tests.figures import figure
from tests.promises.callers import Proof, access_token, call_with, one_of_each_kind
from tests.promises.conftest import Office
from tests.promises.web import Answer, Web

pytestmark = pytest.mark.slow
CALLS = figure(100, 20)
SECRET = re.compile(r"gp_(?:cs|bt)_[0-9A-Za-z]{49}")
# Long enough for the calls of a busy machine, and short enough to be waited for.
OVERLAP = timedelta(seconds=4)


def generate(portal: Web, office: Office, client: ApiClient, overlap: str) -> str:
    """Generate Credentials on the client's page; the secret that the answer shows."""
    client.refresh_from_db()
    path = reverse("clients:generate", args=[office.tenant.slug, client.pk])
    answer = portal.post(
        path, {"version": client.version, "understood": "on", "stored": "on", "overlap": overlap}
    )
    return shown(answer)


def shown(answer: Answer) -> str:
    assert answer.status == 200
    (secret,) = set(SECRET.findall(answer.text))
    return secret


def works(port: int, office: Office, *proofs: Proof) -> list[bool]:
    """Which of the proofs work, after asking every server many times: each must say the same each time."""
    said = []
    for proof in proofs:
        answers = call_with(port, office.tenant, [proof], CALLS)
        assert len({status < 400 for _, status in answers}) == 1, answers
        said.append(all(status < 400 for _, status in answers))
    return said


def replaced(old: Proof, secret: str) -> Proof:
    """The same proof with another secret."""
    return Proof(f"new {old.what}", secret, old.client_id)


def old_of(kind: str, proofs: list[Proof]) -> Proof:
    """What Generate Credentials replaces: the token where there is one, the secret otherwise."""
    return next((proof for proof in proofs if not proof.client_id and kind != "channel"), proofs[0])


def end_at(client: ApiClient) -> datetime:
    """Bring the end of the overlap closer, to a whole second as access tokens have it, and announce it."""
    ends = (timezone.now() + OVERLAP).replace(microsecond=0)
    assert Credential.objects.filter(client=client, state="retiring").update(ends=ends) == 1
    return ends


@pytest.mark.parametrize("kind", ["client", "bearer", "access"])
def test_exactly_one_secret_works_after_a_rotation_at_once(
    kind: str, port: int, office: Office, portal: Web
) -> None:
    client, proofs = one_of_each_kind(office.tenant)[kind]
    old = old_of(kind, proofs)
    held = [access_token(portal, old)] if old.client_id else []
    assert works(port, office, old, *held) == [True] * (1 + len(held))
    new = replaced(old, generate(portal, office, client, "now"))
    assert works(port, office, new, old, *held) == [True, False] + [False] * len(held)


def test_exactly_two_work_until_the_announced_end_and_one_after_it(
    port: int, office: Office, portal: Web
) -> None:
    made = one_of_each_kind(office.tenant)
    always: list[Proof] = []
    until_the_end: list[Proof] = []
    never: list[Proof] = []
    ends = []
    for kind in ("client", "bearer", "access"):
        client, proofs = made[kind]
        oldest = old_of(kind, proofs)
        old = replaced(oldest, generate(portal, office, client, "now"))
        before = [access_token(portal, old)] if old.client_id else []
        new = replaced(old, generate(portal, office, client, "24h"))
        ends.append(end_at(client))
        meanwhile = [access_token(portal, old)] if old.client_id else []
        always, never = [*always, new], [*never, oldest]
        until_the_end += [old, *before, *meanwhile]
    answers = timed(portal, office, until_the_end, min(ends), max(ends))
    assert all(worked for began, ended, worked in answers if ended < min(ends))
    assert not any(worked for began, ended, worked in answers if began >= max(ends))
    assert {worked for _, _, worked in answers} == {True, False}
    assert works(port, office, *always, *until_the_end, *never) == [True] * 3 + [False] * 8


def timed(
    portal: Web, office: Office, proofs: list[Proof], first: datetime, last: datetime
) -> list[tuple[datetime, datetime, bool]]:
    """Call in turns until a little after the last end: when each call began and ended, and whether it succeeded."""
    answers: list[tuple[datetime, datetime, bool]] = []
    assert timezone.now() < first, "this machine is too slow to see both sides of the end"
    while not answers or answers[-1][0] < last + timedelta(seconds=0.2):
        for proof in proofs:
            began = timezone.now()
            worked = proof.call(portal, office.tenant) < 400
            answers.append((began, timezone.now(), worked))
        time.sleep(0.02)
    return answers


def test_a_channel_changes_at_confirm_and_never_has_two(port: int, office: Office, portal: Web) -> None:
    client, (password, token) = one_of_each_kind(office.tenant)["channel"]
    held = access_token(portal, password)
    new = replaced(password, generate(portal, office, client, "now"))
    assert works(port, office, password, held, token, new) == [True, True, True, False]
    client.refresh_from_db()
    path = reverse("clients:channel_confirm", args=[office.tenant.slug, client.pk])
    new_token = Proof("new API token", shown(portal.post(path, {"version": client.version, "saved": "on"})))
    assert works(port, office, new, new_token) == [True, True]
    assert works(port, office, password, held, token) == [False] * 3


@pytest.mark.parametrize(("step", "survivor"), [("finish", "new"), ("keep", "old")])
def test_an_overlap_that_is_cut_short_leaves_exactly_one(
    step: str, survivor: str, port: int, office: Office, portal: Web
) -> None:
    client, (old,) = one_of_each_kind(office.tenant)["client"]
    new = replaced(old, generate(portal, office, client, "7d"))
    held = {"old": access_token(portal, old), "new": access_token(portal, new)}
    assert works(port, office, old, new, *held.values()) == [True] * 4
    client.refresh_from_db()
    path = reverse(f"clients:{step}", args=[office.tenant.slug, client.pk])
    assert portal.post(path, {"version": client.version}).status == 303
    expected = [survivor == "old", survivor == "new"]
    assert works(port, office, old, new, *held.values()) == expected * 2

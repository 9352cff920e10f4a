"""Promise 6: of the calls started after the answer to Revoke, over four servers, none succeeds."""

import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from django.urls import reverse

from apps.clients.models import ApiClient
from apps.tenants.services import set_suspended
from tests import pages
from tests.figures import figure
from tests.promises.callers import ACTOR, Proof, access_token, call_with, one_of_each_kind
from tests.promises.conftest import SERVERS, Office
from tests.promises.web import Web

pytestmark = pytest.mark.slow
CALLS = figure(10_000, 480)


def press(name: str) -> Callable[[Web, Office, ApiClient], None]:
    """A dialog of the client's page, confirmed."""

    def act(portal: Web, office: Office, client: ApiClient) -> None:
        client.refresh_from_db()
        path = reverse(f"clients:{name}", args=[office.tenant.slug, client.pk])
        assert portal.post(path, {"version": client.version}).status == 303

    return act


def remove_the_role(portal: Web, office: Office, client: ApiClient) -> None:
    """Edit the client, take Order API Access away, and confirm what the page says that changes."""
    path = reverse("clients:edit", args=[office.tenant.slug, client.pk])
    form = pages.values(pages.main_form(pages.read(portal.get(path))))
    asked = portal.post(path, {**form, "roles": ["PRODUCT_API_ACCESS"]})
    confirmed = portal.post(path, pages.values(pages.main_form(pages.read(asked))))
    assert confirmed.status == 303


def suspend(portal: Web, office: Office, client: ApiClient) -> None:
    """What support does at its desk, from a process that is none of the servers."""
    set_suspended(tenant=office.tenant, suspended=True, reason="not paid", actor=ACTOR)


ENDS = {
    "revoke": (press("revoke"), {401}),
    "deactivate": (press("deactivate"), {401}),
    "suspended": (suspend, {401, 403}),
    "role removed": (remove_the_role, {401, 403}),
}


def tokens_of(portal: Web, proofs: list[Proof]) -> list[Proof]:
    return [access_token(portal, proof) for proof in proofs if proof.client_id]


def succeeded(answers: Counter[tuple[str, int]]) -> dict[str, int]:
    """How many calls succeeded, by what they showed."""
    return {what: number for (what, status), number in answers.items() if status < 400}


@pytest.mark.parametrize("end", ENDS)
def test_no_call_succeeds_after_the_answer(end: str, port: int, office: Office, portal: Web) -> None:
    act, expected = ENDS[end]
    made = one_of_each_kind(office.tenant)
    holding = {kind: proofs + tokens_of(portal, proofs) for kind, (_, proofs) in made.items()}
    for proofs in holding.values():
        before = call_with(port, office.tenant, proofs, 20)
        assert set(succeeded(before)) == {proof.what for proof in proofs} and before.total() == sum(
            succeeded(before).values()
        )
    for kind, (client, _) in made.items():
        act(portal, office, client)
        after = call_with(port, office.tenant, holding[kind], CALLS // len(ENDS) // len(made))
        assert after.total() == CALLS // len(ENDS) // len(made)
        assert succeeded(after) == {}, kind
        assert {status for _, status in after} <= expected, f"{kind}: {after}"


def test_activating_again_lets_the_credentials_in_and_no_access_token_from_before(
    office: Office, portal: Web
) -> None:
    made = one_of_each_kind(office.tenant)
    for client, proofs in made.values():
        tokens = tokens_of(portal, proofs)
        press("deactivate")(portal, office, client)
        press("activate")(portal, office, client)
        assert {proof.call(portal, office.tenant) for proof in proofs} == {200}
        assert {token.call(portal, office.tenant) for token in tokens} <= {401}


def processor_time(port: int) -> dict[str, int]:
    """What each server process has worked so far, in the ticks of Linux."""
    listing = subprocess.run(["ps", "-wweo", "pid=,ppid=,args="], capture_output=True, text=True, check=True)
    rows = [line.split(maxsplit=2) for line in listing.stdout.splitlines() if f"--port {port} " in line]
    parents = {pid for pid, _, _ in rows}
    ours = [pid for pid, parent, _ in rows if parent in parents]
    stats = {pid: Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in ours}
    return {pid: int(stat[11]) + int(stat[12]) for pid, stat in stats.items()}


# The CPU of each server process shows that all four answered; only Linux tells it without another package.
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs the /proc of Linux")
def test_the_servers_are_four_and_all_of_them_answer(port: int, office: Office) -> None:
    proof = one_of_each_kind(office.tenant)["bearer"][1][0]
    before = processor_time(port)
    call_with(port, office.tenant, [proof], 400)
    after = processor_time(port)
    assert len(after) == SERVERS
    assert all(after[process] > before[process] for process in after)

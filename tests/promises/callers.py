"""An API client of each kind, with everything that it proves itself with."""

import json
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from apps.audit import actors
from apps.clients import services
from apps.clients.models import ApiClient, Configuration
from apps.clients.services import ChannelInput, ClientInput
from tests.partner_api.conftest import basic
from tests.promises.web import Web

ACTOR = actors.command("tests")
ROLES = ["ORDER_API_ACCESS", "PRODUCT_API_ACCESS"]
CONNECTIONS = 8
PER_CONNECTION = 10
# An Argon2 takes a hundred times as long as a digest, and after ten failures a minute the brake answers instead.
MOST_BY_PASSWORD = 2


@dataclass(frozen=True)
class Proof:
    """Something that a caller shows: a token, or an id with its secret or password."""

    what: str
    secret: str = field(repr=False)
    client_id: str = ""

    @property
    def is_slow(self) -> bool:
        """Whether it is a password that a person chose."""
        return self.what == "password"

    def call(self, web: Web, tenant: Any) -> int:
        """Call an order route with it, by way of a new access token where it is no token; the last status."""
        token = self.secret
        if self.client_id:
            answer, token = take_token(web, self)
            if answer >= 400:
                return answer
        path = f"/tenants/{tenant.pk}/outbound-orders"
        headers = {"Authorization": f"Bearer {token}", "Accept_Version": "1"}
        return web.get(path, **headers).status


def take_token(web: Web, proof: Proof) -> tuple[int, str]:
    """The answer of the token endpoint, and the access token if there is one."""
    answer = web.ask(
        "POST",
        "/uaa/oauth/token",
        "grant_type=client_credentials",
        Authorization=basic(proof.client_id, proof.secret),
    )
    return answer.status, json.loads(answer.text).get("access_token", "")


def access_token(web: Web, proof: Proof) -> Proof:
    """An access token that this proof obtains."""
    status, token = take_token(web, proof)
    assert status == 200, proof
    return Proof(f"access token of the {proof.what}", token)


def one_of_each_kind(tenant: Any) -> dict[str, tuple[ApiClient, list[Proof]]]:
    """A client, a channel, a bearer token and an access token, each with its working proofs."""
    reach: dict[str, Any] = {"roles": ROLES, "all_customers": True, "all_warehouses": True}
    client = services.create_client(tenant=tenant, actor=ACTOR, values=ClientInput(name="Connector", **reach))
    secret = services.generate_credentials(client=client, actor=ACTOR)
    channel = services.create_channel(
        tenant=tenant, actor=ACTOR, values=channel_input("Shop"), reach=ClientInput(name="Shop", **reach)
    )
    confirmed = services.confirm_channel(client=channel.client, actor=ACTOR)
    bearer = services.create_bearer(tenant=tenant, actor=ACTOR, name="Robot", roles=ROLES)
    access = services.create_access(tenant=tenant, actor=ACTOR, username="ship.team", roles=ROLES)
    return {
        "client": (client, [Proof("client secret", secret.client_secret, secret.client_id)]),
        "channel": (
            channel.client,
            [
                Proof("channel password", channel.password, channel.username),
                Proof("API token", confirmed.bearer_token),
            ],
        ),
        "bearer": (bearer.client, [Proof("bearer token", bearer.bearer_token)]),
        "access": (
            access.client,
            [Proof("password", access.password, "ship.team"), Proof("access token", access.bearer_token)],
        ),
    }


def channel_input(name: str) -> ChannelInput:
    """What the wizard of a channel asks for, without a webhook."""
    return ChannelInput(
        name=name,
        configuration=Configuration.MANUAL,
        threshold_weight=Decimal(1),
        threshold_volume=Decimal("0.01"),
    )


def call_with(port: int, tenant: Any, proofs: Sequence[Proof], number: int) -> Counter[tuple[str, int]]:
    """So many calls that take turns with the proofs, over many connections; how often each was answered how."""
    fast = [proof for proof in proofs if not proof.is_slow]
    slow = [proof for proof in proofs if proof.is_slow]
    calls = [proof for proof in slow for _ in range(MOST_BY_PASSWORD)]
    calls += [fast[turn % len(fast)] for turn in range(number - len(calls))]

    def some(batch: list[Proof]) -> list[tuple[str, int]]:
        with Web(port) as web:
            return [(proof.what, proof.call(web, tenant)) for proof in batch]

    batches = [calls[start : start + PER_CONNECTION] for start in range(0, len(calls), PER_CONNECTION)]
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        return Counter(answer for answers in pool.map(some, batches) for answer in answers)

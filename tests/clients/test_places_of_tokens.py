"""A token counts in the Authorization header and nowhere else, whichever of the four kinds it is of."""

import io
import logging
from urllib.parse import urlencode

import pytest
from django.test import Client

from apps.clients import access_tokens, services
from apps.clients.authenticate import authenticate_client
from apps.clients.models import Configuration
from apps.clients.services import ChannelInput, ClientInput
from apps.usage.models import Call
from tests.clients.conftest import ACTOR

NAMES = ("access_token", "token", "bearer_token", "api_token", "Authorization")
KINDS = ("client", "channel", "channel password", "bearer", "access", "access password")


@pytest.fixture
def tokens(tenant, plan, customer, warehouse):
    """A working token of each kind, and those that a username and a password obtain."""
    client = services.create_client(
        tenant=tenant,
        actor=ACTOR,
        values=ClientInput(name="ERP", roles=["WMS_CREATE_JOBS"], all_customers=True, all_warehouses=True),
    )
    secret = services.generate_credentials(client=client, actor=ACTOR).client_secret
    pending = services.create_channel(
        tenant=tenant,
        actor=ACTOR,
        values=ChannelInput(
            name="Shop", configuration=Configuration.SMART, threshold_weight=1, threshold_volume=1
        ),
    )
    channel = services.confirm_channel(client=pending.client, actor=ACTOR)
    bearer = services.create_bearer(tenant=tenant, actor=ACTOR, name="Orders", roles=["WMS_CREATE_JOBS"])
    access = services.create_access(
        tenant=tenant, actor=ACTOR, username="ship.team", roles=["ORDER_API_ACCESS"]
    )

    def exchanged(client_id, proof):
        return access_tokens.issue(authenticate_client(client_id, proof, None))[0]

    found = (
        exchanged(client.client_id, secret),
        channel.bearer_token,
        exchanged(pending.client_id, pending.password),
        bearer.bearer_token,
        access.bearer_token,
        exchanged("ship.team", access.password),
    )
    return dict(zip(KINDS, found, strict=True))


@pytest.fixture
def log():
    """What the configured handler writes."""
    handler = next(found for found in logging.getLogger().handlers if type(found) is logging.StreamHandler)
    written = io.StringIO()
    before = handler.setStream(written)
    yield written
    handler.setStream(before)


@pytest.mark.parametrize("kind", KINDS)
def test_a_token_elsewhere_than_in_the_header_is_none_and_is_in_no_log(kind, tokens, tenant, log):
    token, path = tokens[kind], f"/tenants/{tenant.pk}/outbound-orders"
    accept = {"Accept-Version": "1"}
    assert Client(headers=accept | {"Authorization": f"Bearer {token}"}).get(path).status_code == 200
    for name in NAMES:
        query = urlencode({name: token})
        cookie = Client(headers=accept)
        cookie.cookies[name] = token
        refused = (
            Client(headers=accept).get(f"{path}?{query}"),
            Client(headers=accept).post(f"{path}?{query}", {}, content_type="application/json"),
            Client(headers=accept).post(path, query, content_type="application/x-www-form-urlencoded"),
            Client(headers=accept).post(path, {name: token}),
            cookie.get(path),
            Client(headers=accept | {"X-Api-Key": token, "Proxy-Authorization": f"Bearer {token}"}).get(path),
        )
        for answer in refused:
            assert answer.status_code == 401, name
            assert answer["WWW-Authenticate"].startswith("Bearer")
            assert token.encode() not in answer.content and token not in str(answer.headers)
        logging.getLogger("gatepass.test").warning("GET %s?%s with %s", path, query, token)
    written = log.getvalue()
    assert "gatepass.test" in written
    assert token not in written
    assert token not in str(list(Call.objects.values()))

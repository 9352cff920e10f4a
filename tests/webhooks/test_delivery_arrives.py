"""From what happens in other apps to a receiver that verifies: every event, and after the sealing keys have changed."""

import base64
import json
import os
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from standardwebhooks import Webhook

from apps.billing.alerts import alert_all
from apps.clients import jobs as clients
from apps.clients.models import ApiClient
from apps.webhooks.endpoints import create_endpoint, rotate_signing_key
from apps.webhooks.events import EVENTS
from apps.webhooks.models import Delivery, DeliveryState, Endpoint
from tests.billing.billing_world import a_client, a_tenant, load, spread, utc
from tests.operations.test_commands import answer
from tests.webhooks.conftest import ACTOR

pytestmark = pytest.mark.django_db


def verified(request, key):
    """The body of what arrived, which the package of the specification has accepted."""
    headers = {name.lower(): value for name, value in request["headers"].items()}
    return Webhook(key).verify(request["body"], headers)


def named(receiver, event):
    return [request for request in receiver.received if request["headers"]["Gatepass-Event"] == event]


def test_every_event_arrives_as_the_specification_says(tenant, receiver, tell, send):
    endpoint, key = create_endpoint(tenant=tenant, name="WMS", url=receiver.url, actor=ACTOR)
    for name in EVENTS:
        tell(event=name, body={"name": name, "text": "Größe 5 ½ – \u2028 \U0001f69a"})
    send()
    rotated = rotate_signing_key(endpoint=endpoint, expected_number=1, actor=ACTOR)
    for name in EVENTS:
        tell(event=name, body={"name": name})
    send()
    assert len(receiver.received) == 2 * len(EVENTS)
    for number, request in enumerate(receiver.received):
        name = request["headers"]["Gatepass-Event"]
        keys = [key] if number < len(EVENTS) else [key, rotated]
        assert all(verified(request, one)["name"] == name for one in keys)


def test_an_allowance_that_is_used_is_told_to_the_endpoints_that_asked(tmp_path, receiver, send):
    tenant = a_tenant(warehouse_orders=20)
    _, key = create_endpoint(
        tenant=tenant, name="Ops", url=receiver.url, events=["usage.threshold_reached"], actor=ACTOR
    )
    create_endpoint(
        tenant=tenant, name="Orders", url=receiver.url, events=["outbound-order.created"], actor=ACTOR
    )
    client = a_client(tenant)
    with time_machine.travel(utc(2026, 9, 30), tick=True):
        for calls in (50, 45):
            load(tmp_path, spread(client, {200: calls}))
            assert alert_all() == 1
            assert alert_all() == 0
            send()
        bodies = [verified(request, key) for request in receiver.received]
    assert [(body["percent"], body["billable"], body["included"]) for body in bodies] == [
        (50, 50, 100),
        (80, 95, 100),
    ]
    assert {body["week"] for body in bodies} == {"2026-09-28"} and bodies[0]["tenant"] == str(tenant.pk)
    assert Delivery.objects.filter(state=DeliveryState.DELIVERED).count() == Delivery.objects.count() == 2


def test_a_client_that_expires_is_told_to_the_endpoints_that_asked(tenant, receiver, send):
    _, key = create_endpoint(
        tenant=tenant, name="Ops", url=receiver.url, events=["credential.expiring"], actor=ACTOR
    )
    expires = timezone.now() + timedelta(days=6)
    client = ApiClient.objects.create(
        tenant=tenant, name="ERP", client_id="gpc-erp", all_customers=True, expires=expires
    )
    assert (clients.warn_of_expiry(), clients.warn_of_expiry()) == (1, 0)
    send()
    [request] = named(receiver, "credential.expiring")
    body = verified(request, key)
    assert (body["clientId"], body["days"], body["client"]) == (client.client_id, 7, str(client.pk))


def test_all_channels_still_deliver_while_and_after_the_sealing_keys_change(
    tenant, receiver, tell, send, settings
):
    keys = {}
    for number in range(5):
        token = f"Bearer of {number}"
        _, keys[f"/{number}"] = create_endpoint(
            tenant=tenant,
            name=f"Hook {number}",
            url=f"{receiver.url}/{number}",
            auth_token=token,
            actor=ACTOR,
        )
    old, new = settings.SEALING_KEYS, f"new:{base64.b64encode(os.urandom(32)).decode()}"
    for configured, command in (
        (old, ""),
        (f"{new},{old}", ""),
        (f"{new},{old}", "rotate_sealing_key"),
        (new, ""),
    ):
        settings.SEALING_KEYS = configured
        if command:
            assert answer(command)["webhook_secrets"] == 2 * len(keys)
        receiver.received.clear()
        event = tell()
        send()
        assert len(receiver.received) == len(keys)
        for request in receiver.received:
            path = request["path"].removeprefix("/hooks")
            assert verified(request, keys[path])["id"] == str(event.entity_id)
            assert request["headers"]["Authorization"] == f"Bearer of {path[1:]}"
    assert not Endpoint.objects.filter(failing_since__isnull=False).exists()
    assert json.dumps(list(Endpoint.objects.values()), default=str).count("s1.new.") == 2 * len(keys)

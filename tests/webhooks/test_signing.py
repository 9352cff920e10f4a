"""Signatures as the specification has them, sealed keys, and which endpoints an event goes to."""

import uuid
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from standardwebhooks import Webhook

from apps.core import sealing
from apps.webhooks import signing
from apps.webhooks.endpoints import create_endpoint, pause, remove_endpoint
from apps.webhooks.models import Delivery, DeliveryState, Event
from apps.webhooks.sealed import seal, unseal
from tests.customers.factories import CustomerFactory, WarehouseFactory
from tests.factories import TenantFactory
from tests.orders.factories import ProductFactory, make_order, stocked
from tests.webhooks.conftest import ACTOR

URL = "https://hooks.example.com/gatepass"


def hook(tenant, name="WMS", **more):
    return create_endpoint(tenant=tenant, name=name, url=URL, actor=ACTOR, **more)


@pytest.fixture
def at_rest(tenant):
    """An endpoint that nothing is sent to in these tests, with its key."""
    return hook(tenant)


# The example of the specification (standardwebhooks.com, "Signature scheme").
VECTOR_KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
VECTOR_ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
VECTOR_AT = datetime.fromtimestamp(1614265330, UTC)
VECTOR_BODY = '{"test": 2432232314}'
VECTOR_SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("zone", ["UTC", "Australia/Brisbane", "America/St_Johns", "Pacific/Chatham"])
def test_the_published_vector_comes_out_in_every_zone(tenant, at_rest, tell, zone):
    tell()
    delivery = Delivery.objects.select_related("event", "endpoint").get()
    delivery.event.message_id, delivery.event.body = VECTOR_ID, VECTOR_BODY
    delivery.endpoint.signing_key_sealed = seal(delivery.endpoint, "signing_key", VECTOR_KEY)
    headers = signing.headers(delivery, VECTOR_AT.astimezone(ZoneInfo(zone)))
    assert headers["webhook-id"] == VECTOR_ID
    assert headers["webhook-timestamp"] == "1614265330"
    assert headers["webhook-signature"] == VECTOR_SIGNATURE


def test_a_key_has_the_form_of_the_standard(tenant, at_rest):
    endpoint, key = at_rest
    assert key.startswith("whsec_")
    assert len(Webhook(key)._whsecret) == 32
    assert unseal(endpoint, "signing_key") == key and key not in endpoint.signing_key_sealed


def test_what_is_sealed_opens_in_its_own_row_tenant_and_field_alone(tenant, at_rest):
    endpoint, _ = at_rest
    second, _ = hook(tenant, "Second", auth_token="Bearer second")
    elsewhere, _ = hook(TenantFactory.create(), auth_token="Bearer third")
    sealed = endpoint.signing_key_sealed
    for row in (second, elsewhere):
        row.signing_key_sealed = sealed
        with pytest.raises(sealing.SealError):
            unseal(row, "signing_key")
    endpoint.auth_token_sealed = sealed
    with pytest.raises(sealing.SealError):
        unseal(endpoint, "auth_token")
    endpoint.previous_key_sealed = sealed
    assert unseal(endpoint, "previous_key") == unseal(endpoint, "signing_key")


@pytest.mark.django_db(transaction=True)
def test_a_key_that_no_sealing_key_opens_any_more_is_said_in_words(endpoint, receiver, tell, send, settings):
    tell()
    settings.SEALING_KEYS = "other:b3RoZXItc2VhbGluZy1rZXktb2YtMzItYnl0ZXMtISE="
    send()
    delivery = Delivery.objects.get()
    assert receiver.received == [] and delivery.state == DeliveryState.PENDING
    attempt = delivery.attempts.get()
    assert attempt.status is None and "can't be opened" in attempt.error and "Rotate it" in attempt.error


def sent_to(event):
    return sorted(event.deliveries.values_list("endpoint__name", flat=True)) if event else []


def test_an_event_goes_to_the_endpoints_that_want_it(tenant, tell):
    customer, channel = uuid.uuid4(), uuid.uuid4()
    hook(tenant, "All")
    hook(tenant, "Orders", events=["outbound-order.created"])
    hook(tenant, "Consignments", events=["consignment.created"])
    hook(tenant, "One customer", customer_ids=[customer])
    hook(tenant, "Customer and allowance", customer_ids=[customer], events=["usage.threshold_reached"])
    hook(tenant, "A channel", client_id=channel)
    hook(TenantFactory.create(), "Another tenant's")
    assert sent_to(tell()) == ["All", "Orders"]
    assert sent_to(tell(customer_id=customer)) == ["All", "One customer", "Orders"]
    assert sent_to(tell(channel_client_id=channel)) == ["A channel", "All", "Orders"]
    assert sent_to(tell(event="consignment.created")) == ["All", "Consignments"]
    assert sent_to(tell(event="usage.threshold_reached")) == ["All", "Customer and allowance"]


def test_where_nobody_listens_nothing_is_written(tenant, tell):
    endpoint, _ = hook(tenant)
    remove_endpoint(endpoint=endpoint, actor=ACTOR)
    assert tell() is None
    assert not Event.objects.exists() and not Delivery.objects.exists()


def test_events_of_a_pause_are_kept(tenant, tell):
    endpoint, _ = hook(tenant)
    pause(endpoint=endpoint, actor=ACTOR)
    assert sent_to(tell()) == ["WMS"]


def test_an_order_and_its_event_stand_or_fall_together(tenant, monkeypatch):
    hook(tenant)
    depot = WarehouseFactory.create(tenant=tenant, is_default=True)
    mug = ProductFactory.create(customer=CustomerFactory.create(tenant=tenant), code="MUG-12")
    stocked(mug, depot, 10)

    def fail(*args, **options):
        raise RuntimeError("the outbox can't be written")

    make_order(mug.customer, ("MUG-12", 1), reference="SO-1")
    event = Event.objects.get(name="outbound-order.created")
    assert event.reference == "SO-1" and '"SO-1"' in event.body and event.customer_id == mug.customer.pk
    monkeypatch.setattr(Delivery.objects, "bulk_create", fail)
    with pytest.raises(RuntimeError):
        make_order(mug.customer, ("MUG-12", 1), reference="SO-2")
    assert not mug.customer.orders.filter(reference="SO-2").exists()
    assert Event.objects.filter(reference="SO-2").count() == 0

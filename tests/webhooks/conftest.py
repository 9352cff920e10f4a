"""What the tests of webhooks share."""

import uuid
from functools import partial
from ipaddress import ip_network

import pytest

from apps.audit.actors import command
from apps.webhooks.endpoints import create_endpoint
from apps.webhooks.sender import Sender
from apps.webhooks.services import emit
from tests.webhooks.receivers import Receiver

ACTOR = command("test")


@pytest.fixture
def _open_door(settings):
    settings.WEBHOOK_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]
    settings.WEBHOOK_ALLOW_HTTP = True


@pytest.fixture
def receiver(_open_door):
    """A receiver that answers 200."""
    with Receiver() as running:
        yield running


@pytest.fixture
def endpoint(tenant, receiver):
    """An endpoint of the tenant at that receiver."""
    return create_endpoint(tenant=tenant, name="Warehouse system", url=receiver.url, actor=ACTOR)[0]


def write_event(tenant, *, order=None, sequence=1, **more):
    """Write one event of an order to the outbox."""
    order = order or uuid.uuid4()
    values = {
        "event": "outbound-order.created",
        "entity_type": "outbound-order",
        "reference": "SO-1001",
        "body": {"id": str(order), "version": sequence},
        **more,
    }
    return emit(tenant_id=tenant.pk, entity_id=order, sequence=sequence, **values)


def send_due(**options):
    """Send what is due as the worker does, until nothing more is."""
    sender = Sender(**{"threads": 4, **options})
    try:
        while sender.step() or sender.is_busy:
            continue
    finally:
        sender.close()


@pytest.fixture
def tell(tenant):
    """Return `tell(...)`, which writes one event of an order of the tenant to the outbox."""
    return partial(write_event, tenant)


@pytest.fixture
def send():
    """Return `send()`, which sends what is due."""
    return send_due

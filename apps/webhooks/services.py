"""Writing events to the outbox, and sending some of them again."""

import uuid
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.audit.actors import Actor
from apps.audit.services import record
from apps.core import jsontext
from apps.webhooks.models import FINISHED, Delivery, DeliveryState, Endpoint, EndpointState, Event


def emit(
    *,
    tenant_id: UUID,
    event: str,
    entity_type: str,
    entity_id: UUID,
    sequence: int,
    body: dict[str, Any],
    customer_id: UUID | None = None,
    channel_client_id: UUID | None = None,
    reference: str = "",
) -> Event | None:
    """Write an event to the outbox, in the transaction of the change that it tells of.

    `body` is the entity as GET returns it, `sequence` its version. Returns None where no endpoint wants the event.
    """
    endpoints = Endpoint.objects.all().wanting(tenant_id, event, customer_id, channel_client_id)
    if not endpoints:
        return None
    row = Event.objects.create(
        message_id=f"msg_{uuid.uuid4().hex}",
        tenant_id=tenant_id,
        name=event,
        entity_type=entity_type,
        entity_id=entity_id,
        sequence=sequence,
        customer_id=customer_id,
        reference=reference,
        body=jsontext.dumps(body).decode(),
    )
    Delivery.objects.bulk_create(_new_delivery(row, endpoint) for endpoint in endpoints)
    return row


@transaction.atomic
def send_test(*, endpoint: Endpoint, actor: Actor) -> Delivery:
    """Queue an event for this endpoint alone that is marked as a test; it is not billed."""
    test_id = uuid.uuid4()
    body = {"id": str(test_id), "type": "TEST", "message": "A test from Gatepass.", "endpoint": endpoint.name}
    event = Event.objects.create(
        message_id=f"msg_{uuid.uuid4().hex}",
        tenant_id=endpoint.tenant_id,
        name="test",
        entity_type="test",
        entity_id=test_id,
        reference="test",
        body=jsontext.dumps(body).decode(),
        is_test=True,
    )
    delivery = _new_delivery(event, endpoint)
    delivery.save()
    record("webhook.tested", actor=actor, tenant_id=endpoint.tenant_id, target=endpoint)
    return delivery


@transaction.atomic
def resend(*, delivery: Delivery, actor: Actor) -> bool:
    """Send a delivered or failed event again under the same `webhook-id`; False if it is on its way already."""
    endpoint = Endpoint.objects.select_for_update(no_key=True).get(pk=delivery.endpoint_id)
    if endpoint.state == EndpointState.REMOVED:
        return False
    finished = Delivery.objects.filter(pk=delivery.pk, state__in=FINISHED)
    if not finished.update(**_again()):
        return False
    record(
        "webhook.resent",
        actor=actor,
        tenant_id=delivery.endpoint.tenant_id,
        target=delivery.endpoint,
        after={"message": delivery.event.message_id},
    )
    return True


@transaction.atomic
def resend_failed(*, endpoint: Endpoint, since: datetime, actor: Actor) -> int:
    """Send everything again that failed for good since a moment, the oldest first; return how many."""
    endpoint = Endpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)
    failed = Delivery.objects.failed_since(endpoint, since)
    count = 0 if endpoint.state == EndpointState.REMOVED else failed.update(**_again())
    record(
        "webhook.failed_resent",
        actor=actor,
        tenant_id=endpoint.tenant_id,
        target=endpoint,
        after={"since": since, "events": count},
    )
    return count


def _new_delivery(event: Event, endpoint: Endpoint) -> Delivery:
    # Due even where the endpoint is paused: the worker holds it back under the endpoint's lock, so that nothing is
    # held for ever because somebody resumed the endpoint at this very moment.
    return Delivery(event=event, endpoint=endpoint, entity_id=event.entity_id, due=timezone.now())


def _again() -> dict[str, Any]:
    return {"state": DeliveryState.PENDING, "due": timezone.now(), "tries": 0, "finished_at": None}

"""Attaching files to orders."""

import base64
import binascii
from typing import Any

from django.db import transaction

from apps.audit.actors import Actor
from apps.core.reading import Node
from apps.orders import wire
from apps.orders.models import Document, Order
from apps.orders.services import history
from apps.webhooks.services import emit

LARGEST = 5 * 1024 * 1024
MOST = 50


@transaction.atomic
def attach_document(*, order: Order, payload: Any, actor: Actor) -> Document:
    """Store the file that a document describes (partner_api §4.5); raises `Invalid` with every fault."""
    root = Node(payload)
    kind = root["type"].text(limit=64, required=True) or ""
    content = root["content"].object(required=True)
    name = content["name"].text(required=content.is_set) or ""
    data = _bytes(content["data"], required=content.is_set)
    if order.documents.count() >= MOST:
        root.fail(f"An order has at most {MOST} documents.")
    root.finish()
    document = Document.objects.create(
        tenant_id=order.tenant_id, order=order, type=kind, name=name.strip(), data=data
    )
    history.audit(order, actor=actor, verb="document_attached")
    emit(
        tenant_id=order.tenant_id,
        event="outbound-document.created",
        entity_type="outbound-document",
        entity_id=document.pk,
        sequence=1,
        customer_id=order.customer_id,
        channel_client_id=order.channel_client_id,
        reference=order.reference,
        body=wire.document_json(document),
    )
    return document


def _bytes(node: Node, *, required: bool) -> bytes:
    if node.value is None:
        if required:
            node.fail("This member is required.")
        return b""
    try:
        if not isinstance(node.value, str):
            raise ValueError
        data = base64.b64decode(node.value, validate=True)
    except (ValueError, binascii.Error):
        node.fail("This must be a file in base64.")
        return b""
    if not data or len(data) > LARGEST:
        node.fail(f"A file has 1 to {LARGEST} bytes.")
    return data

"""Documents of outbound orders (#12 to #16)."""

import base64
import mimetypes
from typing import Any, cast
from uuid import UUID

from apps.clients.roles import Permission
from apps.core.reading import Node
from apps.orders import selectors, wire
from apps.orders.models import Direction, Document
from apps.orders.one import one_order
from apps.orders.services import attach_document
from apps.partner_api import samples
from apps.partner_api.answers import Answer, ApiError, not_found
from apps.partner_api.calls import ApiCall
from apps.partner_api.declare import MEBIBYTE, PAGE, SIZE, endpoint
from apps.partner_api.endpoints.orders import fetch_order
from apps.partner_api.paging import page_of
from apps.partner_api.schemas import DocumentOut

# Base64 takes a third more than the file.
_LARGEST_BODY = 8 * MEBIBYTE
_PATH = "/outbound-orders/{orderId}/documents"


@endpoint(
    "GET",
    _PATH,
    name="documents.list",
    summary="The documents of an outbound order",
    needs=Permission.DOCUMENTS_LIST,
    query=(PAGE, SIZE),
    paged=True,
    prefer=("minimal",),
    returns={200: list[DocumentOut]},
)
def list_documents(call: ApiCall, order_id: UUID) -> Answer:
    """Each with its id, type and name, never with its content."""
    order = fetch_order(call, order_id, Direction.OUTBOUND)
    rows = selectors.documents(call.tenant, order)
    return page_of(
        call, lambda start, stop: list(rows[start:stop]), rows.count, _short, whole=True, minimal=_short
    )


@endpoint(
    "POST",
    _PATH,
    name="documents.create",
    summary="Attach a document to an outbound order",
    needs=Permission.DOCUMENTS,
    body=samples.DOCUMENT_BODY,
    max_body=_LARGEST_BODY,
    returns={201: DocumentOut},
)
def attach(call: ApiCall, order_id: UUID) -> Answer:
    """`content.data` is the file in base64, at most 5 MiB; the customer's settings have to allow it."""
    document = _attach(call, order_id)
    return Answer(wire.document_json(document, data=_base64(document)), status=201)


@endpoint(
    "POST",
    "/documents",
    name="documents.create-by-owner",
    summary="Attach a document to the outbound order that it names",
    needs=Permission.DOCUMENTS,
    body=samples.OWNED_DOCUMENT_BODY,
    max_body=_LARGEST_BODY,
    returns={201: DocumentOut},
)
def attach_by_owner(call: ApiCall) -> Answer:
    """`owner.type` is OUTBOUND and `owner.id` the order's; the answer is without the content."""
    root = Node(call.body)
    owner = root["owner"].object(required=True)
    if owner.is_set and owner["type"].choice(["OUTBOUND"]) is None and not owner["type"].problems:
        owner["type"].fail("This member is required.")
    order_id = owner["id"].uuid()
    order = one_order(call.tenant, Direction.OUTBOUND, call.scope, order_id) if order_id else None
    if owner.is_set and order is None:
        owner["id"].fail("There is no such order, or this client has no access to it.")
    root.finish()
    return Answer(wire.document_json(_attach(call, cast(UUID, order_id))), status=201)


@endpoint(
    "GET",
    _PATH + "/{documentId}",
    name="documents.get",
    summary="One document with its content in base64",
    needs=Permission.DOCUMENTS,
    returns={200: DocumentOut},
)
def get_document(call: ApiCall, order_id: UUID, document_id: UUID) -> Answer:
    """`content.data` is the file."""
    document = _fetch(call, order_id, document_id)
    return Answer(wire.document_json(document, data=_base64(document)))


@endpoint(
    "GET",
    _PATH + "/{documentId}/download",
    name="documents.download",
    summary="The file itself",
    needs=Permission.DOCUMENTS,
    returns={200: bytes},
)
def download(call: ApiCall, order_id: UUID, document_id: UUID) -> Answer:
    """The bytes as they were attached, always as a download."""
    document = _fetch(call, order_id, document_id)
    guessed = mimetypes.guess_type(document.name)[0] or "application/octet-stream"
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in document.name)
    headers = {"Content-Disposition": f'attachment; filename="{plain}"'}
    return Answer(raw=bytes(document.data), content_type=guessed, headers=headers)


def _attach(call: ApiCall, order_id: UUID) -> Document:
    order = fetch_order(call, order_id, Direction.OUTBOUND)
    if not order.customer.order_settings.allow_document_upload:
        raise ApiError(
            403, "This customer's settings do not allow attaching documents.", reason="not_allowed"
        )
    return attach_document(order=order, payload=call.body, actor=call.actor)


def _short(document: Document) -> dict[str, Any]:
    return wire.document_json(document, short=True)


def _base64(document: Document) -> str:
    return base64.b64encode(bytes(document.data)).decode()


def _fetch(call: ApiCall, order_id: UUID, document_id: UUID) -> Document:
    order = fetch_order(call, order_id, Direction.OUTBOUND)
    document: Document | None = selectors.documents(call.tenant, order).filter(pk=document_id).first()
    if document is None:
        raise not_found()
    return document

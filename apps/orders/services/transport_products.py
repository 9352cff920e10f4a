"""Storing transport products (partner_api §3, #36): what a customer has carried, with the measures of one."""

from decimal import Decimal
from typing import Any, cast

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.audit.actors import Actor
from apps.audit.services import record
from apps.core.problems import Invalid, Problem
from apps.core.reading import Node
from apps.customers.models import Customer
from apps.customers.resolve import resolve_customer
from apps.orders.models import TransportProduct
from apps.orders.types import Scope
from apps.tenants.models import Tenant

MAX_MEMBERS = 200
MEASURES = ("weight", "length", "width", "height", "cubic", "pallets", "spaces")


@transaction.atomic
def create_transport_product(*, tenant: Tenant, scope: Scope, payload: Any, actor: Actor) -> TransportProduct:
    """Store the product that a document describes; raises `Invalid` with every fault."""
    root = _root(payload)
    customer = resolve_customer(root["customer"], tenant=tenant, scope=scope)
    columns = _read(root)
    root.finish()
    now = timezone.now()
    product = TransportProduct(
        created=now, modified=now, tenant=tenant, customer=cast(Customer, customer), **columns
    )
    _save(product)
    record(
        "transport_product.created",
        actor=actor,
        tenant_id=tenant.pk,
        target=product,
        after={"code": product.code, "customer": product.customer.name},
    )
    return product


@transaction.atomic
def update_transport_product(*, product: TransportProduct, payload: Any, actor: Actor) -> TransportProduct:
    """Replace a product by what a document describes; its customer stays, whatever the document says."""
    root = _root(payload)
    columns = _read(root)
    root.finish()
    rows = TransportProduct.objects.select_for_update(of=("self",)).select_related("tenant", "customer")
    held: TransportProduct = rows.get(pk=product.pk)
    before = {name: getattr(held, name) for name in columns}
    for name, value in columns.items():
        setattr(held, name, value)
    held.modified = timezone.now()
    _save(held)
    changed = [name for name, value in columns.items() if before[name] != value]
    record(
        "transport_product.updated",
        actor=actor,
        tenant_id=held.tenant_id,
        target=held,
        before={name: before[name] for name in changed},
        after={name: columns[name] for name in changed},
    )
    return held


def _root(payload: Any) -> Node:
    if not isinstance(payload, dict):
        raise Invalid.at("", "The body must be a JSON object.")
    return Node(payload)


def _read(root: Node) -> dict[str, Any]:
    """The product's columns; faults are left in the document."""
    scope = root["scope"].text()
    if scope is not None and scope != "TRANSPORT":
        root["scope"].fail("This must be TRANSPORT.")
    references = root["references"].object(required=True)
    code = references["code"].text(limit=100, required=references.is_set) or ""
    active = root["details"].object()["active"].boolean()
    measures = root["measures"].object()
    amounts = {name: measures[name].decimal(minimum=Decimal(0)) for name in MEASURES}
    properties = root["properties"].object()
    if properties.is_set and len(properties.value) > MAX_MEMBERS:
        properties.fail(f"At most {MAX_MEMBERS} properties are allowed.")
    return {
        "code": code.strip(),
        "name": (root["name"].text(limit=200, required=True) or "").strip(),
        "description": root["description"].text(limit=4000) or "",
        "type": root["type"].text(limit=64) or "General",
        "is_active": True if active is None else active,
        "measures": {name: amount for name, amount in amounts.items() if amount is not None},
        "references": {
            name: text
            for name, member in references.members()
            if name not in ("code", "numericId") and (text := member.text()) is not None
        },
        "properties": dict(properties.value or {}),
    }


def _save(product: TransportProduct) -> None:
    rows = TransportProduct.objects.filter(customer_id=product.customer_id, code=product.code)
    if taken := rows.exclude(pk=product.pk).first():
        raise _duplicate(str(taken.pk))
    try:
        with transaction.atomic():
            product.save()
    except IntegrityError:
        # Somebody took the code between the look and the write.
        raise _duplicate("") from None


def _duplicate(product_id: str) -> Invalid:
    details = {"duplicateId": product_id} if product_id else {}
    return Invalid(
        [Problem("/references/code", "A product with this code already exists.", "DUPLICATE", details)]
    )

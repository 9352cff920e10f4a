"""Products, orders and what belongs to them, exactly as the Partner API serves them (partner_api §4).

Numbers stay Decimal and ids UUID: `core.jsontext.dumps` writes them. Members that are unset are left out.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import timezone

from apps.customers.models import Customer
from apps.customers.wire import (
    customer_json,
    customer_reference,
    warehouse_address,
    warehouse_json,
    warehouse_reference,
)
from apps.orders.models import (
    Consignment,
    Document,
    Order,
    OrderLine,
    Product,
    Promotion,
    Status,
    TransportProduct,
    UnitOfMeasure,
)

__all__ = [
    "consignment_json",
    "customer_json",
    "document_json",
    "order_json",
    "product_json",
    "product_reference",
    "promotion_json",
    "timestamp",
    "transport_product_json",
    "warehouse_json",
]

Json = dict[str, Any]


def timestamp(moment: datetime, zone: str) -> dict[str, str]:
    """A moment in the tenant's zone, to the second."""
    return {"time": moment.astimezone(ZoneInfo(zone)).isoformat(timespec="seconds")}


def _timestamps(zone: str, **moments: datetime | None) -> Json:
    return {name: timestamp(moment, zone) for name, moment in moments.items() if moment}


def _set(**members: Any) -> Json:
    """The members that have a value."""
    return {name: value for name, value in members.items() if value is not None and value != ""}


# --- Products -----------------------------------------------------------------------------------------------------


class PlainProduct(NamedTuple):
    """What a line says of its product, where no model is needed."""

    id: UUID
    code: str
    name: str
    customer: Customer


class PlainLine(NamedTuple):
    """What the wire has of an order's line, where no model is needed: a page of orders has hundreds of them."""

    id: UUID
    product: PlainProduct | None
    product_sent: Json
    unit: str
    unit_name: str
    quantity: Decimal
    state: str
    unit_price: Json
    properties: Json


def product_reference(product: Product | PlainProduct) -> Json:
    """A product where an order's line names it."""
    return {
        "id": product.id,
        "name": product.name,
        "references": {"code": product.code},
        "customer": customer_reference(product.customer),
    }


def product_json(product: Product) -> Json:
    """A warehouse product as GET returns it; join `customer`, `tenant` and prefetch `units` for a list."""
    body: Json = {
        "id": product.pk,
        "scope": "WAREHOUSE",
        "type": product.type,
        "references": {**product.references, "code": product.code},
        "customer": customer_reference(product.customer),
        "name": product.name,
        "description": product.description,
        "details": {"active": product.is_active, "variableWeight": False, **product.details},
        "itemPropertyRequirements": product.item_property_requirements,
        "defaultUnitOfMeasure": product.default_unit,
        "unitOfMeasures": {unit.code: _unit(unit) for unit in product.units.all()},
        "notifications": product.notifications,
        "timestamps": _timestamps(product.tenant.zone, created=product.created, modified=product.modified),
    }
    return body if product.description else {name: body[name] for name in body if name != "description"}


def _unit(unit: UnitOfMeasure) -> Json:
    return _set(
        baseQty=unit.base_quantity,
        weight=unit.weight,
        length=unit.length,
        width=unit.width,
        height=unit.height,
        volume=unit.volume,
        barcode=unit.barcode,
        name=unit.name,
        isDirectlyShippable=unit.is_directly_shippable,
    )


def transport_product_json(product: TransportProduct) -> Json:
    """A transport product as GET returns it; join `customer` and `tenant` for a list."""
    body: Json = {
        "id": product.pk,
        "scope": "TRANSPORT",
        "type": product.type,
        "references": {**product.references, "code": product.code},
        "customer": customer_reference(product.customer),
        "name": product.name,
        **_set(description=product.description),
        "details": {"active": product.is_active},
    }
    if product.measures:
        body["measures"] = product.measures
    body["properties"] = product.properties
    body["timestamps"] = _timestamps(product.tenant.zone, created=product.created, modified=product.modified)
    return body


# --- Orders -------------------------------------------------------------------------------------------------------


def order_json(order: Order, *, items: bool = True) -> Json:
    """An order of either direction as GET returns it; `Order.objects.for_wire()` joins all it needs."""
    body: Json = {
        "id": order.pk,
        "type": order.direction,
        "status": order.status,
        "version": order.version,
        "references": {**order.references, "customer": order.reference, "numericId": order.numeric_id},
        "customer": customer_reference(order.customer),
    }
    if order.warehouse:
        body["warehouse"] = warehouse_reference(order.warehouse)
    body["details"] = _details(order)
    if measures := _set(weight=order.weight, cubic=order.cubic):
        body["measures"] = measures
    body["properties"] = order.properties
    if items:
        body["items"] = [_line(line, order.is_outbound) for line in order.lines.all()]
    body["timestamps"] = _timestamps(
        order.tenant.zone,
        created=order.created,
        modified=order.modified,
        packed=order.packed_at,
        dispatched=order.dispatched_at,
        verified=order.verified_at,
    )
    return body


def _details(order: Order) -> Json:
    details = dict(order.details)
    if order.is_outbound and order.warehouse and (address := warehouse_address(order.warehouse)):
        details["collect"] = {**details.get("collect", {}), "address": address}
    if not order.is_outbound:
        details["hasChildren"] = False
    if order.status == Status.REJECTED:
        details["errors"] = order.errors
    if order.defaulted:
        details["defaulted"] = order.defaulted
    return details


def _line(line: OrderLine | PlainLine, is_outbound: bool) -> Json:
    details: Json = {"product": product_reference(line.product) if line.product else line.product_sent}
    if line.unit:
        details["unitOfMeasure"] = _set(type=line.unit, name=line.unit_name)
    if line.unit_price:
        details["approximateUnitPrice"] = line.unit_price
    body: Json = {
        "id": line.id,
        "type": "ITEM",
        "details": details,
        "measures": {"quantity": line.quantity},
        "properties": line.properties,
    }
    return body if is_outbound else {**body, "status": line.state}


# --- What belongs to orders ---------------------------------------------------------------------------------------


def consignment_json(consignment: Consignment, *, items: bool = True) -> Json:
    """A consignment as GET returns it; join `customer`, `warehouse` and `tenant` for a list."""
    body: Json = {
        "id": consignment.pk,
        "type": "CONSIGNMENT",
        "status": consignment.status,
        "version": consignment.version,
        "references": {
            **consignment.references,
            **_set(customer=consignment.reference, tracking=consignment.tracking),
            "numericId": consignment.numeric_id,
        },
        "customer": customer_reference(consignment.customer),
    }
    if consignment.warehouse:
        body["warehouse"] = warehouse_reference(consignment.warehouse)
    body["details"] = {**consignment.details, "type": consignment.type}
    if consignment.measures:
        body["measures"] = consignment.measures
    body["properties"] = consignment.properties
    if items:
        body["items"] = consignment.items
    if consignment.order_id:
        body["generatedFromTask"] = {"id": consignment.order_id}
    body["timestamps"] = _timestamps(
        consignment.tenant.zone, created=consignment.created, modified=consignment.modified
    )
    return body


def document_json(document: Document, *, data: str | None = None, short: bool = False) -> Json:
    """A document; `data` is its content as base64 where that is asked for, `short` the form of a list."""
    body: Json = {
        "id": document.pk,
        "type": document.type,
        "content": {"name": document.name, **_set(data=data)},
    }
    return body if short else {**body, "owner": {"type": "OUTBOUND", "id": document.order_id}}


def promotion_json(promotion: Promotion, *, now: datetime | None = None) -> Json:
    """A promotion (Gatepass' own addition, partner_api §7); prefetch `products` for a list."""
    body: Json = {
        "id": promotion.pk,
        "name": promotion.name,
        "status": promotion.status_at(now or timezone.now()),
        "products": [
            {"id": product.pk, "name": product.name, "references": {"code": product.code}}
            for product in promotion.products.all()
        ],
        "discount": {"type": promotion.discount_type, "value": promotion.discount_value},
        "starts": timestamp(promotion.starts, promotion.tenant.zone)["time"],
    }
    if promotion.ends:
        body["ends"] = timestamp(promotion.ends, promotion.tenant.zone)["time"]
    if promotion.per_order is not None:
        body["limits"] = {"perOrder": promotion.per_order}
    return body

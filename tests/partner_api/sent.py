"""What callers send: the examples of the wire contract, and orders made from them."""

import json
from decimal import Decimal
from typing import Any

from apps.customers.models import Customer
from apps.orders.models import Product, Stock, UnitOfMeasure
from apps.tenants.models import Tenant, Warehouse

# Typed in from the wire contract; only the customer's id, which is invented there, is put in.
EXAMPLE = (
    '{"references":{"customer":"SO-771"},"customer":{"id":"CUSTOMER"},"details":{"deliver":{"address":{"contactName":'
    '"Kim Lee","address1":"9 Quay St","city":"Perth","postcode":"6000","state":{"code":"WA"},"country":{"iso2Code":'
    '"AU"}},"method":{"type":"SHIPPING"}}},"items":[{"details":{"product":{"references":{"code":"MUG-12"}}},'
    '"measures":{"quantity":3}}]}'
)
INBOUND_EXAMPLE = (
    '{"type":"INBOUND","status":"DRAFT","references":{"customer":"PO-88"},"customer":{"id":"CUSTOMER"},"warehouse":'
    '{"id":"WAREHOUSE"},"details":{"urgent":false},"items":[{"details":{"product":{"references":{"code":"MUG-12"}}},'
    '"measures":{"quantity":40}}]}'
)


def stocked(tenant: Tenant, customer: Customer, warehouse: Warehouse, code: str, name: str) -> Product:
    product = Product.objects.create(
        tenant=tenant, customer=customer, code=code, name=name, default_unit="CTN"
    )
    UnitOfMeasure.objects.create(product=product, code="CTN", name="Carton")
    Stock.objects.create(tenant=tenant, product=product, warehouse=warehouse, on_hand=Decimal(100))
    return product


def order(of: Customer, reference: str = "SO-1", **changes: Any) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(EXAMPLE.replace("CUSTOMER", str(of.pk)))
    body["references"]["customer"] = reference
    return {**body, **changes}


def arriving(of: Customer, at: Warehouse, reference: str = "PO-88", **changes: Any) -> dict[str, Any]:
    document = INBOUND_EXAMPLE.replace("CUSTOMER", str(of.pk)).replace("WAREHOUSE", str(at.pk))
    body: dict[str, Any] = json.loads(document)
    body["references"]["customer"] = reference
    return {**body, **changes}


def condition(*conditions: dict[str, Any], kind: str = "AndCondition") -> dict[str, Any]:
    return {"condition": {"type": kind, "conditions": list(conditions)}}


def compared(pointer: str, value: object, method: str = "EQUAL_TO", kind: str = "Text") -> dict[str, Any]:
    return {
        "type": f"{kind}ComparisonCondition",
        "field": {"type": "JsonField", "pointer": pointer},
        "value": {"type": "ValueField", "value": value},
        "method": method,
    }

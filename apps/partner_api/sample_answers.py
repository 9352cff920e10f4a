"""Answers as OpenAPI and the reference page show them: what the examples of `samples` get. Tests compare them."""

from typing import Any

from apps.partner_api.declare import Endpoint
from apps.partner_api.samples import OUTBOUND_EXAMPLE

Json = dict[str, Any]

_TIMES: Json = {
    "created": {"time": "2026-03-01T09:15:00+10:00"},
    "modified": {"time": "2026-03-01T09:15:00+10:00"},
}
_CUSTOMER: Json = {
    "id": "3c1e9a52-6f0d-4b7e-9a41-0c5be2d7a810",
    "name": "Blue Kettle Teas",
    "enabled": True,
    "references": {"code": "BKT"},
}
_WAREHOUSE: Json = {"id": "77aa41f0-93c2-4d16-8f5b-2e6d0b1c9a37", "name": "Default", "enabled": True}
_MUG: Json = {
    "id": "c4f07d1b-5a2e-4c98-b6d3-8e1f90a7425c",
    "name": "Mug 12oz",
    "references": {"code": "MUG-12"},
    "customer": _CUSTOMER,
}
_CARTON: Json = {"type": "CTN", "name": "Carton"}


def _line(identifier: str, quantity: int, **rest: Any) -> Json:
    return {
        "id": identifier,
        "type": "ITEM",
        "details": {"product": _MUG, "unitOfMeasure": _CARTON},
        "measures": {"quantity": quantity},
        "properties": {},
        **rest,
    }


_OUTBOUND: Json = {
    "id": "b7f0c6d2-1e84-4f3a-9c57-d02a6be8f419",
    "type": "OUTBOUND",
    "status": "AWAITING_PICK_AND_PACK",
    "version": 1,
    "references": {"customer": "SO-771", "numericId": "1042"},
    "customer": _CUSTOMER,
    "warehouse": _WAREHOUSE,
    "details": {
        "urgent": False,
        "allowSplitting": True,
        "deliver": {
            "address": OUTBOUND_EXAMPLE["details"]["deliver"]["address"]
            | {"country": {"iso2Code": "AU", "iso3Code": "AUS", "name": "Australia"}},
            "method": {"type": "SHIPPING"},
        },
    },
    "properties": {},
    "items": [_line("e1d5083c-7b46-4a92-8d0f-65c2f7a91b3e", 3)],
    "timestamps": _TIMES,
}
_INBOUND: Json = {
    "id": "0f6b2c8e-4d19-4e75-a3b8-91c7d5f0e264",
    "type": "INBOUND",
    "status": "DRAFT",
    "version": 1,
    "references": {"customer": "PO-88", "numericId": "1043"},
    "customer": _CUSTOMER,
    "warehouse": _WAREHOUSE,
    "details": {"urgent": False, "hasChildren": False},
    "properties": {},
    "items": [_line("9b30e7f4-2c6a-4815-bd9e-f4a81d63c052", 40, status="OK")],
    "timestamps": _TIMES,
}
_DOCUMENT: Json = {
    "id": "6d2fa970-8c35-4b1e-97d4-a05e3b8c61f2",
    "type": "OUTBOUND_ORDER_INVOICE",
    "content": {"name": "invoice.txt", "data": "SW52b2ljZSAxMDQy"},
    "owner": {"type": "OUTBOUND", "id": _OUTBOUND["id"]},
}
_REPORT: Json = {
    "id": "aa90d4b7-3f1c-4e62-85a9-7c0b6d2e918f",
    "type": "STOCK_ON_HAND",
    "status": "IN_PROCESS",
    "parameters": {
        "pageSize": 100,
        "customer": {"id": _CUSTOMER["id"]},
        "warehouse": {"name": "Default"},
        "aggregateBy": ["unitOfMeasure", "productStatus"],
    },
}
_REPORT_DONE: Json = {
    **_REPORT,
    "status": "SUCCESS",
    "reportTime": "2026-03-01 09:15:00",
    "items": [
        {
            "type": "ITEM",
            "details": {"product": _MUG, "unitOfMeasure": _CARTON},
            "measures": {
                "quantity": 100,
                "quantityFree": 97,
                "quantityAllocated": 3,
                "quantityIncoming": 0,
            },
            "properties": {"unitOfMeasure": _CARTON, "productStatus": "OK"},
        }
    ],
}
_PROMOTION: Json = {
    "id": "1b8e5f3d-60a7-4c29-b4f1-d93c72e0a685",
    "name": "Mugs in March",
    "status": "ACTIVE",
    "products": [{"id": _MUG["id"], "name": _MUG["name"], "references": _MUG["references"]}],
    "discount": {"type": "PERCENT", "value": 10},
    "starts": "2026-03-01T00:00:00+10:00",
    "ends": "2026-04-01T00:00:00+10:00",
    "limits": {"perOrder": 6},
}
_UNIT: Json = {"baseQty": 1, "weight": 7.5, "barcode": "MUG-12", "name": "Carton"}
_PRODUCT: Json = {
    **_MUG,
    "scope": "WAREHOUSE",
    "type": "General",
    "details": {"active": True, "variableWeight": False},
    "itemPropertyRequirements": {},
    "defaultUnitOfMeasure": "CTN",
    "unitOfMeasures": {"CTN": _UNIT},
    "notifications": [],
    "timestamps": _TIMES,
}
_CONSIGNMENT: Json = {
    "id": "5d40b9f1-e362-4a87-9c0d-27f8e1a6b354",
    "type": "CONSIGNMENT",
    "status": "AWAITING_PICKUP",
    "version": 1,
    "references": {"customer": "CN-31", "numericId": "1044"},
    "customer": _CUSTOMER,
    "warehouse": _WAREHOUSE,
    "details": {
        "type": "DELIVERY",
        "deliver": {"address": {"companyName": "Lee & Sons", "address1": "9 Quay St", "city": "Perth"}},
    },
    "properties": {},
    "items": [{"properties": {"description": "Cartons"}, "measures": {"weight": 30, "quantity": 4}}],
    "timestamps": _TIMES,
}

# By the name of an endpoint, or of its resource where all of its endpoints answer with the same thing.
_ANSWERS: dict[str, Any] = {
    "userinfo": {
        "id": "6a0c1e94-b7d2-4f85-93ae-58d0c7f2b16a",
        "name": "Blue Kettle ERP connector",
        "email": "6a0c1e94-b7d2-4f85-93ae-58d0c7f2b16a@api.invalid",
        "tenants": [
            {"id": "91d2f6b3-0a5c-4e78-bc14-e97a3d5082c6", "name": "North Dock 3PL", "slug": "north-dock"}
        ],
    },
    "customers": {**_CUSTOMER, "scope": "CUSTOMER", "warehouses": [_WAREHOUSE], "email": "ops@bk.test"},
    "warehouses": {
        **_WAREHOUSE,
        "address": {
            "companyName": "Default",
            "address1": "1 Dock Rd",
            "city": "Brisbane",
            "country": {"iso2Code": "AU", "iso3Code": "AUS", "name": "Australia"},
        },
    },
    "outbound-orders": _OUTBOUND,
    "outbound-orders.put": {**_OUTBOUND, "version": 2},
    "outbound-orders.cancel": {**_OUTBOUND, "status": "CANCELLED", "version": 2},
    "inbound-orders": _INBOUND,
    "inbound-orders.put": {**_INBOUND, "version": 2},
    "documents": _DOCUMENT,
    "documents.list": {"id": _DOCUMENT["id"], "type": _DOCUMENT["type"], "content": {"name": "invoice.txt"}},
    "documents.create-by-owner": {**_DOCUMENT, "content": {"name": "invoice.txt"}},
    "warehouse-products": _PRODUCT,
    "warehouse-products.patch": {**_PRODUCT, "unitOfMeasures": {"CTN": {**_UNIT, "weight": 8.1}}},
    "products": {
        "id": "52c7a0e8-d914-4b6f-8e30-b1f5d8c96a27",
        "scope": "TRANSPORT",
        "type": "General",
        "references": {"code": "PALLET-STD"},
        "customer": _CUSTOMER,
        "name": "Standard pallet",
        "details": {"active": True},
        "measures": {"weight": 420, "cubic": 1.9, "pallets": 1},
        "properties": {},
        "timestamps": _TIMES,
    },
    "consignments": _CONSIGNMENT,
    "consignments.put": {**_CONSIGNMENT, "status": "CANCELLED", "version": 2},
    # Without rate cards there is no price: every valid consignment is 422.
    "consignments.quote": None,
    "report-runs.create": _REPORT,
    "report-runs.get": _REPORT_DONE,
    "promotions": _PROMOTION,
    "promotions.end": {**_PROMOTION, "status": "ENDED"},
    "usage": {
        "week": "2026-03-02",
        "start": "2026-03-02T00:00:00+10:00",
        "end": "2026-03-09T00:00:00+10:00",
        "allowance": 5000,
        "calls": {
            "billable": 1280,
            "sandbox": 64,
            "refused": 2,
            "throttled": 0,
            "our_error": 0,
            "token": 41,
        },
        "limits": {"ordersPerMinute": 30},
    },
}


def answer_of(endpoint: Endpoint) -> Any:
    """The example of what an endpoint answers with success, None where there is none."""
    if endpoint.name.startswith("definitions."):
        return []
    resource = endpoint.name.partition(".")[0]
    found = _ANSWERS.get(endpoint.name, _ANSWERS.get(resource))
    kind = next(iter(endpoint.returns.values()))
    if found is None or kind is None or kind is bytes:
        return None
    return [found] if getattr(kind, "__origin__", None) is list else found

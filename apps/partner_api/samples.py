"""Bodies as OpenAPI shows them: what the orders app reads, described, with the examples of the wire contract."""

from typing import Any

OUTBOUND_STATUSES = (
    "DRAFT",
    "AWAITING_STOCK",
    "AWAITING_PICK_AND_PACK",
    "PACKING_IN_PROGRESS",
    "PACKED",
    "DISPATCHED",
    "CANCELLED",
    "REJECTED",
)
# Unset members are null or absent.
_OBJECT: dict[str, Any] = {"type": ["object", "null"], "additionalProperties": True}
_TEXT = {"type": ["string", "null"]}
# Of several properties the first that is set decides alone, so nothing is said about the others.
_REFERENCE = {
    "type": ["object", "null"],
    "description": "Named by id, references.code or name; the first of these that is set decides alone.",
}
_DECIMAL = {"anyOf": [{"type": ["number", "null"]}, {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}]}


def _item(*, described: str) -> dict[str, Any]:
    return {
        "type": "object",
        "description": described,
        "required": ["details", "measures"],
        "properties": {
            "details": {
                "type": "object",
                "required": ["product"],
                "properties": {
                    "product": _REFERENCE,
                    "unitOfMeasure": {"type": ["object", "null"], "properties": {"type": _TEXT}},
                },
            },
            "measures": {"type": "object", "required": ["quantity"], "properties": {"quantity": _DECIMAL}},
            "properties": _OBJECT,
        },
    }


CUSTOMER_BODY: dict[str, Any] = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 120},
        "scope": {"enum": ["CUSTOMER", None]},
        "references": {
            "type": ["object", "null"],
            "properties": {"code": {"type": ["string", "null"], "maxLength": 64}},
        },
        "warehouses": {"type": ["array", "null"], "items": _REFERENCE},
        "email": _TEXT,
        "telephone": _TEXT,
    },
    "example": {"name": "Blue Kettle Teas", "references": {"code": "BKT"}, "email": "ops@bk.test"},
}

OUTBOUND_EXAMPLE: dict[str, Any] = {
    "references": {"customer": "SO-771"},
    "customer": {"name": "Blue Kettle Teas"},
    "details": {
        "deliver": {
            "address": {
                "contactName": "Kim Lee",
                "address1": "9 Quay St",
                "city": "Perth",
                "postcode": "6000",
                "state": {"code": "WA"},
                "country": {"iso2Code": "AU"},
            },
            "method": {"type": "SHIPPING"},
        }
    },
    "items": [
        {"details": {"product": {"references": {"code": "MUG-12"}}}, "measures": {"quantity": 3}},
    ],
}

OUTBOUND_BODY: dict[str, Any] = {
    "type": "object",
    "required": ["references", "customer", "details", "items"],
    "properties": {
        "references": {"type": "object", "required": ["customer"], "properties": {"customer": _TEXT}},
        "customer": _REFERENCE,
        "warehouse": _REFERENCE,
        "details": {
            "type": "object",
            "required": ["deliver"],
            "properties": {
                "deliver": {"type": "object", "required": ["address"], "properties": {"address": _OBJECT}},
            },
        },
        "measures": {
            "type": ["object", "null"],
            "description": "Of the whole order; a channel's Minimum Threshold fills what is left out.",
            "properties": {"weight": _DECIMAL, "cubic": _DECIMAL},
        },
        "properties": _OBJECT,
        "items": {"type": "array", "minItems": 1, "items": _item(described="One line.")},
    },
    "example": OUTBOUND_EXAMPLE,
}

INBOUND_BODY: dict[str, Any] = {
    "type": "object",
    "required": ["references", "customer", "items"],
    "properties": {
        "status": {"description": "DRAFT is kept; anything else is ignored."},
        "references": {"type": "object", "required": ["customer"], "properties": {"customer": _TEXT}},
        "customer": _REFERENCE,
        "warehouse": _REFERENCE,
        "details": _OBJECT,
        "properties": _OBJECT,
        "items": {"type": "array", "minItems": 1, "items": _item(described="One line.")},
    },
    "example": {
        "type": "INBOUND",
        "status": "DRAFT",
        "references": {"customer": "PO-88"},
        "customer": {"name": "Blue Kettle Teas"},
        "details": {"urgent": False},
        "items": [{"details": {"product": {"references": {"code": "MUG-12"}}}, "measures": {"quantity": 40}}],
    },
}

PRODUCT_BODY: dict[str, Any] = {
    "type": "object",
    "required": ["type", "references", "customer", "name", "defaultUnitOfMeasure", "unitOfMeasures"],
    "properties": {
        "scope": {"enum": ["WAREHOUSE", None]},
        "type": _TEXT,
        "references": {"type": "object", "required": ["code"], "properties": {"code": _TEXT}},
        "customer": _REFERENCE,
        "name": _TEXT,
        "description": _TEXT,
        "details": _OBJECT,
        "defaultUnitOfMeasure": _TEXT,
        "unitOfMeasures": {"type": "object", "minProperties": 1, "additionalProperties": _OBJECT},
    },
    "example": {
        "scope": "WAREHOUSE",
        "type": "General",
        "references": {"code": "MUG-12"},
        "customer": {"name": "Blue Kettle Teas"},
        "name": "Mug 12oz",
        "defaultUnitOfMeasure": "CTN",
        "unitOfMeasures": {"CTN": {"baseQty": 1, "weight": 7.5, "name": "Carton"}},
    },
}

TRANSPORT_PRODUCT_BODY: dict[str, Any] = {
    "type": "object",
    "required": ["references", "customer", "name"],
    "properties": {
        "scope": {"enum": ["TRANSPORT", None]},
        "type": _TEXT,
        "references": {"type": "object", "required": ["code"], "properties": {"code": _TEXT}},
        "customer": _REFERENCE,
        "name": _TEXT,
        "description": _TEXT,
        "details": _OBJECT,
        "measures": {
            "type": ["object", "null"],
            "description": "Of one: weight in kg; length, width and height in metres; cubic in m3.",
            "properties": dict.fromkeys(
                ("weight", "length", "width", "height", "cubic", "pallets", "spaces"), _DECIMAL
            ),
        },
        "properties": _OBJECT,
    },
    "example": {
        "scope": "TRANSPORT",
        "references": {"code": "PALLET-STD"},
        "customer": {"name": "Blue Kettle Teas"},
        "name": "Standard pallet",
        "measures": {"weight": 420, "cubic": 1.9, "pallets": 1},
    },
}

PATCH_BODY: dict[str, Any] = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["op", "path"],
        "properties": {"op": {"enum": ["add", "replace", "remove"]}, "path": _TEXT, "value": {}},
    },
    "example": [{"op": "replace", "path": "/unitOfMeasures/CTN/weight", "value": 8.1}],
}

REPORT_BODY: dict[str, Any] = {
    "type": "object",
    "required": ["type", "parameters"],
    "properties": {"type": {"enum": ["STOCK_ON_HAND", "BULK_CHARGES"]}, "parameters": _OBJECT},
    "example": {
        "type": "STOCK_ON_HAND",
        "parameters": {"pageSize": 100, "customer": {"name": "Blue Kettle Teas"}},
    },
}

_CONSIGNMENT: dict[str, Any] = {
    "references": {"type": "object", "required": ["customer"], "properties": {"customer": _TEXT}},
    "customer": _REFERENCE,
    "warehouse": _REFERENCE,
    "details": _OBJECT,
    "measures": _OBJECT,
    "items": {"type": ["array", "null"], "items": {"type": "object"}},
}

CONSIGNMENT_BODY: dict[str, Any] = {
    "type": "object",
    "required": ["references", "customer"],
    "properties": _CONSIGNMENT,
    "example": {
        "type": "CONSIGNMENT",
        "status": "AWAITING_PICKUP",
        "references": {"customer": "CN-31"},
        "customer": {"name": "Blue Kettle Teas"},
        "details": {
            "type": "DELIVERY",
            "deliver": {"address": {"companyName": "Lee & Sons", "address1": "9 Quay St", "city": "Perth"}},
        },
        "items": [{"properties": {"description": "Cartons"}, "measures": {"quantity": 4, "weight": 30}}],
    },
}

CONSIGNMENT_UPDATE_BODY: dict[str, Any] = {
    "type": "object",
    "properties": {
        **_CONSIGNMENT,
        "status": {"description": "CANCELLED cancels; anything else is ignored."},
    },
    "example": {"status": "CANCELLED"},
}

QUOTE_BODY: dict[str, Any] = {
    **CONSIGNMENT_BODY,
    "required": ["customer"],
    "properties": {**_CONSIGNMENT, "references": _OBJECT, "taskDate": _TEXT},
}

DOCUMENT_BODY: dict[str, Any] = {
    "type": "object",
    "required": ["type", "content"],
    "properties": {
        "type": _TEXT,
        "content": {
            "type": "object",
            "required": ["name", "data"],
            "properties": {"name": _TEXT, "data": _TEXT},
        },
    },
    "example": {
        "type": "OUTBOUND_ORDER_INVOICE",
        "content": {"name": "invoice.txt", "data": "SW52b2ljZSAxMDQy"},
    },
}

OWNED_DOCUMENT_BODY: dict[str, Any] = {
    **DOCUMENT_BODY,
    "required": ["type", "content", "owner"],
    "properties": {**DOCUMENT_BODY["properties"], "owner": _OBJECT},
    "example": {
        **DOCUMENT_BODY["example"],
        "owner": {"type": "OUTBOUND", "id": "00000000-0000-4000-8000-000000000000"},
    },
}

PROMOTION_BODY: dict[str, Any] = {
    "type": "object",
    "required": ["name", "products", "discount"],
    "properties": {
        "name": _TEXT,
        "products": {"type": "array", "minItems": 1, "items": {"type": "object"}},
        "discount": {
            "type": "object",
            "required": ["type", "value"],
            "properties": {"type": {"enum": ["PERCENT", "AMOUNT"]}, "value": _DECIMAL},
        },
        "starts": _TEXT,
        "ends": _TEXT,
        "limits": {"type": ["object", "null"], "properties": {"perOrder": _DECIMAL}},
    },
    "example": {
        "name": "Mugs in March",
        "products": [{"references": {"code": "MUG-12"}}],
        "discount": {"type": "PERCENT", "value": 10},
        "starts": "2026-03-01T00:00:00+10:00",
        "ends": "2026-04-01T00:00:00+10:00",
        "limits": {"perOrder": 6},
    },
}

"""Bodies as OpenAPI shows them: what the orders app reads, described, with the examples of the wire contract."""

from typing import Any

from apps.orders.models import ConsignmentStatus, LineState

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
_TEXT: dict[str, Any] = {"type": ["string", "null"]}
# Of several properties the first that is set decides alone, so nothing is said about the others.
_REFERENCE = {
    "type": ["object", "null"],
    "description": "Named by id, references.code or name; the first of these that is set decides alone.",
}
_DECIMAL: dict[str, Any] = {
    "anyOf": [{"type": ["number", "null"]}, {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}]
}


def _told(schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {**schema, "description": description}


_OWN_FIELDS = _told(_OBJECT, "Custom fields: every key is taken and returned.")
_ADDRESS = _told(
    _OBJECT,
    "companyName or contactName, and address1; also address2, suburb, city, state (code or name), postcode, country "
    "(iso2Code, iso3Code or name), phone, email.",
)


_WAREHOUSE = _told(_REFERENCE, "Named by id or name; the default warehouse without one.")
_NUMBERED: dict[str, Any] = {
    "type": "object",
    "required": ["customer"],
    "description": "Any other key of yours is kept and returned.",
    "properties": {"customer": _told(_TEXT, "Your own number; unique for the customer.")},
}
_CODED: dict[str, Any] = {
    "type": "object",
    "required": ["code"],
    "properties": {"code": _told(_TEXT, "Unique for the customer.")},
}


def _item() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["details", "measures"],
        "properties": {
            "details": {
                "type": "object",
                "required": ["product"],
                "properties": {
                    "product": _REFERENCE,
                    "unitOfMeasure": {
                        "type": ["object", "null"],
                        "properties": {
                            "type": _told(_TEXT, "A unit of the product; its default unit without one.")
                        },
                    },
                },
            },
            "measures": {
                "type": "object",
                "required": ["quantity"],
                "properties": {"quantity": _told(_DECIMAL, "How many of the unit.")},
            },
            "properties": _told(_OBJECT, "Custom fields of the line, such as batch and expiryDate."),
        },
    }


def _arriving_item() -> dict[str, Any]:
    item = _item()
    states = {
        "enum": [*LineState.values, None],
        "description": "In what state the goods are; OK without one.",
    }
    return {**item, "properties": {**item["properties"], "status": states}}


CUSTOMER_BODY: dict[str, Any] = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {
            "type": "string",
            "minLength": 1,
            "maxLength": 120,
            "description": "Unique in the organisation.",
        },
        "scope": {"enum": ["CUSTOMER", None]},
        "references": {
            "type": ["object", "null"],
            "properties": {
                "code": {"type": ["string", "null"], "maxLength": 64, "description": "Your own code."}
            },
        },
        "warehouses": {
            "type": ["array", "null"],
            "items": _REFERENCE,
            "description": "The default warehouse without any.",
        },
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
        "references": _NUMBERED,
        "customer": _REFERENCE,
        "warehouse": _WAREHOUSE,
        "details": {
            "type": "object",
            "required": ["deliver"],
            "description": "Also urgent, instructions, collect.requiredDate, invoiceValue and allowSplitting.",
            "properties": {
                "deliver": {
                    "type": "object",
                    "required": ["address"],
                    "description": "Also method.type (SHIPPING or PICKUP), instructions and requiredDate.",
                    "properties": {"address": _ADDRESS},
                },
            },
        },
        "measures": {
            "type": ["object", "null"],
            "description": "Of the whole order; a channel's Minimum Threshold fills what is left out.",
            "properties": {"weight": _told(_DECIMAL, "In kg."), "cubic": _told(_DECIMAL, "In m³.")},
        },
        "properties": _OWN_FIELDS,
        "items": {"type": "array", "minItems": 1, "items": _item(), "description": "At least one line."},
    },
    "example": OUTBOUND_EXAMPLE,
}

INBOUND_BODY: dict[str, Any] = {
    "type": "object",
    "required": ["references", "customer", "items"],
    "properties": {
        "status": {"description": "DRAFT is kept; anything else is ignored."},
        "references": _NUMBERED,
        "customer": _REFERENCE,
        "warehouse": _WAREHOUSE,
        "details": _told(_OBJECT, "urgent, instructions and arrivalDate."),
        "properties": _OWN_FIELDS,
        "items": {
            "type": "array",
            "minItems": 1,
            "items": _arriving_item(),
            "description": "At least one line.",
        },
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
        "type": _told(_TEXT, "Your own word for the kind of goods, such as General or Chilled."),
        "references": _CODED,
        "customer": _REFERENCE,
        "name": _TEXT,
        "description": _TEXT,
        "details": _told(_OBJECT, "active, variableWeight, storage, inbound, stockSelection and others."),
        "defaultUnitOfMeasure": _told(_TEXT, "A key of unitOfMeasures."),
        "unitOfMeasures": {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": _OBJECT,
            "description": "By code: baseQty, name, barcode, weight in kg, length, width and height in metres.",
        },
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
        "type": _told(_TEXT, "Your own word for the kind of goods; General without one."),
        "references": _CODED,
        "customer": _REFERENCE,
        "name": _TEXT,
        "description": _TEXT,
        "details": _told(_OBJECT, "active: true or false."),
        "measures": {
            "type": ["object", "null"],
            "description": "Of one: weight in kg; length, width and height in metres; cubic in m³.",
            "properties": dict.fromkeys(
                ("weight", "length", "width", "height", "cubic", "pallets", "spaces"), _DECIMAL
            ),
        },
        "properties": _OWN_FIELDS,
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
        "properties": {
            "op": {"enum": ["add", "replace", "remove"]},
            "path": _told(_TEXT, "JSON Pointer to the member."),
            "value": {"description": "What the member becomes; left out with remove."},
        },
    },
    "example": [{"op": "replace", "path": "/unitOfMeasures/CTN/weight", "value": 8.1}],
}

REPORT_BODY: dict[str, Any] = {
    "type": "object",
    "required": ["type", "parameters"],
    "properties": {
        "type": {"enum": ["STOCK_ON_HAND", "BULK_CHARGES"]},
        "parameters": _told(
            _OBJECT, "For STOCK_ON_HAND: customer (required), warehouse, pageSize, aggregateBy."
        ),
    },
    "example": {
        "type": "STOCK_ON_HAND",
        "parameters": {"pageSize": 100, "customer": {"name": "Blue Kettle Teas"}},
    },
}

_CONSIGNMENT: dict[str, Any] = {
    "references": _NUMBERED,
    "customer": _REFERENCE,
    "warehouse": _WAREHOUSE,
    "details": _told(
        _OBJECT, "type, collect.address, deliver.address, deliver.requiredDate, instructions and others."
    ),
    "measures": _OBJECT,
    "items": {
        "type": ["array", "null"],
        "items": {"type": "object"},
        "description": "Each with properties.description and measures: quantity, weight, cubic, pallets, spaces.",
    },
}

CONSIGNMENT_BODY: dict[str, Any] = {
    "type": "object",
    "required": ["references", "customer"],
    "properties": {
        **_CONSIGNMENT,
        "status": {"enum": [*ConsignmentStatus.values, None], "description": "AWAITING_PICKUP without one."},
    },
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
    "properties": {**_CONSIGNMENT, "references": _OBJECT, "taskDate": _told(_TEXT, "YYYY-MM-DD.")},
}

DOCUMENT_BODY: dict[str, Any] = {
    "type": "object",
    "required": ["type", "content"],
    "properties": {
        "type": _told(_TEXT, "Such as OUTBOUND_ORDER_INVOICE."),
        "content": {
            "type": "object",
            "required": ["name", "data"],
            "properties": {
                "name": _told(_TEXT, "The file's name."),
                "data": _told(_TEXT, "The file in base64."),
            },
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
    "properties": {
        **DOCUMENT_BODY["properties"],
        "owner": _told(_OBJECT, "type, which is OUTBOUND, and the order's id."),
    },
    "example": {
        **DOCUMENT_BODY["example"],
        "owner": {"type": "OUTBOUND", "id": "00000000-0000-4000-8000-000000000000"},
    },
}

PROMOTION_BODY: dict[str, Any] = {
    "type": "object",
    "required": ["name", "products", "discount"],
    "properties": {
        "name": _told(_TEXT, "Unique in the organisation."),
        "products": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "object"},
            "description": "Each by id or references.code.",
        },
        "discount": {
            "type": "object",
            "required": ["type", "value"],
            "properties": {"type": {"enum": ["PERCENT", "AMOUNT"]}, "value": _DECIMAL},
        },
        "starts": _told(_TEXT, "ISO 8601 with offset; now without one."),
        "ends": _told(_TEXT, "ISO 8601 with offset; open without one."),
        "limits": {
            "type": ["object", "null"],
            "properties": {"perOrder": _told(_DECIMAL, "At most so many in one order.")},
        },
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

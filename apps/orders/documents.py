"""The documents that forms and files become: those that callers of the API send, so that one service checks all."""

from typing import Any

from apps.customers.models import Customer
from apps.orders import wire
from apps.orders.models import Product

Values = dict[str, Any]
PRODUCT_VALUES = (
    "code",
    "name",
    "type",
    "description",
    "active",
    "unit",
    "unit_name",
    "weight",
    "volume",
    "barcode",
)
# Which value stands for which member, to show what a service refuses at its place.
PRODUCT_POINTERS = {
    "/references/code": "code",
    "/name": "name",
    "/type": "type",
    "/description": "description",
    "/defaultUnitOfMeasure": "unit",
}


def product_values(product: Product) -> Values:
    """What a form and a line of CSV show of a product and its default unit."""
    unit = next((unit for unit in product.units.all() if unit.code == product.default_unit), None)
    return {
        "code": product.code,
        "name": product.name,
        "type": product.type,
        # Browsers send line breaks as two characters, and files hold one.
        "description": product.description.replace("\r\n", "\n"),
        "active": product.is_active,
        "unit": product.default_unit,
        "unit_name": unit.name if unit else "",
        "weight": unit.weight if unit else None,
        "volume": unit.volume if unit else None,
        "barcode": unit.barcode if unit else "",
    }


def product_document(values: Values, *, customer: Customer, product: Product | None = None) -> Values:
    """A product as the API takes it. What the values do not speak of, such as further units, stays as it is."""
    before = wire.product_json(product) if product else {}
    units = before.get("unitOfMeasures", {})
    unit = {"baseQty": 1, **units.get(values["unit"], {})}
    unit |= {name: values[name] if values[name] != "" else None for name in ("weight", "volume", "barcode")}
    unit["name"] = values["unit_name"] or values["unit"]
    return {
        **before,
        "customer": {"id": str(customer.pk)},
        "references": {**before.get("references", {}), "code": values["code"]},
        "name": values["name"],
        "type": values["type"],
        "description": values["description"],
        "details": {**before.get("details", {}), "active": values["active"]},
        "defaultUnitOfMeasure": values["unit"],
        "unitOfMeasures": {**units, values["unit"]: unit},
    }

"""Storing products, from the document that the API and the portal's form both send (partner_api §4.3)."""

import re
from dataclasses import dataclass
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
from apps.orders.addresses import read_country
from apps.orders.models import Product, UnitOfMeasure
from apps.orders.types import Scope
from apps.tenants.models import Tenant

MAX_UNITS = 100
MAX_MEMBERS = 200
_TARIFF = re.compile(r"[0-9]{6,14}")
MEASURES = ("weight", "length", "width", "height", "volume")


@dataclass(slots=True)
class _Described:
    """A product's columns and units, as read."""

    columns: dict[str, Any]
    units: list[UnitOfMeasure]


@transaction.atomic
def create_product(*, tenant: Tenant, scope: Scope, payload: Any, actor: Actor) -> Product:
    """Store the product that a document describes; raises `Invalid` with every fault."""
    root = _root(payload)
    customer = resolve_customer(root["customer"], tenant=tenant, scope=scope)
    described = _read(root)
    root.finish()
    now = timezone.now()
    product = Product(
        created=now, modified=now, tenant=tenant, customer=cast(Customer, customer), **described.columns
    )
    _save(product, described.units)
    record(
        "product.created",
        actor=actor,
        tenant_id=tenant.pk,
        target=product,
        after={"code": product.code, "customer": product.customer.name},
    )
    return product


@transaction.atomic
def update_product(*, product: Product, payload: Any, actor: Actor) -> Product:
    """Replace a product by what a document describes; its customer stays, whatever the document says."""
    root = _root(payload)
    described = _read(root)
    root.finish()
    product = (
        Product.objects.select_for_update(of=("self",))
        .select_related("tenant", "customer")
        .get(pk=product.pk)
    )
    before = {name: getattr(product, name) for name in described.columns}
    for name, value in described.columns.items():
        setattr(product, name, value)
    product.modified = timezone.now()
    product.version += 1
    _save(product, described.units)
    changed = [name for name, value in described.columns.items() if before[name] != value]
    record(
        "product.updated",
        actor=actor,
        tenant_id=product.tenant_id,
        target=product,
        before={name: before[name] for name in changed},
        after={name: described.columns[name] for name in changed},
    )
    return product


def forget_computed_volumes(before: dict[str, Any], after: dict[str, Any]) -> None:
    """Take a volume that was computed from three lengths out of a changed document, so that it is computed anew.

    One that the caller gave, then or now, stays.
    """
    units = after.get("unitOfMeasures")
    for code, old in before["unitOfMeasures"].items():
        unit = units.get(code) if isinstance(units, dict) else None
        if isinstance(unit, dict) and unit.get("volume") == old.get("volume") == _computed_volume(old):
            unit.pop("volume", None)


def _computed_volume(measures: dict[str, Any]) -> Decimal | None:
    length, width, height = (measures.get(name) for name in ("length", "width", "height"))
    return round(length * width * height, 4) if length and width and height else None


def check_product(payload: Any) -> None:
    """Raise `Invalid` with every fault of a product's document; stores nothing."""
    root = _root(payload)
    _read(root)
    root.finish()


def _root(payload: Any) -> Node:
    if not isinstance(payload, dict):
        raise Invalid.at("", "The body must be a JSON object.")
    return Node(payload)


def _read(root: Node) -> _Described:
    scope = root["scope"].text()
    if scope is not None and scope != "WAREHOUSE":
        root["scope"].fail("This must be WAREHOUSE.")
    references = root["references"].object(required=True)
    code = references["code"].text(limit=100, required=references.is_set) or ""
    details = root["details"].object()
    active = details["active"].boolean()
    units = _units(root["unitOfMeasures"].object(required=True), code)
    default_unit = root["defaultUnitOfMeasure"].text(limit=32, required=True) or ""
    if default_unit and units and default_unit not in {unit.code for unit in units}:
        root["defaultUnitOfMeasure"].fail("This must be a key of unitOfMeasures.")
    columns = {
        "code": code.strip(),
        "name": (root["name"].text(limit=200, required=True) or "").strip(),
        "description": root["description"].text(limit=4000) or "",
        "type": root["type"].text(limit=64, required=True) or "",
        "is_active": True if active is None else active,
        "default_unit": default_unit,
        "details": _details(details),
        "references": {
            name: text
            for name, member in references.members()
            if name not in ("code", "numericId") and (text := member.text()) is not None
        },
        "item_property_requirements": _requirements(root["itemPropertyRequirements"].object()),
        "notifications": [
            node.value for node in root["notifications"].items(limit=MAX_MEMBERS) if node.object().is_set
        ],
    }
    return _Described(columns, units)


def _requirements(node: Node) -> dict[str, str]:
    texts = {name: member.text(limit=64) for name, member in node.members()}
    return {name: text for name, text in texts.items() if text is not None}


def _details(node: Node) -> dict[str, Any]:
    found: dict[str, Any] = {"variableWeight": node["variableWeight"].boolean() or False}
    for group, name in (("storage", "chargeMethod"), ("inbound", "initialStatus")):
        if text := node[group].object()[name].text(limit=64):
            found[group] = {name: text}
    selection = node["stockSelection"].object()
    chosen = {
        "method": selection["method"].choice(["FEFO", "FIFO"]),
        "secondaryMethod": selection["secondaryMethod"].text(limit=64),
        "strict": selection["strict"].boolean(),
        "expiryThresholdDays": selection["expiryThresholdDays"].decimal(
            minimum=Decimal(0), below=Decimal(100_000), places=0
        ),
    }
    if chosen := {name: value for name, value in chosen.items() if value is not None}:
        found["stockSelection"] = chosen
    if country := read_country(node["countryOfOrigin"].object(), lenient=False):
        found["countryOfOrigin"] = country
    if tariff := node["harmonizedSystemCode"].text(limit=30):
        if _TARIFF.fullmatch(tariff.replace(".", "")):
            found["harmonizedSystemCode"] = tariff.replace(".", "")
        else:
            node["harmonizedSystemCode"].fail("This must be at least six digits; dots are allowed.")
    return found


def _units(node: Node, product_code: str) -> list[UnitOfMeasure]:
    members = list(node.members())
    if node.is_set and not members:
        node.fail("At least one unit of measure is required.")
    if len(members) > MAX_UNITS:
        node.fail(f"At most {MAX_UNITS} units of measure are allowed.")
        return []
    return [_unit(code, member, product_code) for code, member in members]


def _unit(code: str, node: Node, product_code: str) -> UnitOfMeasure:
    node.object()
    if not code.strip() or len(code) > 32:
        node.fail("The key of a unit of measure has 1 to 32 characters.")
    base = node["baseQty"].decimal(required=True, minimum=Decimal(0))
    if base is not None and base == 0:
        node["baseQty"].fail("This must be more than 0.")
    measures = {name: node[name].decimal(minimum=Decimal(0)) for name in MEASURES}
    is_base = base == 1
    if is_base and measures["volume"] is None:
        measures["volume"] = _computed_volume(measures)
    return UnitOfMeasure(
        code=code,
        name=node["name"].text(limit=64) or code,
        base_quantity=base or Decimal(1),
        barcode=node["barcode"].text(limit=100) or (product_code if is_base else ""),
        is_directly_shippable=node["isDirectlyShippable"].boolean(),
        **measures,
    )


def _save(product: Product, units: list[UnitOfMeasure]) -> None:
    rows = Product.objects.filter(customer_id=product.customer_id, code=product.code).exclude(pk=product.pk)
    if taken := rows.first():
        raise _duplicate(str(taken.pk))
    try:
        with transaction.atomic():
            product.save()
    except IntegrityError:
        # Somebody took the code between the look and the write.
        raise _duplicate("") from None
    kept = {unit.code for unit in units}
    product.units.exclude(code__in=kept).delete()
    for unit in units:
        unit.product = product
    UnitOfMeasure.objects.bulk_create(
        units,
        update_conflicts=True,
        unique_fields=["product", "code"],
        update_fields=["name", "base_quantity", *MEASURES, "barcode", "is_directly_shippable"],
    )


def _duplicate(product_id: str) -> Invalid:
    details = {"duplicateId": product_id} if product_id else {}
    return Invalid(
        [Problem("/references/code", "A product with this code already exists.", "DUPLICATE", details)]
    )

"""Promotions from a CSV file: a line for each product, and the lines of one name together are one promotion."""

from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import timezone

from apps.audit.actors import Actor
from apps.core.names import name_key
from apps.core.problems import Conflict, Invalid
from apps.core.reading import Node
from apps.orders.models import Product, Promotion
from apps.orders.services.importing import CHANGED, NEW, SAME, Plan, Step, rows_of
from apps.orders.services.promotions import check_promotion, create_promotion, update_promotion
from apps.orders.types import EVERYTHING
from apps.tenants.models import Tenant

REQUIRED = ("name", "customer", "product", "discount_type", "discount_value")
COLUMNS = (*REQUIRED, "starts", "ends", "limit_per_order")
# An export can be imported again: the status follows from the clock.
_IGNORED = ("status",)
_SHARED = ("discount_type", "discount_value", "starts", "ends", "limit_per_order")
_POINTERS = {
    "/discount/type": "discount_type",
    "/discount/value": "discount_value",
    "/limits/perOrder": "limit_per_order",
}
Rows = list[tuple[int, dict[str, str]]]


def plan_promotions(tenant: Tenant, text: str) -> Plan:
    """What a file of promotions would do. Changes nothing."""
    plan = Plan()
    rows = rows_of(text, plan, columns=REQUIRED, optional=("starts", "ends", "limit_per_order", *_IGNORED))
    products = _products(tenant, rows)
    groups: dict[str, Rows] = {}
    for line, row in rows:
        groups.setdefault(name_key(row["name"]), []).append((line, row))
    known = {
        promotion.name_key: promotion
        for promotion in Promotion.objects.of(tenant)
        .filter(name_key__in=groups)
        .select_related("tenant")
        .prefetch_related("products")
    }
    for key, group in groups.items():
        _add(plan, group, tenant, products, known.get(key))
    return plan


def promotion_lines(promotion: Promotion) -> list[list[Any]]:
    """The lines of a promotion as they are exported: one for each product."""
    shared = [
        promotion.discount_type,
        promotion.discount_value,
        promotion.starts,
        promotion.ends,
        promotion.per_order,
        promotion.status_at(timezone.now()),
    ]
    return [
        [promotion.name, product.customer.name, product.code, *shared] for product in promotion.products.all()
    ]


def _products(tenant: Tenant, rows: Rows) -> dict[tuple[str, str], UUID]:
    codes = {row["product"] for _, row in rows}
    found = Product.objects.of(tenant).filter(code__in=codes).order_by()
    return {(key, code): pk for key, code, pk in found.values_list("customer__name_key", "code", "pk")}


def _add(
    plan: Plan,
    group: Rows,
    tenant: Tenant,
    products: dict[tuple[str, str], UUID],
    promotion: Promotion | None,
) -> None:
    first_line, first = group[0]
    before = len(plan.errors)
    ids: list[UUID] = []
    for line, row in group:
        product = products.get((name_key(row["customer"]), row["product"]))
        if product is None:
            plan.fail(
                line, f"product: {row['customer'][:80]} has no product with the code {row['product'][:80]}."
            )
        elif product in ids:
            plan.fail(line, f"product: {row['product'][:80]} is named twice for {row['name'][:80]}.")
        else:
            ids.append(product)
        for name in _SHARED:
            if row.get(name) != first.get(name):
                plan.fail(line, f"{name}: line {first_line} of the same promotion says something else.")
    zone = ZoneInfo(tenant.zone)
    moments = {
        name: _moment(plan, first_line, name, first.get(name, ""), zone) for name in ("starts", "ends")
    }
    if len(plan.errors) > before:
        return
    document = _document(first, ids, moments)
    if promotion and not first.get("starts"):
        document["starts"] = promotion.starts.isoformat()
    try:
        check_promotion(tenant=tenant, payload=document, promotion=promotion)
    except Invalid as refusal:
        plan.refuse(first_line, refusal, _POINTERS)
        return
    step = _step(first_line, document, tenant, promotion, ids)
    if promotion and step.kind == CHANGED and promotion.status_at(timezone.now()) == "ENDED":
        plan.fail(first_line, f"name: {promotion.name} has ended and can't be changed. Use another name.")
    else:
        plan.steps.append(step)


def _document(row: dict[str, str], ids: list[UUID], moments: dict[str, datetime | None]) -> dict[str, Any]:
    limit = row.get("limit_per_order") or None
    return {
        "name": row["name"],
        "products": [{"id": str(key)} for key in ids],
        "discount": {"type": row["discount_type"].upper(), "value": row["discount_value"] or None},
        "starts": moments["starts"].isoformat() if moments["starts"] else None,
        "ends": moments["ends"].isoformat() if moments["ends"] else None,
        "limits": {"perOrder": limit},
    }


def _step(
    line: int, document: dict[str, Any], tenant: Tenant, promotion: Promotion | None, ids: list[UUID]
) -> Step:
    name = document["name"]
    if promotion is None:
        create = partial(create_promotion, tenant=tenant, scope=EVERYTHING, payload=document)
        return Step(line, name, NEW, {}, lambda actor: create(actor=actor))
    pairs = {
        "name": (promotion.name, name),
        "products": (
            sorted(str(product.pk) for product in promotion.products.all()),
            sorted(str(key) for key in ids),
        ),
        "discount_type": (promotion.discount_type, document["discount"]["type"]),
        "discount_value": (promotion.discount_value, Decimal(document["discount"]["value"])),
        "starts": (_second(promotion.starts), _second(_parsed(document["starts"]))),
        "ends": (_second(promotion.ends), _second(_parsed(document["ends"]))),
        "limit_per_order": (promotion.per_order, _whole(document["limits"]["perOrder"])),
    }
    changes = {key: (old, new) for key, (old, new) in pairs.items() if old != new}
    if "products" in changes:
        old, new = changes["products"]
        changes["products"] = (f"{len(old)} products", f"{len(new)} products")
    update = partial(_update, promotion, document)
    return Step(line, name, CHANGED if changes else SAME, changes, update)


def _update(promotion: Promotion, document: dict[str, Any], actor: Actor) -> None:
    """Change the promotion that the plan was made of, and no newer one."""
    rows = Promotion.objects.select_for_update().filter(pk=promotion.pk, modified=promotion.modified)
    if not rows.exists():
        raise Conflict(f"Somebody changed {promotion.name} just now.")
    update_promotion(promotion=promotion, scope=EVERYTHING, payload=document, actor=actor)


def _moment(plan: Plan, line: int, name: str, text: str, zone: ZoneInfo) -> datetime | None:
    """A day or a time, in the tenant's zone where it has no offset of its own."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        plan.fail(line, f"{name}: write a day or a time, such as 2026-03-01 or 2026-03-01 09:15.")
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _parsed(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _second(moment: datetime | None) -> datetime | None:
    """The moment as a file shows it, without fractions of a second."""
    return moment.replace(microsecond=0) if moment else None


def _whole(text: str | None) -> int | None:
    number = Node(text).decimal(places=0) if text else None
    return None if number is None else int(number)

"""Promotions: made, changed and ended by callers of the API."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.audit.actors import Actor
from apps.audit.services import record
from apps.core.names import name_key
from apps.core.problems import Conflict, Invalid, Problem
from apps.core.reading import Node, named
from apps.customers.scope import EVERYTHING, Scope
from apps.orders.models import DiscountType, Product, Promotion
from apps.tenants.models import Tenant

MOST_PRODUCTS = 500
_COLUMNS = ("name", "discount_type", "discount_value", "starts", "ends", "per_order")


@transaction.atomic
def create_promotion(*, tenant: Tenant, scope: Scope, payload: Any, actor: Actor) -> Promotion:
    """Store the promotion that a document describes (partner_api §7); raises `Invalid` with every fault."""
    promotion = Promotion(tenant=tenant)
    products = _read(promotion, payload, scope)
    _save(promotion, products)
    _note("created", promotion, actor)
    return promotion


@transaction.atomic
def update_promotion(*, promotion: Promotion, scope: Scope, payload: Any, actor: Actor) -> Promotion:
    """Replace a promotion that has not ended."""
    promotion = _locked(promotion, scope)
    products = _read(promotion, payload, scope)
    _save(promotion, products)
    _note("updated", promotion, actor)
    return promotion


@transaction.atomic
def end_promotion(*, promotion: Promotion, scope: Scope, actor: Actor) -> Promotion:
    """End a promotion now."""
    promotion = _locked(promotion, scope)
    promotion.ended_at = timezone.now()
    promotion.save()
    _note("ended", promotion, actor)
    return promotion


def check_promotion(*, tenant: Tenant, payload: Any, promotion: Promotion | None = None) -> None:
    """Raise `Invalid` with every fault of a document that would make or replace a promotion; stores nothing."""
    tried = Promotion(tenant=tenant)
    if promotion is not None:
        tried.starts = promotion.starts
    _read(tried, payload, EVERYTHING)


def _locked(promotion: Promotion, scope: Scope) -> Promotion:
    held: Promotion = (
        Promotion.objects.select_for_update(of=("self",)).select_related("tenant").get(pk=promotion.pk)
    )
    if held.status_at(timezone.now()) == "ENDED":
        raise Conflict("This promotion has ended.")
    reached = scope.customer_ids
    if reached is not None and held.products.exclude(customer_id__in=reached).exists():
        raise Conflict("This promotion has products of customers that this client has no access to.")
    return held


def _read(promotion: Promotion, payload: Any, scope: Scope) -> list[Product]:
    """Set the promotion's columns from a document and return its products."""
    if not isinstance(payload, dict):
        raise Invalid.at("", "The body must be a JSON object.")
    root = Node(payload)
    discount = root["discount"].object(required=True)
    kind = discount["type"].choice(list(DiscountType.values))
    value = discount["value"].decimal(required=discount.is_set, minimum=Decimal(0))
    if discount.is_set and not discount["type"].is_set:
        discount["type"].fail("This is PERCENT or AMOUNT.")
    if value is not None and (value == 0 or (kind == DiscountType.PERCENT and value > 100)):
        discount["value"].fail("This must be more than 0, and at most 100 percent.")
    limit = (
        root["limits"].object()["perOrder"].decimal(places=0, minimum=Decimal(1), below=Decimal(1_000_000))
    )
    starts, ends = _moment(root["starts"]), _moment(root["ends"])
    starts = starts or (timezone.now() if promotion._state.adding else promotion.starts)
    if ends and ends <= starts:
        root["ends"].fail("This must be after the start.")
    products = [_product(node, promotion.tenant, scope) for node in _product_nodes(root)]
    promotion.name = (root["name"].text(limit=120, required=True) or "").strip()
    root.finish()
    promotion.discount_type, promotion.discount_value = kind or "", value or Decimal(0)
    promotion.starts, promotion.ends = starts, ends
    promotion.per_order = None if limit is None else int(limit)
    return [product for product in products if product is not None]


def _product_nodes(root: Node) -> list[Node]:
    nodes = root["products"].items(limit=MOST_PRODUCTS, required=True)
    if not nodes and isinstance(root["products"].value, list):
        root["products"].fail("At least one product is required.")
    return nodes


def _product(node: Node, tenant: Tenant, scope: Scope) -> Product | None:
    rows = Product.objects.of(tenant).within(scope)
    given = node.is_set
    match named(node.object(), "id", "references.code"):
        case None if given and not node.is_set:
            # It is no object, which has been said.
            return None
        case None:
            node.fail("Name the product by id or references.code.")
            return None
        case "id", member:
            found = list(rows.filter(pk=key)) if (key := member.uuid()) else []
        case _, member:
            found = list(rows.filter(code=member.text() or "")[:2])
    if len(found) > 1:
        node.fail("Several customers have a product with this code: name it by its id.")
    elif not found:
        node.fail("There is no such product, or this client has no access to it.")
    return found[0] if len(found) == 1 else None


def _moment(node: Node) -> datetime | None:
    text = node.text(limit=40)
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None or not 2000 <= moment.year <= 2200:
            raise ValueError
    except ValueError:
        node.fail("This must be a time with its offset, such as 2026-03-01T09:15:00+10:00.")
        return None
    return moment


def _save(promotion: Promotion, products: list[Product]) -> None:
    taken = Promotion.objects.of(promotion.tenant).filter(name_key=name_key(promotion.name))
    duplicate = Problem("/name", "A promotion with this name already exists.", "DUPLICATE")
    if taken.exclude(pk=promotion.pk).exists():
        raise Invalid([duplicate])
    try:
        with transaction.atomic():
            promotion.save()
    except IntegrityError:
        # Somebody took the name between the look and the write.
        raise Invalid([duplicate]) from None
    promotion.products.set(products)


def _note(verb: str, promotion: Promotion, actor: Actor) -> None:
    record(
        f"promotion.{verb}",
        actor=actor,
        tenant_id=promotion.tenant_id,
        target=promotion,
        after={name: str(getattr(promotion, name)) for name in _COLUMNS},
    )

"""Which warehouse offers which product. What is off takes no new order; what orders hold already stays held."""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from django.db import transaction

from apps.audit.actors import Actor
from apps.audit.services import record
from apps.orders.models import Product, Stock
from apps.tenants.models import Tenant, Warehouse

Cell = tuple[UUID, UUID]
_NAMED = 50
_ROWS_A_STATEMENT = 500


@transaction.atomic
def set_assortment(*, tenant: Tenant, on: Iterable[Cell], off: Iterable[Cell], actor: Actor) -> int:
    """Switch cells, each a product and a warehouse of the tenant, on or off; return how many were not so already."""
    return _switch(tenant, set(on), True, actor) + _switch(tenant, set(off), False, actor)


@transaction.atomic
def set_warehouse(
    *, tenant: Tenant, warehouse: Warehouse, products: Iterable[UUID], is_offered: bool, actor: Actor
) -> int:
    """Switch many products on or off in one warehouse."""
    return _switch(tenant, {(product, warehouse.pk) for product in products}, is_offered, actor)


def _switch(tenant: Tenant, cells: set[Cell], is_offered: bool, actor: Actor) -> int:
    by_warehouse: dict[UUID, list[UUID]] = defaultdict(list)
    for product_id, warehouse_id in sorted(cells, key=str):
        by_warehouse[warehouse_id].append(product_id)
    changed = 0
    for warehouse in Warehouse.objects.of(tenant).filter(pk__in=by_warehouse).order_by("pk"):
        changed += _switch_in(tenant, warehouse, by_warehouse[warehouse.pk], is_offered, actor)
    return changed


def _switch_in(
    tenant: Tenant, warehouse: Warehouse, product_ids: list[UUID], is_offered: bool, actor: Actor
) -> int:
    switched: list[UUID] = []
    for start in range(0, len(product_ids), _ROWS_A_STATEMENT):
        wanted = product_ids[start : start + _ROWS_A_STATEMENT]
        there = Stock.objects.of(tenant).filter(warehouse=warehouse, product_id__in=wanted)
        if not is_offered:
            # A product that never lay here is kept out before it comes.
            missing = (
                Product.objects.of(tenant).filter(pk__in=wanted).exclude(pk__in=there.values("product_id"))
            )
            Stock.objects.bulk_create(
                [Stock(tenant=tenant, product=product, warehouse=warehouse) for product in missing],
                ignore_conflicts=True,
            )
        # In one order of products for everybody, so that this and an order never wait for each other.
        rows = there.filter(is_offered=not is_offered).order_by("product_id").select_for_update()
        ids = list(rows.values_list("product_id", flat=True))
        Stock.objects.filter(warehouse=warehouse, product_id__in=ids).update(is_offered=is_offered)
        switched += ids
    if switched:
        codes = Product.objects.filter(pk__in=switched[:_NAMED]).order_by("code")
        record(
            f"assortment.switched_{'on' if is_offered else 'off'}",
            actor=actor,
            tenant_id=tenant.pk,
            target=warehouse,
            after={"products": len(switched), "codes": list(codes.values_list("code", flat=True))},
        )
    return len(switched)

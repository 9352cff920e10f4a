"""Taking and giving back stock, by statements that never let it fall below zero whoever else writes at the time.

Each change is one conditional UPDATE: the row decides, not what was read before. Quantities are in base units and
rounded to the column's four places, because SQLite keeps them as binary fractions.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import DecimalField, F, Sum, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Round

from apps.orders.drafts import LineDraft
from apps.orders.fields import QUANTITY_DIGITS, QUANTITY_PLACES
from apps.orders.models import Product, Stock
from apps.tenants.models import Warehouse


def _amount(quantity: Decimal) -> Value:
    return Value(quantity, DecimalField(max_digits=QUANTITY_DIGITS, decimal_places=QUANTITY_PLACES))


def _rounded(expression: Combinable) -> Round:
    return Round(expression, QUANTITY_PLACES)


def reserve(product_id: UUID, warehouse_id: UUID, quantity: Decimal) -> bool:
    """Hold a quantity for an order if that much is free; say whether it is held now."""
    held = _rounded(F("allocated") + _amount(quantity))
    rows = Stock.objects.filter(product_id=product_id, warehouse_id=warehouse_id, is_offered=True)
    return rows.filter(on_hand__gte=held).update(allocated=held) == 1


def reserve_up_to(product_id: UUID, warehouse_id: UUID, wanted: Decimal, step: Decimal) -> Decimal:
    """Hold as many whole steps (units of measure) as are free, at most what is wanted; return what is held now."""
    row = (
        Stock.objects.select_for_update()
        .filter(product_id=product_id, warehouse_id=warehouse_id, is_offered=True)
        .first()
    )
    if row is None:
        return Decimal(0)
    steps = (min(wanted, row.free) / step).to_integral_value(ROUND_FLOOR)
    taken = steps * step
    return taken if taken > 0 and reserve(product_id, warehouse_id, taken) else Decimal(0)


def release(product_id: UUID, warehouse_id: UUID, quantity: Decimal) -> None:
    """Give back what an order held."""
    if quantity:
        Stock.objects.filter(product_id=product_id, warehouse_id=warehouse_id).update(
            allocated=_rounded(F("allocated") - _amount(quantity))
        )


def take_out(product_id: UUID, warehouse_id: UUID, quantity: Decimal) -> None:
    """Take what an order held out of the warehouse: it was dispatched."""
    if quantity:
        Stock.objects.filter(product_id=product_id, warehouse_id=warehouse_id).update(
            allocated=_rounded(F("allocated") - _amount(quantity)),
            on_hand=_rounded(F("on_hand") - _amount(quantity)),
        )


def put_in(product: Product, warehouse: Warehouse, quantity: Decimal) -> None:
    """Add what was received."""
    Stock.objects.bulk_create(
        [Stock(tenant_id=product.tenant_id, product=product, warehouse=warehouse)], ignore_conflicts=True
    )
    Stock.objects.filter(product=product, warehouse=warehouse).update(
        on_hand=_rounded(F("on_hand") + _amount(quantity))
    )


class _Short(Exception):
    def __init__(self, lines: list[LineDraft]) -> None:
        super().__init__()
        self.lines = lines


def _by_product(lines: Iterable[LineDraft]) -> list[LineDraft]:
    """One order for everybody in which rows are locked, so that two orders can't wait for each other."""
    return sorted(lines, key=lambda line: str(line.product.pk) if line.product else "")


def reserve_lines(lines: list[LineDraft], warehouse: Warehouse) -> list[LineDraft]:
    """Hold every line or nothing; return the lines that are short."""
    try:
        with transaction.atomic():
            short = [
                line
                for line in _by_product(lines)
                if line.product and not reserve(line.product.pk, warehouse.pk, line.base_quantity)
            ]
            if short:
                raise _Short([line for line in lines if line in short])
    except _Short as shortage:
        return shortage.lines
    for line in lines:
        line.allocated = line.base_quantity
    return []


def reserve_what_is_free(lines: list[LineDraft], warehouse: Warehouse) -> None:
    """Hold of each line what is free, in whole units."""
    for line in _by_product(lines):
        if line.product and line.unit:
            line.allocated = reserve_up_to(
                line.product.pk, warehouse.pk, line.base_quantity, line.unit.base_quantity
            )


@dataclass(frozen=True, slots=True)
class Candidate:
    """A warehouse and what lies free in it of the products wanted."""

    warehouse: Warehouse
    free: Decimal


def candidates(lines: list[LineDraft], warehouses: list[Warehouse]) -> list[Candidate]:
    """The warehouses by how much of the wanted products is free there, most first."""
    free: dict[UUID, Decimal] = dict(
        Stock.objects.filter(
            product_id__in={line.product.pk for line in lines if line.product},
            warehouse__in=warehouses,
            is_offered=True,
        )
        .values_list("warehouse_id")
        .annotate(free=Sum(F("on_hand") - F("allocated")))
    )
    found = [Candidate(warehouse, free.get(warehouse.pk, Decimal(0))) for warehouse in warehouses]
    return sorted(found, key=lambda candidate: (-candidate.free, candidate.warehouse.name))

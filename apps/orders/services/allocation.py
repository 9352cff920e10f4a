"""Which warehouse fills an order, and what happens when it can't: the customer's settings, or the channel's choice."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from apps.customers.settings import OutOfStock, UnknownProduct
from apps.orders.drafts import LineDraft, OrderDraft
from apps.orders.models import Allocation, Status
from apps.orders.services import stock
from apps.orders.types import Scope
from apps.tenants.models import Tenant, Warehouse


@dataclass(slots=True)
class Outcome:
    """How an order starts. `rest` are lines that become a second order, which waits for stock."""

    status: Status
    lines: list[LineDraft]
    warehouse: Warehouse | None
    errors: list[dict[str, Any]] = field(default_factory=list)
    note: str = ""
    rest: list[LineDraft] = field(default_factory=list)


def decide(draft: OrderDraft, *, tenant: Tenant, scope: Scope, allocation: Allocation) -> Outcome:
    """Look for faults, then for stock, and hold what the order gets."""
    faulty = [line for line in draft.lines if line.fault]
    lines = [line for line in draft.lines if not line.fault]
    drops = draft.customer.order_settings.unknown_product is UnknownProduct.DROP_LINE
    if faulty and not (drops and lines):
        errors = [line.error(line.fault) for line in faulty]
        return Outcome(Status.REJECTED, draft.lines, draft.warehouse, errors)
    match allocation:
        case Allocation.MANUAL:
            return Outcome(Status.DRAFT, lines, draft.warehouse, note="Waits for a person to allocate it.")
        case Allocation.SMART:
            return _smart(draft, lines, tenant, scope)
        case _:
            return _standard(draft, lines)


def _smart(draft: OrderDraft, lines: list[LineDraft], tenant: Tenant, scope: Scope) -> Outcome:
    if draft.warehouse_requested and draft.warehouse:
        choices = [draft.warehouse]
    else:
        rows = Warehouse.objects.of(tenant).filter(is_active=True)
        choices = [warehouse for warehouse in rows if scope.has_warehouse(warehouse.pk)]
    ranked = stock.candidates(lines, choices)
    short = lines
    for rank, candidate in enumerate(ranked):
        missing = stock.reserve_lines(lines, candidate.warehouse)
        if not missing:
            return Outcome(
                Status.AWAITING_PICK_AND_PACK,
                lines,
                candidate.warehouse,
                note=_reason(candidate, draft.warehouse_requested, rank),
            )
        short = missing if rank == 0 else short
    best = ranked[0].warehouse if ranked else draft.warehouse
    return Outcome(
        Status.REJECTED,
        lines,
        best,
        [line.error("Not enough stock") for line in short],
        "No warehouse within reach can fill every line.",
    )


def _reason(candidate: stock.Candidate, requested: bool, rank: int) -> str:
    if requested:
        return f"{candidate.warehouse.name} was named by the caller and can fill every line."
    most = "has the most free stock" if rank == 0 else "is the first that can"
    return f"Smart Allocation chose {candidate.warehouse.name}: it can fill every line and {most}."


def _standard(draft: OrderDraft, lines: list[LineDraft]) -> Outcome:
    warehouse = draft.warehouse
    if warehouse is None:
        return Outcome(Status.AWAITING_STOCK, lines, None)
    short = stock.reserve_lines(lines, warehouse)
    if not short:
        return Outcome(Status.AWAITING_PICK_AND_PACK, lines, warehouse)
    policy = draft.customer.order_settings.out_of_stock
    if policy is OutOfStock.SPLIT and not draft.details.get("allowSplitting", True):
        policy = OutOfStock.REJECT_ALL
    return _POLICIES[policy](lines, short, warehouse)


def _reject(lines: list[LineDraft], short: list[LineDraft], warehouse: Warehouse) -> Outcome:
    return Outcome(Status.REJECTED, lines, warehouse, [line.error("Not enough stock") for line in short])


def _drop_lines(lines: list[LineDraft], short: list[LineDraft], warehouse: Warehouse) -> Outcome:
    kept = [line for line in lines if not stock.reserve_lines([line], warehouse)]
    if not kept:
        return _reject(lines, short, warehouse)
    return Outcome(Status.AWAITING_PICK_AND_PACK, kept, warehouse)


def _assign_available(lines: list[LineDraft], short: list[LineDraft], warehouse: Warehouse) -> Outcome:
    stock.reserve_what_is_free(lines, warehouse)
    kept = [line for line in lines if line.allocated]
    if not kept:
        return _reject(lines, short, warehouse)
    for line in kept:
        line.quantity = _in_units(line, line.allocated)
    return Outcome(Status.AWAITING_PICK_AND_PACK, kept, warehouse)


def _keep_unassigned(lines: list[LineDraft], short: list[LineDraft], warehouse: Warehouse) -> Outcome:
    return Outcome(Status.AWAITING_STOCK, lines, warehouse)


def _hold_part(lines: list[LineDraft], short: list[LineDraft], warehouse: Warehouse) -> Outcome:
    stock.reserve_what_is_free(lines, warehouse)
    return Outcome(Status.AWAITING_STOCK, lines, warehouse)


def _split(lines: list[LineDraft], short: list[LineDraft], warehouse: Warehouse) -> Outcome:
    stock.reserve_what_is_free(lines, warehouse)
    if not any(line.allocated for line in lines):
        return Outcome(Status.AWAITING_STOCK, lines, warehouse)
    rest = [
        LineDraft(
            sent=line.sent,
            quantity=_in_units(line, line.base_quantity - line.allocated),
            unit_sent=line.unit_sent,
            product=line.product,
            unit=line.unit,
            unit_price=line.unit_price,
            properties=line.properties,
        )
        for line in lines
        if line.allocated < line.base_quantity
    ]
    kept = [line for line in lines if line.allocated]
    for line in kept:
        line.quantity = _in_units(line, line.allocated)
    return Outcome(Status.AWAITING_PICK_AND_PACK, kept, warehouse, rest=rest)


def _in_units(line: LineDraft, base_quantity: Decimal) -> Decimal:
    return base_quantity / line.unit.base_quantity if line.unit else base_quantity


_Policy = Callable[[list[LineDraft], list[LineDraft], Warehouse], Outcome]
_POLICIES: dict[OutOfStock, _Policy] = {
    OutOfStock.REJECT_ALL: _reject,
    OutOfStock.DROP_LINE: _drop_lines,
    OutOfStock.ASSIGN_AVAILABLE: _assign_available,
    OutOfStock.KEEP_UNASSIGNED: _keep_unassigned,
    OutOfStock.PARTIAL: _hold_part,
    OutOfStock.SPLIT: _split,
}

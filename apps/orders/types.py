"""What goes into the services of this app and what comes out, refusals included."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from apps.core.problems import Conflict, Invalid, Problem
from apps.customers.scope import EVERYTHING, Scope
from apps.orders.models import Allocation, Order

# A JSON object as `core.jsontext.loads` returns it; what it must hold is read in `orders/reading.py`.
OrderInput = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OrderDefaults:
    """What a channel adds to the orders that it makes; `orders` knows no channels, so it is handed in."""

    allocation: Allocation = Allocation.STANDARD
    weight: Decimal | None = None
    cubic: Decimal | None = None


NO_DEFAULTS = OrderDefaults()


@dataclass(frozen=True, slots=True)
class CreatedOrder:
    """A stored order; `rejected` holds its reasons where its status is REJECTED (the API answers 228 then)."""

    order: Order
    rejected: list[dict[str, Any]] = field(default_factory=list)


__all__ = [
    "EVERYTHING",
    "NO_DEFAULTS",
    "Conflict",
    "CreatedOrder",
    "Invalid",
    "OrderDefaults",
    "OrderInput",
    "Problem",
    "Scope",
]

"""An order as it was read from a JSON document, before it is stored."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from apps.customers.models import Customer
from apps.orders.fields import QUANTITY_LIMIT
from apps.orders.models import Product, UnitOfMeasure
from apps.tenants.models import Warehouse


@dataclass(slots=True)
class LineDraft:
    """A line. `fault` is why it can't be filled: the order is stored and rejected for it, not refused."""

    sent: dict[str, Any]
    quantity: Decimal
    unit_sent: str = ""
    product: Product | None = None
    unit: UnitOfMeasure | None = None
    unit_price: dict[str, Any] = field(default_factory=dict)
    properties: dict[str, Any] = field(default_factory=dict)
    state: str = ""
    fault: str = ""
    allocated: Decimal = Decimal(0)

    @property
    def base_quantity(self) -> Decimal:
        """The quantity in base units, in which stock is kept."""
        if self.fault or self.unit is None:
            return Decimal(0)
        return self.quantity * self.unit.base_quantity

    def check(self) -> None:
        """Set the fault that what was found shows, if there is one."""
        if self.product is None:
            self.fault = "Product not found"
        elif not self.product.is_active:
            self.fault = "Product is deactivated"
        elif self.unit is None:
            self.fault = "Unit of measure not found"
        elif self.quantity == 0:
            self.fault = "Quantity is zero"
        elif self.quantity < 0:
            self.fault = "Quantity is negative"
        elif self.base_quantity >= QUANTITY_LIMIT:
            self.fault = "Quantity is too large"

    def error(self, reason: str) -> dict[str, Any]:
        """An element of `details.errors`."""
        references = self.sent.get("references") or {}
        code = (
            self.product.code if self.product else references.get("code") or references.get("barcode") or ""
        )
        name = self.product.name if self.product else self.sent.get("name") or self.sent.get("id") or code
        label = f"{name} ({code})" if code else str(name)
        unit = self.unit.code if self.unit else self.unit_sent
        measured = " ".join(part for part in (f"{label} x {self.quantity.normalize():f}", unit) if part)
        return {"message": f"{measured} - {reason}", "isResolved": False}


@dataclass(slots=True)
class OrderDraft:
    """An order of either direction, with everything that it names found."""

    customer: Customer
    warehouse: Warehouse | None
    warehouse_requested: bool
    reference: str
    references: dict[str, str]
    details: dict[str, Any]
    properties: dict[str, Any]
    lines: list[LineDraft]
    status: str = ""
    weight: Decimal | None = None
    cubic: Decimal | None = None
    defaulted: list[str] = field(default_factory=list)

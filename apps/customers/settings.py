"""How a customer's orders are treated: typed settings, stored as JSON on the customer."""

from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any, Self


class OutOfStock(StrEnum):
    """What happens to an order that the stock can't fill."""

    REJECT_ALL = "REJECT_ALL"
    DROP_LINE = "DROP_LINE"
    ASSIGN_AVAILABLE = "ASSIGN_AVAILABLE"
    KEEP_UNASSIGNED = "KEEP_UNASSIGNED"
    PARTIAL = "PARTIAL"
    SPLIT = "SPLIT"


class UnknownProduct(StrEnum):
    """What happens to an order that names a product or unit that does not exist."""

    REJECT_ALL = "REJECT_ALL"
    DROP_LINE = "DROP_LINE"


class ConsignmentGeneration(StrEnum):
    """When a sale order makes a consignment."""

    NEVER = "NEVER"
    WHEN_PACKED = "WHEN_PACKED"
    AT_IMPORT = "AT_IMPORT"


OVERRIDABLE = ("REJECTED",)
DELETABLE = ("DRAFT", "AWAITING_STOCK", "AWAITING_PICK_AND_PACK", "REJECTED")


@dataclass(frozen=True, slots=True)
class OrderSettings:
    """A customer's order settings.

    Overriding and deleting are two lists, though the system described has one: by default an order that waits may be
    deleted, while a second order with its reference must still be refused as a duplicate.
    """

    out_of_stock: OutOfStock = OutOfStock.REJECT_ALL
    unknown_product: UnknownProduct = UnknownProduct.REJECT_ALL
    override_statuses: tuple[str, ...] = OVERRIDABLE
    delete_statuses: tuple[str, ...] = DELETABLE
    allow_invalid_addresses: bool = True
    allow_document_upload: bool = True
    consignments: ConsignmentGeneration = ConsignmentGeneration.WHEN_PACKED

    @classmethod
    def read(cls, stored: dict[str, Any]) -> Self:
        """The settings out of a stored JSON object: what is absent has its default, a wrong value raises ValueError."""
        known = {field.name for field in fields(cls)}
        values = {name: value for name, value in stored.items() if name in known}
        for name, kind in (
            ("out_of_stock", OutOfStock),
            ("unknown_product", UnknownProduct),
            ("consignments", ConsignmentGeneration),
        ):
            if name in values:
                values[name] = kind(values[name])
        for name in ("override_statuses", "delete_statuses"):
            if name in values:
                if not set(values[name]) <= set(DELETABLE):
                    raise ValueError(f"{name}: choose from {', '.join(DELETABLE)}.")
                values[name] = tuple(values[name])
        return cls(**values)

    def stored(self) -> dict[str, Any]:
        """The settings as JSON."""
        return {
            name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()
        }

"""Products and their stock, orders in both directions, and what belongs to orders."""

from apps.orders.models.catalogue import Product, Stock, UnitOfMeasure
from apps.orders.models.order import (
    Allocation,
    Direction,
    LineState,
    Order,
    OrderLine,
    Status,
    StatusChange,
)
from apps.orders.models.other import (
    Consignment,
    ConsignmentStatus,
    ConsignmentType,
    DiscountType,
    Document,
    Promotion,
    ReportRun,
    ReportStatus,
    ReportType,
)

__all__ = [
    "Allocation",
    "Consignment",
    "ConsignmentStatus",
    "ConsignmentType",
    "Direction",
    "DiscountType",
    "Document",
    "LineState",
    "Order",
    "OrderLine",
    "Product",
    "Promotion",
    "ReportRun",
    "ReportStatus",
    "ReportType",
    "Status",
    "StatusChange",
    "Stock",
    "UnitOfMeasure",
]

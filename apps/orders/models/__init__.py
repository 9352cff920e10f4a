"""Products and their stock, orders in both directions, and what belongs to orders."""

from apps.orders.models.catalogue import Product, Stock, TransportProduct, UnitOfMeasure
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
    ConsignmentChange,
    ConsignmentStatus,
    ConsignmentType,
    DiscountType,
    Document,
    Promotion,
    ReportRun,
    ReportStatus,
    ReportType,
    Simulation,
)

__all__ = [
    "Allocation",
    "Consignment",
    "ConsignmentChange",
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
    "Simulation",
    "Status",
    "StatusChange",
    "Stock",
    "TransportProduct",
    "UnitOfMeasure",
]

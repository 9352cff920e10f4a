"""Every write of this app."""

from apps.orders.services.assortment import set_assortment, set_warehouse
from apps.orders.services.create import create_inbound_order, create_order
from apps.orders.services.documents import attach_document
from apps.orders.services.products import create_product, forget_computed_volumes, update_product
from apps.orders.services.promotions import create_promotion, end_promotion, update_promotion
from apps.orders.services.removal import Removed, delete, remove_sandbox_orders
from apps.orders.services.replace import replace_inbound_order, replace_order
from apps.orders.services.simulation import simulate_customer, simulate_order, switch_simulation
from apps.orders.services.transitions import (
    allocate,
    allocate_inbound,
    cancel,
    dispatch,
    pack,
    receive,
    verify,
)
from apps.orders.services.transport import (
    cancel_consignment,
    create_consignment,
    move_consignment,
    next_steps,
    quote,
    update_consignment,
)
from apps.orders.services.transport_products import create_transport_product, update_transport_product
from apps.orders.types import (
    EVERYTHING,
    NO_DEFAULTS,
    Conflict,
    CreatedOrder,
    Invalid,
    OrderDefaults,
    OrderInput,
    Problem,
    Scope,
)

__all__ = [
    "EVERYTHING",
    "NO_DEFAULTS",
    "Conflict",
    "CreatedOrder",
    "Invalid",
    "OrderDefaults",
    "OrderInput",
    "Problem",
    "Removed",
    "Scope",
    "allocate",
    "allocate_inbound",
    "attach_document",
    "cancel",
    "cancel_consignment",
    "create_consignment",
    "create_inbound_order",
    "create_order",
    "create_product",
    "create_promotion",
    "create_transport_product",
    "delete",
    "dispatch",
    "end_promotion",
    "forget_computed_volumes",
    "move_consignment",
    "next_steps",
    "pack",
    "quote",
    "receive",
    "remove_sandbox_orders",
    "replace_inbound_order",
    "replace_order",
    "set_assortment",
    "set_warehouse",
    "simulate_customer",
    "simulate_order",
    "switch_simulation",
    "update_consignment",
    "update_product",
    "update_promotion",
    "update_transport_product",
    "verify",
]

"""One order with all that its wire form needs, by queries compiled once: what callers of the API ask for most."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from apps.core.prepared import Prepared
from apps.customers.models import Customer
from apps.customers.scope import Scope
from apps.orders.models import Direction, Order, OrderLine, Product
from apps.tenants.models import Tenant, Warehouse

# Each in the order of its model's fields, which is how from_db reads them; what is left out is fetched if asked for.
_ORDER = [field.attname for field in Order._meta.concrete_fields]
_CUSTOMER = ("id", "name", "code", "kind", "is_active")
_WAREHOUSE = ("id", "name", "is_active", "address1", "city", "state", "postcode", "country")
_LINE = [field.attname for field in OrderLine._meta.concrete_fields]
_PRODUCT = ("id", "code", "name")


def one_order(tenant: Tenant, direction: Direction, scope: Scope, order_id: UUID) -> Order | None:
    """The order, if it is within the caller's reach."""
    found = _ORDERS(tenant=tenant.pk, direction=direction.value, pk=order_id)
    if not found:
        return None
    row = found[0]
    order = Order.from_db("default", _ORDER, row[: len(_ORDER)])
    if not scope.has_customer(order.customer_id):
        return None
    if order.warehouse_id and not scope.has_warehouse(order.warehouse_id):
        return None
    order.tenant = tenant
    rest = row[len(_ORDER) :]
    order.customer = Customer.from_db("default", _CUSTOMER, rest[: len(_CUSTOMER)])
    order.warehouse = (
        Warehouse.from_db("default", _WAREHOUSE, rest[len(_CUSTOMER) :]) if order.warehouse_id else None
    )
    lines = order.lines.all()
    # As Django's own prefetch leaves them.
    lines._result_cache = _lines_of(order)
    lines._prefetch_done = True  # type: ignore[attr-defined]
    order._prefetched_objects_cache = {"lines": lines}  # type: ignore[attr-defined]
    return order


def _lines_of(order: Order) -> list[OrderLine]:
    lines = []
    for row in _LINES(order=order.pk):
        line = OrderLine.from_db("default", _LINE, row[: len(_LINE)])
        line.order = order
        if line.product_id:
            line.product = Product.from_db("default", _PRODUCT, row[len(_LINE) :])
            # A line names a product of its order's customer and of no other.
            line.product.customer = order.customer
        lines.append(line)
    return lines


def _orders_query(tenant: UUID, direction: str, pk: UUID) -> QuerySet[Order, Any]:
    rows = Order.objects.filter(pk=pk, tenant_id=tenant, direction=direction).order_by()
    return rows.values_list(
        *_ORDER,
        *(f"customer__{name}" for name in _CUSTOMER),
        *(f"warehouse__{name}" for name in _WAREHOUSE),
    )


def _lines_query(order: UUID) -> QuerySet[OrderLine, Any]:
    rows = OrderLine.objects.filter(order_id=order).order_by("position")
    return rows.values_list(*_LINE, *(f"product__{name}" for name in _PRODUCT))


_ORDERS = Prepared(_orders_query)
_LINES = Prepared(_lines_query)

"""Orders with all that their wire form needs, in two queries: what callers of the API ask for most.

One order is found by queries that are compiled once. For a page of them each customer, warehouse and product is made
once, where Django's own joins and prefetches would make it anew for every row that names it.
"""

from collections.abc import Iterable, Sequence
from typing import Any, cast
from uuid import UUID

from django.db.models import QuerySet

from apps.core.prepared import Prepared
from apps.customers.models import Customer
from apps.customers.scope import Scope
from apps.orders.models import Direction, Order, OrderLine, Product
from apps.orders.wire import PlainLine, PlainProduct
from apps.tenants.models import Tenant, Warehouse

# Each in the order of its model's fields, which is how from_db reads them; what is left out is fetched if asked for.
_ORDER = [field.attname for field in Order._meta.concrete_fields]
_CUSTOMER = ("id", "name", "code", "kind", "is_active")
_WAREHOUSE = ("id", "name", "is_active", "address1", "city", "state", "postcode", "country")
_LINE = [field.attname for field in OrderLine._meta.concrete_fields]
_PRODUCT = ("id", "code", "name")
_ALL = (*_ORDER, *(f"customer__{name}" for name in _CUSTOMER), *(f"warehouse__{name}" for name in _WAREHOUSE))
_WAREHOUSE_AT = len(_ORDER) + len(_CUSTOMER)
_LINE_ALL = (*_LINE, *(f"product__{name}" for name in _PRODUCT))
# A line's order, its product, and then the columns of PlainLine in their order, without its product.
_OF_LINE = tuple(name for name in PlainLine._fields if name != "product")
_PLAIN = ("order_id", "product_id", "product__code", "product__name", *_OF_LINE)


def one_order(tenant: Tenant, direction: Direction, scope: Scope, order_id: UUID) -> Order | None:
    """The order, if it is within the caller's reach."""
    found = _ORDERS(tenant=tenant.pk, direction=direction.value, pk=order_id)
    if not found:
        return None
    reader = _Reader(tenant)
    order = reader.order(found[0])
    if not scope.has_customer(order.customer_id):
        return None
    if order.warehouse_id and not scope.has_warehouse(order.warehouse_id):
        return None
    lines = order.lines.all()
    # As Django's own prefetch leaves them.
    lines._result_cache = reader.lines([order], _LINES(order=order.pk))[order.pk]
    lines._prefetch_done = True  # type: ignore[attr-defined]
    order._prefetched_objects_cache = {"lines": lines}  # type: ignore[attr-defined]
    return order


def page_of_orders(tenant: Tenant, keys: QuerySet[Order, Any]) -> list[Order]:
    """The orders whose ids a query finds, in the API's order, to be written out. The query becomes part of this one.

    Their lines are plain lists of `PlainLine`: `lines.all()` gives them, and narrowing them any further fails. Models
    of all lines, and a QuerySet for each order, would take as long as all the rest.
    """
    reader = _Reader(tenant)
    rows = Order.objects.filter(pk__in=keys).order_by("created", "id").values_list(*_ALL)
    orders = [reader.order(row) for row in rows]
    found = _plain_lines(orders)
    for order in orders:
        order._prefetched_objects_cache = {"lines": found[order.pk]}  # type: ignore[attr-defined]
    return orders


def _plain_lines(orders: Sequence[Order]) -> dict[UUID, list[PlainLine]]:
    """The lines of each order, by its id."""
    owners = {order.pk: order.customer for order in orders}
    found: dict[UUID, list[PlainLine]] = {order.pk: [] for order in orders}
    rows = OrderLine.objects.filter(order_id__in=list(owners)).order_by("position")
    for order_id, product_id, code, name, line_id, *rest in rows.values_list(*_PLAIN):
        # A line names a product of its order's customer and of no other.
        product = PlainProduct(product_id, code, name, owners[order_id]) if product_id else None
        found[order_id].append(PlainLine(line_id, product, *rest))
    return found


class _Reader:
    """Makes objects of rows; a customer, warehouse or product that several rows name becomes one object."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self.customers: dict[UUID, Customer] = {}
        self.warehouses: dict[UUID, Warehouse] = {}
        self.products: dict[UUID, Product] = {}

    def order(self, row: Sequence[Any]) -> Order:
        """An order without its lines."""
        order = Order.from_db("default", _ORDER, row[: len(_ORDER)])
        customer, warehouse = row[len(_ORDER) : _WAREHOUSE_AT], row[_WAREHOUSE_AT:]
        order.tenant = self.tenant
        if order.customer_id not in self.customers:
            self.customers[order.customer_id] = Customer.from_db("default", _CUSTOMER, customer)
        order.customer = self.customers[order.customer_id]
        if order.warehouse_id is None:
            order.warehouse = None
            return order
        if order.warehouse_id not in self.warehouses:
            self.warehouses[order.warehouse_id] = Warehouse.from_db("default", _WAREHOUSE, warehouse)
        order.warehouse = self.warehouses[order.warehouse_id]
        return order

    def lines(self, orders: Sequence[Order], rows: Iterable[Sequence[Any]]) -> dict[UUID, list[OrderLine]]:
        """The lines of each order, by its id."""
        by_id = {order.pk: order for order in orders}
        found: dict[UUID, list[OrderLine]] = {order.pk: [] for order in orders}
        for row in rows:
            line = OrderLine.from_db("default", _LINE, row[: len(_LINE)])
            line.order = by_id[line.order_id]
            if line.product_id:
                line.product = self._product(line, row[len(_LINE) :])
            found[line.order_id].append(line)
        return found

    def _product(self, line: OrderLine, values: Sequence[Any]) -> Product:
        product_id = cast(UUID, line.product_id)
        if product_id not in self.products:
            product = Product.from_db("default", _PRODUCT, values)
            # A line names a product of its order's customer and of no other.
            product.customer = line.order.customer
            self.products[product_id] = product
        return self.products[product_id]


def _orders_query(tenant: UUID, direction: str, pk: UUID) -> QuerySet[Order, Any]:
    rows = Order.objects.filter(pk=pk, tenant_id=tenant, direction=direction).order_by()
    return rows.values_list(*_ALL)


def _lines_query(order: UUID) -> QuerySet[OrderLine, Any]:
    rows = OrderLine.objects.filter(order_id=order).order_by("position")
    return rows.values_list(*_LINE_ALL)


_ORDERS = Prepared(_orders_query)
_LINES = Prepared(_lines_query)

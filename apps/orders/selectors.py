"""Named reads of products, stock and orders: the tenant first, then who asks."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypedDict
from uuid import UUID

from django.db.models import Case, Count, DecimalField, F, Prefetch, Q, Sum, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from apps.customers.scope import EVERYTHING, Scope
from apps.orders.models import (
    Allocation,
    Consignment,
    Direction,
    Document,
    Order,
    OrderLine,
    Product,
    Promotion,
    Status,
    Stock,
    TransportProduct,
)
from apps.orders.querysets import (
    ChildQuerySet,
    OrderQuerySet,
    ProductQuerySet,
    StockQuerySet,
)
from apps.tenants.access import Access
from apps.tenants.models import Tenant, Warehouse
from apps.tenants.querysets import TenantQuerySet

# --- For callers of the API: the tenant and their scope, in the API's fixed order ---------------------------------


def products(tenant: Tenant, scope: Scope = EVERYTHING) -> ProductQuerySet:
    """Products with all that their wire form needs."""
    rows: ProductQuerySet = Product.objects.of(tenant).within(scope)
    return rows.order_by("created", "id").select_related("tenant", "customer").prefetch_related("units")


def transport_products(tenant: Tenant, scope: Scope = EVERYTHING) -> ProductQuerySet:
    """Transport products with all that their wire form needs."""
    rows: ProductQuerySet = TransportProduct.objects.of(tenant).within(scope)
    return rows.order_by("created", "id").select_related("tenant", "customer")


def orders(tenant: Tenant, direction: Direction, scope: Scope = EVERYTHING) -> OrderQuerySet:
    """Orders of one direction with all that their wire form needs."""
    rows: OrderQuerySet = Order.objects.of(tenant).within(scope)
    return rows.filter(direction=direction).order_by("created", "id").for_wire()


def consignments(tenant: Tenant, scope: Scope = EVERYTHING) -> OrderQuerySet:
    """Consignments with all that their wire form needs."""
    rows: OrderQuerySet = Consignment.objects.of(tenant).within(scope)
    return rows.order_by("created", "id").select_related("tenant", "customer", "warehouse")


def documents(tenant: Tenant, order: Order) -> ChildQuerySet:
    """An order's documents, without their content."""
    rows: ChildQuerySet = Document.objects.of(tenant).filter(order=order)
    return rows.order_by("created", "id").defer("data")


def promotions(tenant: Tenant, scope: Scope = EVERYTHING) -> TenantQuerySet:
    """Promotions; a caller with named customers sees those of their products only, and in them no other product."""
    rows = Promotion.objects.of(tenant)
    if scope.customer_ids is not None:
        rows = rows.filter(products__customer_id__in=scope.customer_ids).distinct()
    shown = Prefetch("products", Product.objects.of(tenant).within(scope).order_by("name", "id"))
    return rows.order_by("created", "id").select_related("tenant").prefetch_related(shown)


def stock(tenant: Tenant, scope: Scope = EVERYTHING) -> StockQuerySet:
    """What lies where."""
    rows: StockQuerySet = Stock.objects.of(tenant).within(scope)
    return rows.select_related("product__customer", "warehouse").order_by("product__name", "warehouse__name")


def incoming(
    tenant: Tenant, product_ids: list[UUID], warehouse_id: UUID | None = None
) -> dict[UUID, Decimal]:
    """What is announced on purchase orders not yet received, by product."""
    return _on_inbound_orders(tenant, product_ids, warehouse_id, Status.NOT_YET_RECEIVED)


def received(
    tenant: Tenant, product_ids: list[UUID], warehouse_id: UUID | None = None
) -> dict[UUID, Decimal]:
    """What has come but is not put on stock: there, and not free."""
    return _on_inbound_orders(tenant, product_ids, warehouse_id, Status.RECEIVED, Status.VERIFIED)


def _on_inbound_orders(
    tenant: Tenant, product_ids: list[UUID], warehouse_id: UUID | None, *statuses: Status
) -> dict[UUID, Decimal]:
    lines = OrderLine.objects.filter(
        order__tenant=tenant,
        order__direction=Direction.INBOUND,
        order__status__in=statuses,
        product_id__in=product_ids,
    )
    if warehouse_id:
        lines = lines.filter(order__warehouse_id=warehouse_id)
    rows = lines.order_by().values_list("product_id").annotate(total=Sum("base_quantity"))
    return {product_id: total for product_id, total in rows if product_id}


# --- For the portal: what the person may see ----------------------------------------------------------------------

_NONE = Value(Decimal(0), DecimalField(max_digits=18, decimal_places=4))


class Filters(TypedDict, total=False):
    """What a list page's filter row may ask for."""

    text: str
    customer: UUID | None
    status: str


def shown_products(access: Access, filters: Filters) -> ProductQuerySet:
    """A list page of products, with how much of each is on hand and free in all warehouses."""
    rows: ProductQuerySet = Product.objects.visible_to(access)
    if text := filters.get("text"):
        rows = rows.filter(Q(name__icontains=text) | Q(code__icontains=text))
    if customer := filters.get("customer"):
        rows = rows.filter(customer_id=customer)
    if (state := filters.get("status")) in ("active", "inactive"):
        rows = rows.filter(is_active=state == "active")
    return (
        rows.select_related("customer")
        .annotate(
            on_hand=Coalesce(Sum("stock__on_hand"), _NONE),
            free=Coalesce(Sum(F("stock__on_hand") - F("stock__allocated")), _NONE),
        )
        .order_by("name", "id")
    )


def shown_orders(access: Access, direction: Direction, filters: Filters) -> OrderQuerySet:
    """A list page of orders, the newest first."""
    rows: OrderQuerySet = Order.objects.visible_to(access).filter(direction=direction)
    if text := filters.get("text"):
        rows = rows.filter(Q(reference__icontains=text) | Q(numeric_id=text))
    return _narrowed(rows, filters).select_related("customer", "warehouse").order_by("-created", "-id")


def shown_consignments(access: Access, filters: Filters) -> OrderQuerySet:
    """A list page of consignments, the newest first."""
    rows: OrderQuerySet = Consignment.objects.visible_to(access)
    if text := filters.get("text"):
        rows = rows.filter(Q(reference__icontains=text) | Q(tracking__icontains=text))
    return (
        _narrowed(rows, filters).select_related("customer", "warehouse", "order").order_by("-created", "-id")
    )


def shown_promotions(access: Access, filters: Filters) -> TenantQuerySet:
    """A list page of promotions: those that run or will run first, the newest start first."""
    now = timezone.now()
    over = Q(ended_at__isnull=False) | Q(ends__lte=now)
    rows: TenantQuerySet = Promotion.objects.visible_to(access)
    if text := filters.get("text"):
        rows = rows.filter(Q(name__icontains=text) | Q(products__code__iexact=text)).distinct()
    if customer := filters.get("customer"):
        rows = rows.filter(products__customer_id=customer).distinct()
    match filters.get("status"):
        case "ENDED":
            rows = rows.filter(over)
        case "SCHEDULED":
            rows = rows.exclude(over).filter(starts__gt=now)
        case "ACTIVE":
            rows = rows.exclude(over).filter(starts__lte=now)
    counted = Count("products", distinct=True)
    return rows.annotate(is_over=Case(When(over, then=1), default=0), product_count=counted).order_by(
        "is_over", "-starts", "id"
    )


def offers(product_ids: list[UUID], warehouse_ids: list[UUID]) -> dict[tuple[UUID, UUID], Stock]:
    """What is known of some products in some warehouses; where nothing is, a product is offered."""
    rows = Stock.objects.filter(product_id__in=product_ids, warehouse_id__in=warehouse_ids)
    return {(row.product_id, row.warehouse_id): row for row in rows}


def _narrowed(rows: OrderQuerySet, filters: Filters) -> OrderQuerySet:
    if customer := filters.get("customer"):
        rows = rows.filter(customer_id=customer)
    if status := filters.get("status"):
        rows = rows.filter(status=status)
    return rows


@dataclass(frozen=True, slots=True)
class Place:
    """A warehouse that an order could be allocated in, and how many of its lines are short there."""

    warehouse: Warehouse
    short: int
    is_own: bool


def waiting_for_allocation(access: Access) -> OrderQuerySet:
    """The orders of Manual channels that wait for a person, the longest waiting first."""
    rows: OrderQuerySet = Order.objects.visible_to(access)
    waiting = rows.filter(
        direction=Direction.OUTBOUND, status=Status.DRAFT, allocation=Allocation.MANUAL
    ).order_by("created", "id")
    return waiting.select_related("customer", "warehouse").prefetch_related("lines__product")


def places_for(order: Order) -> list[Place]:
    """The active warehouses for an order that waits: those that can fill it first."""
    return places_for_all(order.tenant, [order])[order.pk]


def places_for_all(tenant: Tenant, waiting: Sequence[Order]) -> dict[UUID, list[Place]]:
    """The same for the orders of a page, in two queries however many there are."""
    wanted = {line.product_id for order in waiting for line in order.lines.all() if line.product_id}
    free: dict[UUID, dict[UUID, Decimal]] = defaultdict(dict)
    for row in Stock.objects.of(tenant).filter(product_id__in=wanted, is_offered=True):
        free[row.warehouse_id][row.product_id] = row.free
    warehouses = list(Warehouse.objects.of(tenant).filter(is_active=True))
    return {order.pk: _ranked(order, warehouses, free) for order in waiting}


def _ranked(
    order: Order, warehouses: Sequence[Warehouse], free: Mapping[UUID, Mapping[UUID, Decimal]]
) -> list[Place]:
    wanted: dict[UUID, Decimal] = defaultdict(Decimal)
    held: dict[UUID, Decimal] = defaultdict(Decimal)
    for line in order.lines.all():
        if line.product_id:
            wanted[line.product_id] += line.base_quantity
            held[line.product_id] += line.allocated
    places = []
    for warehouse in warehouses:
        is_own = warehouse.pk == order.warehouse_id
        # What the order holds already counts where it holds it.
        short = sum(
            free.get(warehouse.pk, {}).get(product_id, Decimal(0)) + (held[product_id] if is_own else 0)
            < quantity
            for product_id, quantity in wanted.items()
        )
        places.append(Place(warehouse, short, is_own))
    return sorted(places, key=lambda place: (place.short, not place.is_own, place.warehouse.name))

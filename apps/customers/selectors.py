"""Named reads of customers."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from apps.core.names import name_key
from apps.core.prepared import Prepared
from apps.customers.models import Customer
from apps.customers.querysets import CustomerQuerySet
from apps.customers.scope import EVERYTHING, Scope
from apps.customers.wire import PlainWarehouse
from apps.tenants.access import Access
from apps.tenants.models import Tenant, Warehouse
from apps.tenants.querysets import TenantQuerySet


def customers(tenant: Tenant, scope: Scope = EVERYTHING) -> CustomerQuerySet:
    """The tenant's customers within a scope, in the API's order, with their warehouses."""
    rows: CustomerQuerySet = Customer.objects.of(tenant).within(scope)
    return rows.order_by("created", "id").prefetch_related("warehouses")


def customer_page(
    tenant: Tenant, scope: Scope, start: int, stop: int
) -> list[tuple[Customer, list[Warehouse]]]:
    """Some of `customers`, each with its warehouses within reach, by queries compiled once: it is called the most."""
    reach = [] if scope.customer_ids is None else sorted(scope.customer_ids)
    if len(reach) > _MOST_IDS or (scope.customer_ids is not None and not reach):
        rows = list(customers(tenant, scope)[start:stop])
        return [(row, warehouses_within(row, scope)) for row in rows]
    named = {"reach": reach} if reach else {}
    found = [
        Customer.from_db("default", _SHOWN, row) for row in _PAGE(start, stop, tenant=tenant.pk, **named)
    ]
    ids = [row.pk for row in found]
    # A query is compiled for each number of ids; beyond a few dozen that no longer pays.
    standing = _WAREHOUSES(among=ids) if 0 < len(ids) <= _MOST_IDS else list(_warehouses_query(ids))
    warehouses: dict[UUID, list[Warehouse]] = {}
    known: dict[UUID, Warehouse] = {}
    for customer_id, *columns in standing if ids else ():
        # Most customers share their warehouses.
        warehouse = known.get(columns[0]) or Warehouse.from_db("default", _NAMED, columns)
        known[warehouse.pk] = warehouse
        if scope.has_warehouse(warehouse.pk):
            warehouses.setdefault(customer_id, []).append(warehouse)
    return [(row, warehouses.get(row.pk, [])) for row in found]


def warehouses(tenant: Tenant, scope: Scope = EVERYTHING) -> TenantQuerySet:
    """The tenant's warehouses within a scope, in the API's order."""
    rows = Warehouse.objects.of(tenant)
    if scope.warehouse_ids is not None:
        rows = rows.filter(pk__in=scope.warehouse_ids)
    return rows.order_by("created", "id")


def warehouse_page(tenant: UUID, scope: Scope, start: int, stop: int) -> list[PlainWarehouse]:
    """Some of the `warehouses` of a tenant, by a query compiled once."""
    reach = [] if scope.warehouse_ids is None else sorted(scope.warehouse_ids)
    if len(reach) > _MOST_IDS or (scope.warehouse_ids is not None and not reach):
        rows = list(warehouses(Tenant(pk=tenant), scope).values_list(*PlainWarehouse._fields)[start:stop])
    else:
        named = {"reach": reach} if reach else {}
        rows = _WAREHOUSE_PAGE(start, stop, tenant=tenant, **named)
    return [PlainWarehouse(*row) for row in rows]


def warehouses_within(customer: Customer, scope: Scope) -> list[Warehouse]:
    """The customer's warehouses that a caller reaches."""
    return [row for row in customer.warehouses.all() if scope.has_warehouse(row.pk)]


def _page_query(
    start: int, stop: int, *, tenant: UUID, reach: list[UUID] | None = None
) -> QuerySet[Customer, Any]:
    rows = Customer.objects.filter(tenant_id=tenant)
    if reach is not None:
        rows = rows.filter(pk__in=reach)
    return rows.order_by("created", "id").values_list(*_SHOWN)[start:stop]


def _warehouse_page_query(
    start: int, stop: int, *, tenant: UUID, reach: list[UUID] | None = None
) -> QuerySet[Warehouse, Any]:
    rows = Warehouse.objects.filter(tenant_id=tenant)
    if reach is not None:
        rows = rows.filter(pk__in=reach)
    return rows.order_by("created", "id").values_list(*PlainWarehouse._fields)[start:stop]


def _warehouses_query(among: list[UUID]) -> QuerySet[Any, Any]:
    rows = Customer.warehouses.through.objects.filter(customer_id__in=among)
    return rows.order_by("warehouse__name").values_list(
        "customer_id", *(f"warehouse__{name}" for name in _NAMED)
    )


_MOST_IDS = 50
# In the order of the models' fields, which is how from_db reads them.
_SHOWN = ("id", "name", "code", "kind", "is_active", "email", "telephone")
_NAMED = ("id", "name", "is_active")
_PAGE = Prepared(_page_query)
_WAREHOUSE_PAGE = Prepared(_warehouse_page_query)
_WAREHOUSES = Prepared(_warehouses_query)


def shown_to(access: Access, *, text: str = "", state: str = "") -> CustomerQuerySet:
    """The customers of a list page: by name, narrowed by what was typed and by `active`, `inactive` or `sandbox`."""
    rows: CustomerQuerySet = Customer.objects.visible_to(access)
    if text:
        rows = rows.filter(name_key__contains=name_key(text)) | rows.filter(code__icontains=text)
    if state in ("active", "inactive"):
        rows = rows.filter(is_active=state == "active")
    elif state == "sandbox":
        rows = rows.filter(kind="sandbox")
    return rows.order_by("name", "id")


def live_without_sandbox(tenant: Tenant) -> set[UUID]:
    """Ids of the live customers that nobody has made a sandbox of yet."""
    rows = Customer.objects.of(tenant).filter(kind="live", is_active=True, sandboxes=None)
    return set(rows.values_list("id", flat=True))

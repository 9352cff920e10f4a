"""Report runs of the API (partner_api §4.8): computed at once, kept for seven days.

A real client asks once after two seconds and does not look at the status, so a report is finished before the answer
to its start leaves; that answer says IN_PROCESS all the same, as the published format does.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from apps.core.reading import Node
from apps.customers.models import Customer
from apps.customers.resolve import default_warehouse, resolve_customer, resolve_warehouse
from apps.customers.scope import Scope
from apps.orders import selectors
from apps.orders.models import Product, ReportRun, ReportStatus, ReportType, Stock, UnitOfMeasure
from apps.orders.querysets import StockQuerySet
from apps.orders.wire import product_reference
from apps.tenants.models import Tenant, Warehouse
from apps.tenants.querysets import TenantQuerySet

KEPT = timedelta(days=7)
LARGEST_PAGE = 100
ALWAYS = ("unitOfMeasure", "productStatus")
AGGREGATES = (*ALWAYS, "productType", "productGroup", "inboundOrder", "location", "batch", "expiryDate")
CHARGE_CLASSES = ("CONSIGNMENT", "MANIFEST", "SALE_ORDER", "PURCHASE_ORDER", "STORAGE_PERIOD", "RUN_SHEET")
DATE_FILTERS = ("date_added", "date_activity", "date_invoice")
Json = dict[str, Any]


def report_runs(tenant: Tenant, client_id: UUID) -> TenantQuerySet:
    """The runs of a client that are still kept."""
    rows: TenantQuerySet = ReportRun.objects.of(tenant)
    return rows.filter(client_id=client_id, created__gte=timezone.now() - KEPT)


@transaction.atomic
def run_report(*, tenant: Tenant, scope: Scope, payload: Any, client_id: UUID) -> ReportRun:
    """Run the report that a document asks for; raises `Invalid` with every fault."""
    root = Node(payload)
    kind = root["type"].choice(list(ReportType.values))
    if kind is None:
        root["type"].fail("This member is required.")
    parameters = root["parameters"].object(required=True)
    run = ReportRun(tenant=tenant, client_id=client_id, type=kind or "")
    if kind == ReportType.STOCK_ON_HAND:
        _stock_on_hand(run, parameters, scope)
    elif kind == ReportType.BULK_CHARGES:
        _bulk_charges(run, parameters)
    root.finish()
    run.status = ReportStatus.SUCCESS
    run.finished_at = timezone.now()
    run.save(force_insert=True)
    return run


def report_json(run: ReportRun, *, started: bool = False) -> Json:
    """A run as the API answers it, without its items; `started` is the form of the answer to the start."""
    body: Json = {"id": run.pk, "type": run.type, "status": run.status, "parameters": run.parameters}
    if started:
        return {**body, "status": ReportStatus.IN_PROCESS}
    if run.finished_at:
        local = run.finished_at.astimezone(ZoneInfo(run.tenant.zone))
        body["reportTime"] = local.strftime("%Y-%m-%d %H:%M:%S")
    if run.failures:
        body["failureDetails"] = run.failures
    return body


def _stock_on_hand(run: ReportRun, parameters: Node, scope: Scope) -> None:
    customer = resolve_customer(parameters["customer"], tenant=run.tenant, scope=scope)
    warehouse = resolve_warehouse(parameters["warehouse"], tenant=run.tenant, scope=scope)
    warehouse = warehouse or default_warehouse(tenant=run.tenant, scope=scope)
    aggregates = _aggregates(parameters["aggregateBy"], scope)
    size = _page_size(parameters["pageSize"])
    if parameters.problems or customer is None:
        return
    run.customer = customer
    run.parameters = {
        "pageSize": size,
        "customer": {"id": str(customer.pk)},
        **({"warehouse": {"name": warehouse.name}} if warehouse else {}),
        "aggregateBy": aggregates,
    }
    run.rows = _stock_rows(run.tenant, customer, warehouse, aggregates) if warehouse else []


def _bulk_charges(run: ReportRun, parameters: Node) -> None:
    """Nothing here charges for jobs, so there is nothing to list; what is asked for is checked and echoed."""
    size = _page_size(parameters["pageSize"])
    run.parameters = {"pageSize": size}
    for name in ("fromDate", "toDate"):
        if (day := parameters[name].date()) is not None:
            run.parameters[name] = day
    if (filtered_by := parameters["dateFilter"].choice(list(DATE_FILTERS))) is not None:
        run.parameters["dateFilter"] = filtered_by
    classes = [node.choice(list(CHARGE_CLASSES)) for node in parameters["chargeClasses"].items(limit=20)]
    if classes:
        run.parameters["chargeClasses"] = classes


def _page_size(node: Node) -> int:
    """A page of up to 100 rows: clients send 200,000 and mean "all", so more is cut and never refused."""
    size = node.decimal(places=0, minimum=Decimal(1))
    return LARGEST_PAGE if size is None else min(int(size), LARGEST_PAGE)


def _aggregates(node: Node, scope: Scope) -> list[str]:
    asked = []
    for item in node.items(limit=50):
        name = item.choice(list(AGGREGATES))
        if name == "location" and scope.customer_ids is not None:
            item.fail("Locations are for clients with access to all customers.")
        elif name:
            asked.append(name)
    return list(dict.fromkeys([*asked, *ALWAYS]))


def _stock_rows(
    tenant: Tenant, customer: Customer, warehouse: Warehouse, aggregates: list[str]
) -> list[Json]:
    rows: StockQuerySet = Stock.objects.of(tenant).filter(product__customer=customer, warehouse=warehouse)
    found = list(
        rows.select_related("product__customer").prefetch_related("product__units").order_by("product__code")
    )
    ids = [row.product_id for row in found]
    incoming = selectors.incoming(tenant, ids, warehouse.pk)
    received = selectors.received(tenant, ids, warehouse.pk)
    return [
        _stock_item(row, aggregates, incoming.get(row.product_id), received.get(row.product_id))
        for row in found
    ]


def _stock_item(
    row: Stock, aggregates: list[str], incoming: Decimal | None, received: Decimal | None
) -> Json:
    unit = _unit_of(row.product)
    unit_json = {"type": unit.code, "name": unit.name} if unit else {"type": row.product.default_unit}
    per_unit = unit.base_quantity if unit else Decimal(1)
    nothing = Decimal(0)
    quantities = {
        "quantity": row.on_hand + (received or nothing),
        "quantityFree": row.free,
        "quantityAllocated": row.allocated,
        "quantityIncoming": incoming or nothing,
    }
    known = {"unitOfMeasure": unit_json, "productStatus": "OK", "productType": row.product.type}
    product = product_reference(row.product)
    return {
        "type": "ITEM",
        "details": {"product": _texts(product), "unitOfMeasure": unit_json},
        "measures": {name: round(amount / per_unit, 4) for name, amount in quantities.items()},
        "properties": {name: known[name] for name in aggregates if name in known},
    }


def _unit_of(product: Product) -> UnitOfMeasure | None:
    """The unit that stock is counted in: the one of base quantity 1, else the product's default."""
    units = list(product.units.all())
    single = [unit for unit in units if unit.base_quantity == 1]
    return next(iter(single or [unit for unit in units if unit.code == product.default_unit]), None)


def _texts(reference: Json) -> Json:
    """A reference with its ids as text, as a JSON column keeps them."""
    return {
        name: str(value) if isinstance(value, UUID) else _nested(value) for name, value in reference.items()
    }


def _nested(value: Any) -> Any:
    return _texts(value) if isinstance(value, dict) else value


__all__ = ["report_json", "report_runs", "run_report"]

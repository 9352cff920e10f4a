"""Customers and warehouses (#3 to #6)."""

from uuid import UUID

from apps.clients.roles import Permission
from apps.customers.selectors import (
    customer_page,
    customers,
    warehouse_page,
    warehouses,
    warehouses_within,
)
from apps.customers.services import create_customer_from
from apps.customers.wire import customer_json, warehouse_json
from apps.partner_api import samples
from apps.partner_api.answers import Answer, invalid, not_found
from apps.partner_api.calls import ApiCall
from apps.partner_api.declare import PAGE, SIZE, endpoint
from apps.partner_api.paging import page_of
from apps.partner_api.schemas import CustomerOut, WarehouseOut


@endpoint(
    "GET",
    "/customers",
    name="customers.list",
    summary="List the customers within reach",
    needs=Permission.CUSTOMERS_VIEW,
    query=(PAGE, SIZE),
    paged=True,
    prefer=("minimal",),
    returns={200: list[CustomerOut]},
)
def list_customers(call: ApiCall) -> Answer:
    """Read without page parameters, the list is complete up to 1,000 customers."""
    return page_of(
        call,
        lambda start, stop: customer_page(call.tenant, call.scope, start, stop),
        lambda: customers(call.tenant, call.scope).count(),
        lambda pair: customer_json(*pair),
        whole=True,
        minimal=lambda pair: {"id": pair[0].pk},
    )


@endpoint(
    "GET",
    "/customers/{customerId}",
    name="customers.get",
    summary="One customer",
    needs=Permission.CUSTOMERS_VIEW,
    returns={200: CustomerOut},
)
def get_customer(call: ApiCall, customer_id: UUID) -> Answer:
    """A customer out of reach is not there."""
    customer = customers(call.tenant, call.scope).filter(pk=customer_id).first()
    if customer is None:
        raise not_found()
    call.names_customer(customer.pk, customer.kind)
    return Answer(customer_json(customer, warehouses_within(customer, call.scope)))


@endpoint(
    "POST",
    "/customers",
    name="customers.create",
    summary="Create a customer (internal clients only)",
    needs=Permission.CUSTOMERS_CREATE,
    body=samples.CUSTOMER_BODY,
    returns={201: CustomerOut},
)
def post_customer(call: ApiCall) -> Answer:
    """A client that reaches named customers only would not see what it made, so it may not make any."""
    if call.who.customer_ids is not None:
        raise invalid("This client reaches named customers only and can't add one.", "/name")
    customer = create_customer_from(tenant=call.tenant, scope=call.scope, payload=call.body, actor=call.actor)
    call.names_customer(customer.pk, customer.kind)
    return Answer(customer_json(customer, warehouses_within(customer, call.scope)), status=201)


@endpoint(
    "GET",
    "/warehouses",
    name="warehouses.list",
    summary="List the warehouses within reach",
    needs=Permission.WAREHOUSES_VIEW,
    query=(PAGE, SIZE),
    paged=True,
    prefer=("minimal",),
    returns={200: list[WarehouseOut]},
    addition=True,
)
def list_warehouses(call: ApiCall) -> Answer:
    """Read without page parameters, the list is complete up to 1,000 warehouses."""
    return page_of(
        call,
        lambda start, stop: warehouse_page(call.who.tenant_id, call.scope, start, stop),
        lambda: warehouses(call.tenant, call.scope).count(),
        warehouse_json,
        whole=True,
        minimal=lambda warehouse: {"id": warehouse.id},
    )


@endpoint(
    "GET",
    "/warehouses/{warehouseId}",
    name="warehouses.get",
    summary="One warehouse",
    needs=Permission.WAREHOUSES_VIEW,
    returns={200: WarehouseOut},
    addition=True,
)
def get_warehouse(call: ApiCall, warehouse_id: UUID) -> Answer:
    """A warehouse out of reach is not there."""
    warehouse = warehouses(call.tenant, call.scope).filter(pk=warehouse_id).first()
    if warehouse is None:
        raise not_found()
    return Answer(warehouse_json(warehouse))

"""How orders move, what each move leaves behind, and what happens to the stock."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from apps.audit.actors import Actor
from apps.audit.models import Entry
from apps.customers.models import Customer
from apps.customers.settings import ConsignmentGeneration
from apps.orders import services, wire
from apps.orders.models import Consignment, Order, OrderLine, Product, Status, Stock
from apps.orders.services import Conflict, Invalid
from apps.tenants.models import Tenant, Warehouse
from apps.webhooks.models import Endpoint, Event
from tests.customers.factories import CustomerFactory, with_settings
from tests.orders.factories import CALLER, inbound_document, make_inbound_order, make_order

PERSON = Actor(kind="person", name="kim@coastal.example", id="7")


@pytest.fixture
def endpoint(tenant: Tenant) -> Endpoint:
    return Endpoint.objects.create(
        tenant=tenant, name="All", url="https://example.com/", signing_key_sealed="x"
    )


@pytest.fixture
def order(customer: Customer, mug: Product) -> Order:
    return make_order(customer, ("MUG-12", 3))


def events() -> list[tuple[str, int, dict[str, Any]]]:
    return [(row.name, row.sequence, json.loads(row.body)) for row in Event.objects.order_by("id")]


def test_each_move_raises_the_version_and_tells_the_webhooks(endpoint: Endpoint, order: Order) -> None:
    services.pack(order=order, actor=CALLER)
    services.dispatch(order=order, actor=PERSON)
    told = [(name, sequence, body["status"], body["version"]) for name, sequence, body in events()]
    assert told == [
        ("outbound-order.created", 1, "AWAITING_PICK_AND_PACK", 1),
        ("outbound-order.status-changed", 2, "PACKED", 2),
        ("consignment.created", 1, "IN_WAREHOUSE", 1),
        ("outbound-order.status-changed", 3, "DISPATCHED", 3),
        ("consignment.status-changed", 2, "IN_TRANSIT_WAREHOUSE_DELIVERY", 2),
    ]
    body = events()[3][2]
    assert {"packed", "dispatched"} <= set(body["timestamps"])
    assert body["references"]["customer"] == "SO-771" and body["items"][0]["measures"] == {"quantity": 3}


def test_the_history_names_who_and_machines_leave_no_audit_row(order: Order) -> None:
    services.pack(order=order, actor=CALLER)
    services.dispatch(order=order, actor=PERSON)
    history = [(change.before, change.after, change.actor_name) for change in order.changes.all()]
    assert history == [
        ("", "AWAITING_PICK_AND_PACK", "Acme integration"),
        ("AWAITING_PICK_AND_PACK", "PACKED", "Acme integration"),
        ("PACKED", "DISPATCHED", "kim@coastal.example"),
    ]
    assert [entry.actor_name for entry in Entry.objects.all()] == ["kim@coastal.example"]


OUTBOUND: dict[str, Callable[..., Order]] = {
    "allocate": services.allocate,
    "pack": services.pack,
    "dispatch": services.dispatch,
    "cancel": services.cancel,
}
INBOUND: dict[str, Callable[..., Order]] = {
    "receive": services.receive,
    "verify": services.verify,
    "allocate": services.allocate_inbound,
    "cancel": services.cancel,
}


@pytest.mark.parametrize(
    ("status", "allowed"),
    [
        (Status.DRAFT, {"allocate", "cancel"}),
        (Status.AWAITING_STOCK, {"allocate", "cancel"}),
        (Status.AWAITING_PICK_AND_PACK, {"pack", "cancel"}),
        (Status.PACKING_IN_PROGRESS, {"pack", "cancel"}),
        (Status.PACKED, {"dispatch"}),
        (Status.DISPATCHED, set()),
        (Status.CANCELLED, set()),
        (Status.REJECTED, set()),
    ],
)
@pytest.mark.parametrize("step", OUTBOUND)
def test_a_sale_order_moves_only_from_the_statuses_that_allow_it(
    order: Order, status: Status, allowed: set[str], step: str
) -> None:
    Order.objects.update(status=status)
    if step in allowed:
        assert OUTBOUND[step](order=order, actor=CALLER).version == 2
    else:
        with pytest.raises(Conflict, match="can't be"):
            OUTBOUND[step](order=order, actor=CALLER)


@pytest.mark.parametrize(
    ("status", "allowed"),
    [
        (Status.DRAFT, {"receive", "cancel"}),
        (Status.NOT_YET_RECEIVED, {"receive", "cancel"}),
        (Status.RECEIVED, {"verify"}),
        (Status.VERIFIED, {"allocate"}),
        (Status.ALLOCATED, set()),
    ],
)
@pytest.mark.parametrize("step", INBOUND)
def test_a_purchase_order_moves_only_from_the_statuses_that_allow_it(
    customer: Customer, mug: Product, status: Status, allowed: set[str], step: str
) -> None:
    order = make_inbound_order(customer, ("MUG-12", 5))
    Order.objects.update(status=status)
    if step in allowed:
        assert INBOUND[step](order=order, actor=CALLER).version == 2
    else:
        with pytest.raises(Conflict, match="can't be"):
            INBOUND[step](order=order, actor=CALLER)


def test_steps_of_the_other_direction_are_refused(order: Order) -> None:
    with pytest.raises(Conflict):
        services.receive(order=order, actor=CALLER)


def test_an_order_that_somebody_deleted_is_a_conflict(order: Order) -> None:
    Order.objects.all().delete()
    with pytest.raises(Conflict, match="deleted meanwhile"):
        services.pack(order=order, actor=CALLER)


def test_only_goods_that_arrived_well_become_stock(customer: Customer, mug: Product) -> None:
    order = make_inbound_order(customer, ("MUG-12", 5), ("MUG-12", "2.5"))
    OrderLine.objects.filter(position=1).update(state="DAMAGED")
    for step in (services.receive, services.verify, services.allocate_inbound):
        order = step(order=order, actor=CALLER)
    assert Stock.objects.get(product=mug).on_hand == Decimal("12.5")


def test_a_purchase_order_is_served_as_documented(customer: Customer, mug: Product) -> None:
    document = inbound_document(customer, ("MUG-12", 40), status="DRAFT")
    document["items"][0]["properties"] = {"batch": "7"}
    created = services.create_inbound_order(
        tenant=customer.tenant, scope=services.EVERYTHING, payload=document, actor=CALLER
    )
    body = wire.order_json(created.order)
    assert (body["type"], body["status"]) == ("INBOUND", "DRAFT")
    assert body["details"] == {"urgent": False, "hasChildren": False}
    assert body["items"][0]["status"] == "OK" and body["items"][0]["properties"] == {"batch": "7"}
    assert "items" not in wire.order_json(created.order, items=False)


def test_a_purchase_order_of_an_unknown_product_is_rejected(customer: Customer, mug: Product) -> None:
    order = make_inbound_order(customer, ("NOPE", 1))
    assert order.status == Status.REJECTED
    assert wire.order_json(order)["details"]["errors"][0]["message"] == "NOPE (NOPE) x 1 - Product not found"
    assert make_inbound_order(customer, ("MUG-12", 1)).status == Status.NOT_YET_RECEIVED


def test_one_reference_serves_both_directions(customer: Customer, mug: Product) -> None:
    make_order(customer, ("MUG-12", 1), reference="SAME")
    make_inbound_order(customer, ("MUG-12", 1), reference="SAME")
    assert Order.objects.count() == 2


def test_deleting_gives_the_stock_back_and_tells(endpoint: Endpoint, order: Order, mug: Product) -> None:
    services.delete(order=order, actor=CALLER)
    assert not Order.objects.exists()
    assert Stock.objects.get(product=mug).allocated == 0
    assert events()[-1][:2] == ("outbound-order.deleted", 2)


def test_deleting_is_refused_where_the_settings_do_not_allow_it(order: Order) -> None:
    services.pack(order=order, actor=CALLER)
    with pytest.raises(Invalid, match="can't be deleted"):
        services.delete(order=order, actor=CALLER)


def test_a_sandbox_is_emptied_and_a_live_customer_is_not(
    order: Order, mug: Product, customer: Customer
) -> None:
    services.pack(order=order, actor=CALLER)
    with pytest.raises(Invalid):
        services.remove_sandbox_orders(customer=customer, actor=CALLER)
    Customer.objects.update(kind="sandbox")
    make_inbound_order(customer, ("MUG-12", 1))
    removed = services.remove_sandbox_orders(customer=customer, actor=CALLER)
    assert (removed.orders, removed.consignments) == (2, 1)
    assert not Order.objects.exists() and not Consignment.objects.exists()
    assert Stock.objects.get(product=mug).allocated == 0


def test_allocation_needs_a_warehouse_that_is_active(order: Order, warehouse: Warehouse) -> None:
    Order.objects.update(status=Status.DRAFT, warehouse=None)
    with pytest.raises(Conflict, match="Choose the warehouse"):
        services.allocate(order=order, actor=CALLER)
    warehouse.is_active = False
    with pytest.raises(Conflict, match="inactive"):
        services.allocate(order=order, actor=CALLER, warehouse=warehouse)


def test_a_refused_allocation_keeps_what_the_order_held(order: Order, mug: Product) -> None:
    Order.objects.update(status=Status.AWAITING_STOCK)
    OrderLine.objects.update(base_quantity=11)
    with pytest.raises(Conflict, match="Nothing was allocated"):
        services.allocate(order=order, actor=CALLER)
    assert Stock.objects.get(product=mug).allocated == 3


def test_no_consignment_is_made_where_the_settings_say_never(customer: Customer, mug: Product) -> None:
    with_settings(customer, consignments=ConsignmentGeneration.NEVER)
    services.pack(order=make_order(customer, ("MUG-12", 1)), actor=CALLER)
    assert not Consignment.objects.exists()


def test_numbers_count_per_customer(customer: Customer, mug: Product, tenant: Tenant) -> None:
    other = CustomerFactory.create(tenant=tenant)
    orders = [
        make_order(owner, ("MUG-12", 1), reference=f"R{n}")
        for n, owner in enumerate((customer, customer, other))
    ]
    assert [order.numeric_id for order in orders] == ["1", "2", "1"]

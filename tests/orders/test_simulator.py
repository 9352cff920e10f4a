"""The simulator: moves the orders of a sandbox with all their events, and never those of a live customer."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.models import Entry
from apps.core.problems import Conflict
from apps.customers.models import Customer, Kind
from apps.orders import jobs, services
from apps.orders.models import Consignment, ConsignmentStatus, Order, Product, Simulation, Status, Stock
from apps.tenants.models import Tenant, Warehouse
from apps.webhooks import endpoints
from apps.webhooks.models import Event
from tests.customers.factories import CustomerFactory
from tests.orders.factories import CALLER, ProductFactory, make_inbound_order, make_order, stocked

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(administrator: User, sign_in: Callable[[User | None], Client]) -> Client:
    return sign_in(administrator)


@pytest.fixture
def sandbox(customer: Customer, warehouse: Warehouse) -> Customer:
    """A sandbox with ten mugs, and a receiver that wants its events."""
    sandbox = CustomerFactory.create(
        tenant=customer.tenant, name="Blue Kettle Sandbox", kind=Kind.SANDBOX, copied_from=customer
    )
    stocked(ProductFactory.create(customer=sandbox, code="MUG-12"), warehouse, 10)
    endpoints.create_endpoint(
        tenant=customer.tenant, name="ERP", url="https://hooks.example.com/x", actor=CALLER
    )
    return sandbox


def url(name: str, tenant: Tenant, pk: Any) -> str:
    return reverse(f"orders:{name}", args=[tenant.slug, pk])


def statuses(*orders: Order) -> list[str]:
    return [Order.objects.get(pk=order.pk).status for order in orders]


def test_everything_under_way_takes_a_step_at_each_press(
    admin: Client, tenant: Tenant, sandbox: Customer, customer: Customer, mug: Product
) -> None:
    order = make_order(sandbox, ("MUG-12", 2))
    inbound = make_inbound_order(sandbox, ("MUG-12", 5))
    live = make_order(customer, ("MUG-12", 1), reference="LIVE")
    press = url("simulator_step", tenant, sandbox.pk)
    seen = [statuses(order, inbound)]
    for _ in range(4):
        assert admin.post(press).status_code == 303
        seen.append(statuses(order, inbound))
    assert seen == [
        ["AWAITING_PICK_AND_PACK", "NOT_YET_RECEIVED"],
        ["PACKED", "RECEIVED"],
        ["DISPATCHED", "VERIFIED"],
        ["DISPATCHED", "ALLOCATED"],
        ["DISPATCHED", "ALLOCATED"],
    ]
    assert Stock.objects.get(product__customer=sandbox).on_hand == 13
    job = Consignment.objects.get(customer=sandbox)
    assert list(job.changes.values_list("after", flat=True)) == [
        "IN_WAREHOUSE",
        "IN_TRANSIT_WAREHOUSE_DELIVERY",
        "DELIVERED",
    ]
    assert statuses(live) == ["AWAITING_PICK_AND_PACK"]
    events = Event.objects.filter(customer_id=sandbox.pk).order_by("id").values_list("name", flat=True)
    assert list(events).count("outbound-order.status-changed") == 2
    assert list(events).count("inbound-order.status-changed") == 3
    assert list(events).count("consignment.status-changed") == 2
    assert Entry.objects.filter(action="order.moved", target_id=str(order.pk)).count() == 2


def test_an_order_without_stock_goes_on_waiting_and_holds_nothing_up(
    admin: Client, tenant: Tenant, sandbox: Customer
) -> None:
    waiting = make_order(sandbox, ("MUG-12", 3), reference="SO-1")
    Order.objects.filter(pk=waiting.pk).update(status=Status.AWAITING_STOCK)
    waiting.lines.update(base_quantity=500, quantity=500, allocated=0)
    other = make_order(sandbox, ("MUG-12", 1), reference="SO-2")
    answer = admin.post(url("simulator_step", tenant, sandbox.pk), follow=True)
    assert "Moved on: 1 orders and 0 consignments. 1 wait" in answer.content.decode()
    assert statuses(waiting, other) == ["AWAITING_STOCK", "PACKED"]


def test_live_customers_have_no_simulator(
    admin: Client, tenant: Tenant, customer: Customer, mug: Product
) -> None:
    order = make_order(customer, ("MUG-12", 1))
    for name in ("simulator_step", "simulator_on", "simulator_off"):
        assert admin.post(url(name, tenant, customer.pk)).status_code == 404
    assert admin.get(url("simulator", tenant, customer.pk)).status_code == 404
    assert admin.post(url("simulate", tenant, order.pk)).status_code == 409
    assert "Simulate" not in admin.get(url("detail", tenant, order.pk)).content.decode()
    for act in (
        lambda: services.simulate_customer(customer=customer, actor=CALLER),
        lambda: services.switch_simulation(customer=customer, actor=CALLER, on=True),
    ):
        with pytest.raises(Conflict):
            act()
    # Not even with a switch that got there past the services.
    Simulation.objects.create(customer=customer)
    assert jobs.simulate() == 0
    assert statuses(order) == ["AWAITING_PICK_AND_PACK"]


def test_one_order_is_moved_from_its_page(admin: Client, tenant: Tenant, sandbox: Customer) -> None:
    order, inbound = make_order(sandbox, ("MUG-12", 1)), make_inbound_order(sandbox, ("MUG-12", 1))
    other = make_order(sandbox, ("MUG-12", 1), reference="SO-2")
    assert "Simulate next step" in admin.get(url("detail", tenant, order.pk)).content.decode()
    for _ in range(2):
        assert admin.post(url("simulate", tenant, order.pk)).status_code == 303
    for _ in range(3):
        assert admin.post(url("inbound_simulate", tenant, inbound.pk)).status_code == 303
    assert statuses(order, inbound, other) == ["DISPATCHED", "ALLOCATED", "AWAITING_PICK_AND_PACK"]
    assert admin.post(url("simulate", tenant, order.pk)).status_code == 409


def test_the_worker_moves_a_sandbox_while_its_switch_is_on(
    admin: Client, tenant: Tenant, sandbox: Customer
) -> None:
    order = make_order(sandbox, ("MUG-12", 1))
    assert jobs.simulate() == 0
    for _ in range(2):
        admin.post(url("simulator_on", tenant, sandbox.pk))
    assert Entry.objects.filter(action="simulation.switched_on").count() == 1
    assert "Switch off" in admin.get(url("simulator", tenant, sandbox.pk)).content.decode()
    assert jobs.simulate() == 1
    # A second worker comes in the same turn and finds it taken.
    assert jobs.simulate() == 0
    assert statuses(order) == ["PACKED"]
    Simulation.objects.update(moved_at=timezone.now() - timedelta(minutes=1))
    assert jobs.simulate() == 1
    admin.post(url("simulator_off", tenant, sandbox.pk))
    assert jobs.simulate() == 0 and not Simulation.objects.exists()
    assert statuses(order) == ["DISPATCHED"]


def test_an_inactive_sandbox_stands_still(admin: Client, tenant: Tenant, sandbox: Customer) -> None:
    order = make_order(sandbox, ("MUG-12", 1))
    services.switch_simulation(customer=sandbox, actor=CALLER, on=True)
    Customer.objects.filter(pk=sandbox.pk).update(is_active=False)
    assert jobs.simulate() == 0
    assert admin.post(url("simulator_step", tenant, sandbox.pk)).status_code == 409
    assert admin.post(url("simulate", tenant, order.pk)).status_code == 409
    assert statuses(order) == ["AWAITING_PICK_AND_PACK"]


# --- Consignments by hand -----------------------------------------------------------------------------------------


def test_a_consignment_goes_its_way_by_hand_and_its_page_tells_of_it(
    admin: Client, tenant: Tenant, customer: Customer, mug: Product
) -> None:
    order = make_order(customer, ("MUG-12", 1))
    services.pack(order=order, actor=CALLER)
    job = Consignment.objects.get()
    page, move = url("consignment", tenant, job.pk), url("consignment_move", tenant, job.pk)
    # Until its order is dispatched it moves with the order alone.
    assert "In transit to delivery</button>" not in admin.get(page).content.decode()
    transit = {"to": "IN_TRANSIT_WAREHOUSE_DELIVERY", "version": job.version}
    assert admin.post(move, transit).status_code == 409
    services.dispatch(order=order, actor=CALLER)
    job.refresh_from_db()
    assert job.status == ConsignmentStatus.IN_TRANSIT_WAREHOUSE_DELIVERY
    delivered = {"to": "DELIVERED", "version": job.version}
    assert admin.post(move, {**delivered, "version": job.version - 1}).status_code == 409
    assert admin.post(move, {**delivered, "version": "x"}).status_code == 400
    assert admin.post(move, {**delivered, "to": "DRAFT"}).status_code == 409
    assert admin.post(move, delivered).status_code == 303
    assert admin.post(move, delivered).status_code == 409
    shown = admin.get(page).content.decode()
    assert shown.count("timeline__mark") == 3 and "Delivered" in shown
    assert Entry.objects.get(action="consignment.moved").after == {"status": "DELIVERED"}
    cancel = {"version": job.version + 1}
    assert admin.post(url("consignment_cancel", tenant, job.pk), cancel).status_code == 409


def test_a_consignment_of_a_caller_is_cancelled_once(
    admin: Client, tenant: Tenant, customer: Customer, warehouse: Warehouse
) -> None:
    job = services.create_consignment(
        tenant=tenant,
        scope=services.EVERYTHING,
        payload={"references": {"customer": "CN-1"}, "customer": {"id": str(customer.pk)}},
        actor=CALLER,
    )
    cancel = url("consignment_cancel", tenant, job.pk)
    assert admin.post(cancel, {"version": 1}).status_code == 303
    assert admin.post(cancel, {"version": 1}).status_code == 409
    job.refresh_from_db()
    assert (job.status, job.version) == (ConsignmentStatus.CANCELLED, 2)
    assert list(job.changes.values_list("before", "after")) == [
        ("", "AWAITING_PICKUP"),
        ("AWAITING_PICKUP", "CANCELLED"),
    ]

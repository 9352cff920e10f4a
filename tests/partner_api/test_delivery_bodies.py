"""What receivers are told is what GET answers: the events of an order's life, made through the API and the portal."""

import json
from typing import Any

import pytest

from apps.audit import actors
from apps.clients.models import ApiClient
from apps.customers.models import Customer
from apps.orders.models import Order, Product
from apps.orders.services import dispatch, pack
from apps.tenants.models import Tenant
from apps.webhooks.endpoints import create_endpoint
from apps.webhooks.models import Delivery, Endpoint, Event
from tests.partner_api.conftest import Caller
from tests.partner_api.sent import order

pytestmark = pytest.mark.django_db
ACTOR = actors.command("tests")


@pytest.fixture
def endpoint(tenant: Tenant) -> Endpoint:
    return create_endpoint(tenant=tenant, name="All", url="https://hooks.example.com/", actor=ACTOR)[0]


def told(name: str) -> list[tuple[int, Any]]:
    return [
        (event.sequence, json.loads(event.body)) for event in Event.objects.filter(name=name).order_by("pk")
    ]


def test_created_and_status_changed_carry_the_order_as_get_returns_it(
    caller: Caller, customer: Customer, mug: Product, endpoint: Endpoint
) -> None:
    answer = caller.post("outbound-orders", order(customer))
    assert answer.status_code == 201
    assert told("outbound-order.created") == [(1, answer.json())]
    row = Order.objects.get()
    for move, status in ((pack, "PACKED"), (dispatch, "DISPATCHED")):
        move(order=row, actor=ACTOR)
        now = caller.get(f"outbound-orders/{row.pk}").json()
        assert now["status"] == status
        assert told("outbound-order.status-changed")[-1] == (now["version"], now)
    assert list(Event.objects.values_list("reference", flat=True).distinct()) == [row.reference]
    assert set(Event.objects.values_list("customer_id", flat=True)) == {customer.pk}


def test_a_deleted_order_is_told_of_and_a_refused_call_leaves_no_event(
    caller: Caller, customer: Customer, mug: Product, endpoint: Endpoint
) -> None:
    assert caller.post("outbound-orders", {}).status_code == 422
    assert not Event.objects.exists()
    created = caller.post("outbound-orders", order(customer)).json()
    assert caller.call("DELETE", f"outbound-orders/{created['id']}").status_code == 204
    ((version, body),) = told("outbound-order.deleted")
    assert body["id"] == created["id"] and version > created["version"]


def test_an_endpoint_gets_its_customers_and_a_channel_the_orders_it_made(
    tenant: Tenant, caller: Caller, customer: Customer, mug: Product
) -> None:
    url = "https://hooks.example.com/"
    other = ApiClient.objects.exclude(pk=caller.row.pk).first()
    named = {
        "theirs": {"customer_ids": [customer.pk]},
        "others": {"customer_ids": [tenant.pk]},
        "events": {"events": ["outbound-order.deleted"]},
        "channel": {"client_id": other.pk if other else tenant.pk},
    }
    for name, values in named.items():
        create_endpoint(tenant=tenant, name=name, url=url, actor=ACTOR, **values)
    caller.post("outbound-orders", order(customer))
    assert set(Delivery.objects.values_list("endpoint__name", flat=True)) == {"theirs"}

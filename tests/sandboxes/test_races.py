"""Go-live while orders arrive, and by two people at once: every order has exactly one end, and there is one go-live."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest
from django.db import connection

from apps.clients import services as clients
from apps.clients.services import ClientInput, Outdated
from apps.core.problems import Invalid
from apps.customers.models import Customer
from apps.customers.services import create_customer
from apps.orders import services as orders
from apps.orders.models import Order
from apps.sandboxes import services
from tests.clients.conftest import ACTOR
from tests.factories import WarehouseFactory
from tests.orders.factories import ProductFactory, order_document, stocked

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
SENDERS, EACH = 4, 12


@pytest.fixture
def live(tenant):
    warehouse = WarehouseFactory.create(tenant=tenant, is_default=True)
    customer = create_customer(tenant=tenant, actor=ACTOR, name="Blue Kettle Teas")
    stocked(ProductFactory.create(customer=customer, code="MUG-12"), warehouse, 10_000)
    return customer


def go_live_with(tenant, live):
    sandbox = services.duplicate(
        customer=live, name="Blue Kettle Sandbox", actor=ACTOR, with_products=True, starting_stock=10_000
    )
    client = clients.create_client(
        tenant=tenant,
        actor=ACTOR,
        values=ClientInput(name="ERP", roles=["WMS_CREATE_JOBS"], customers=[sandbox], all_warehouses=True),
    )
    return client, sandbox


def test_each_order_that_arrives_meanwhile_is_removed_or_refused_and_none_is_left(tenant, live):
    client, sandbox = go_live_with(tenant, live)
    started, barrier = Event(), Barrier(SENDERS + 1)

    def send(sender):
        ends = []
        try:
            barrier.wait(30)
            for number in range(EACH):
                payload = order_document(sandbox, ("MUG-12", 1), reference=f"SO-{sender}-{number}")
                try:
                    created = orders.create_order(
                        tenant=tenant, scope=orders.EVERYTHING, payload=payload, actor=ACTOR
                    )
                    ends.append(("stored", created.order.pk))
                except Invalid:
                    ends.append(("refused", None))
                if number == EACH // 3:
                    started.set()
            return ends
        finally:
            connection.close()

    def leave():
        try:
            barrier.wait(30)
            started.wait(30)
            return services.go_live(client=client, sandbox=sandbox, actor=ACTOR)
        finally:
            connection.close()

    with ThreadPoolExecutor(SENDERS + 1) as pool:
        sending = [pool.submit(send, sender) for sender in range(SENDERS)]
        gone = pool.submit(leave).result(60)
        ends = [end for sent in sending for end in sent.result(60)]
    stored = [pk for word, pk in ends if word == "stored"]
    assert len(ends) == SENDERS * EACH
    assert gone.removed.orders == len(stored)
    assert not Order.objects.exists(), "an order is left at an inactive sandbox or at the live customer"
    assert Customer.objects.get(pk=sandbox.pk).is_active is False
    assert list(client.customers.all()) == [live]


def test_two_people_who_go_live_at_once_make_one_go_live(tenant, live):
    client, sandbox = go_live_with(tenant, live)
    barrier = Barrier(2)

    def press(_):
        try:
            barrier.wait(30)
            services.go_live(client=client, sandbox=sandbox, actor=ACTOR)
            return "went live"
        except Outdated:
            return "told"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert Counter(pool.map(press, range(2))) == {"went live": 1, "told": 1}

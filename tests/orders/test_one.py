"""An order read alone or in a page, by two queries, is the order that the ORM reads."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core import jsontext
from apps.customers.models import Customer
from apps.customers.scope import EVERYTHING, Scope
from apps.orders import selectors, wire
from apps.orders.models import Direction, Order, Product
from apps.orders.one import one_order, page_of_orders
from apps.tenants.models import Tenant, Warehouse
from tests import factories
from tests.orders.factories import make_inbound_order, make_order

pytestmark = pytest.mark.django_db


def test_it_is_what_the_orm_reads_for_filled_and_for_rejected_orders(
    tenant: Tenant, customer: Customer, mug: Product
) -> None:
    made = [
        make_order(customer, ("MUG-12", "2.5"), ("MUG-12", 1), reference="SO-1"),
        make_order(customer, ("NONE", 1), reference="SO-2"),
        make_inbound_order(customer, ("MUG-12", 4), reference="PO-1"),
    ]
    for order in made:
        direction = Direction(order.direction)
        usual = selectors.orders(tenant, direction).get(pk=order.pk)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            found = one_order(tenant, direction, EVERYTHING, order.pk)
            assert found is not None
            body = jsontext.dumps(wire.order_json(found))
        assert body == jsontext.dumps(wire.order_json(usual))
        assert len(queries) == 2
        assert found.lines.filter(position=1).count() == 1
        with CaptureQueriesContext(connection) as queries:
            page = page_of_orders(tenant, Order.objects.filter(pk=order.pk).values("pk"))
            assert [jsontext.dumps(wire.order_json(each)) for each in page] == [body]
        assert len(queries) == 2


def test_what_is_out_of_reach_is_not_there(
    tenant: Tenant, customer: Customer, mug: Product, warehouse: Warehouse
) -> None:
    order = make_order(customer, ("MUG-12", 1))
    here, elsewhere = frozenset([warehouse.pk]), frozenset([uuid4()])
    outbound = Direction.OUTBOUND
    assert one_order(tenant, outbound, Scope(frozenset([customer.pk]), here), order.pk) is not None
    assert one_order(tenant, outbound, Scope(elsewhere, None), order.pk) is None
    assert one_order(tenant, outbound, Scope(None, elsewhere), order.pk) is None
    assert one_order(tenant, Direction.INBOUND, EVERYTHING, order.pk) is None
    assert one_order(factories.TenantFactory.create(), outbound, EVERYTHING, order.pk) is None
    assert one_order(tenant, outbound, EVERYTHING, uuid4()) is None

"""Promise 16: stock never falls below zero under 200 parallel orders for the last 10 units (real processes)."""

import multiprocessing
from collections import Counter
from decimal import Decimal
from multiprocessing.synchronize import Barrier

import pytest
from django.db import IntegrityError, connection, connections, transaction

from apps.orders import services
from apps.orders.models import Order, Stock
from apps.orders.services import stock
from tests.customers.factories import CustomerFactory, WarehouseFactory
from tests.factories import TenantFactory
from tests.orders.factories import CALLER, ProductFactory, order_document, stocked

WORKERS = 8
EACH = 25


@pytest.fixture
def last_ten(transactional_db: None) -> Stock:
    """The last ten units of a product in the only warehouse."""
    tenant = TenantFactory.create()
    warehouse = WarehouseFactory.create(tenant=tenant, is_default=True)
    product = ProductFactory.create(customer=CustomerFactory.create(tenant=tenant), code="LAST")
    return stocked(product, warehouse, 10)


def _order(number: int, row_id: int) -> bool:
    row = Stock.objects.select_related("product__customer__tenant").get(pk=row_id)
    customer = row.product.customer
    created = services.create_order(
        tenant=customer.tenant,
        scope=services.EVERYTHING,
        payload=order_document(customer, ("LAST", 1), reference=f"SO-{number}"),
        actor=CALLER,
    )
    return not created.rejected


def _reserve(number: int, row_id: int) -> bool:
    row = Stock.objects.get(pk=row_id)
    return stock.reserve(row.product_id, row.warehouse_id, Decimal(1))


def _reserve_naively(number: int, row_id: int) -> bool:
    """Look, then write: what the services must not do."""
    row = Stock.objects.get(pk=row_id)
    if row.free < 1:
        return False
    row.allocated += 1
    row.save(update_fields=["allocated"])
    return True


WAYS = {"order": _order, "reserve": _reserve, "naive": _reserve_naively}


def _work(
    way: str, row_id: int, worker: int, barrier: Barrier, results: "multiprocessing.Queue[bool]"
) -> None:
    # A connection can't be shared with the parent process.
    connections["default"].connection = None
    barrier.wait(timeout=60)
    for number in range(EACH):
        try:
            results.put(WAYS[way](worker * EACH + number, row_id))
        except IntegrityError:
            results.put(False)
    connection.close()


def run_in_parallel(way: str, row: Stock) -> Counter[bool]:
    """Run one way in all processes at once; count what succeeded and what did not."""
    context = multiprocessing.get_context("fork")
    barrier, results = context.Barrier(WORKERS), context.Queue()
    workers = [
        context.Process(target=_work, args=(way, row.pk, worker, barrier, results))
        for worker in range(WORKERS)
    ]
    connections.close_all()
    for worker in workers:
        worker.start()
    found = Counter(results.get(timeout=120) for _ in range(WORKERS * EACH))
    for worker in workers:
        worker.join(timeout=30)
    return found


@pytest.mark.postgres
def test_two_hundred_orders_for_the_last_ten_take_exactly_ten(last_ten: Stock) -> None:
    found = run_in_parallel("order", last_ten)
    last_ten.refresh_from_db()
    assert found == {True: 10, False: 190}
    assert last_ten.allocated == 10
    assert last_ten.free == 0
    statuses = Counter(Order.objects.values_list("status", flat=True))
    assert statuses == {"AWAITING_PICK_AND_PACK": 10, "REJECTED": 190}
    numbers: set[str] = set(Order.objects.values_list("numeric_id", flat=True))
    assert len(numbers) == 200


@pytest.mark.postgres
def test_the_row_itself_decides_without_the_customers_lock(last_ten: Stock) -> None:
    found = run_in_parallel("reserve", last_ten)
    last_ten.refresh_from_db()
    assert found == {True: 10, False: 190}
    assert last_ten.free == 0


@pytest.mark.postgres
def test_looking_before_writing_fails_this_test(last_ten: Stock) -> None:
    # Whether two processes meet is chance, the more so on a busy machine, so they get some tries.
    for _ in range(5):
        Stock.objects.filter(pk=last_ten.pk).update(allocated=0)
        if run_in_parallel("naive", last_ten)[True] > 10:
            return
    pytest.fail("Looking before writing sold no more than there was, in five tries.")


@pytest.mark.parametrize("quantity", ["0.1", "0.3", "3.3333"])
def test_fractions_are_held_exactly(last_ten: Stock, quantity: str) -> None:
    wanted = Decimal(quantity)
    times = int(10 / wanted)
    held = [stock.reserve(last_ten.product_id, last_ten.warehouse_id, wanted) for _ in range(times + 1)]
    last_ten.refresh_from_db()
    assert held == [True] * times + [False]
    assert last_ten.allocated == wanted * times


@pytest.mark.parametrize("change", [{"on_hand": -1}, {"allocated": -1}, {"on_hand": 1, "allocated": 2}])
def test_the_database_refuses_what_no_service_should_write(last_ten: Stock, change: dict[str, int]) -> None:
    with pytest.raises(IntegrityError, match="orders_stock_"):
        Stock.objects.update(**change)


def test_a_warehouse_that_does_not_offer_a_product_gives_none(last_ten: Stock) -> None:
    Stock.objects.update(is_offered=False)
    assert not stock.reserve(last_ten.product_id, last_ten.warehouse_id, Decimal(1))
    with transaction.atomic():
        taken = stock.reserve_up_to(last_ten.product_id, last_ten.warehouse_id, Decimal(1), Decimal(1))
    assert taken == 0

"""The assortment: which warehouse offers which product, as a grid, in bulk, and in every allocation."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.audit.models import Entry
from apps.customers.models import Customer
from apps.orders import services
from apps.orders.models import Allocation, Product, Status, Stock
from apps.orders.types import OrderDefaults
from apps.tenants.models import Tenant, Warehouse
from tests import pages
from tests.customers.factories import WarehouseFactory
from tests.orders.factories import (
    CALLER,
    ProductFactory,
    make_inbound_order,
    make_order,
    order_document,
    stocked,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(administrator: User, sign_in: Callable[[User | None], Client]) -> Client:
    return sign_in(administrator)


@pytest.fixture
def spare(tenant: Tenant, mug: Product) -> Warehouse:
    """A second warehouse, with more mugs than the first."""
    spare = WarehouseFactory.create(tenant=tenant, name="Northside")
    stocked(mug, spare, 100)
    return spare


def grid(tenant: Tenant) -> str:
    return reverse("orders:assortment", args=[tenant.slug])


def save(admin: Client, tenant: Tenant, *, off: set[str] = frozenset(), on: set[str] = frozenset()) -> Any:  # type: ignore[assignment]
    """Open the grid, untick and tick boxes, and save it."""
    (form,) = [
        form
        for form in pages.read(admin.get(grid(tenant))).xpath("//main//form")
        if "/save/" in form.get("action", "")
    ]
    sent = pages.values(form)
    ticked = (set(sent.get("on", [])) - off) | on
    return admin.post(form.get("action"), {"was": sent["was"], "on": sorted(ticked)})


def smart(customer: Customer, quantity: int, reference: str) -> Any:
    return services.create_order(
        tenant=customer.tenant,
        scope=services.EVERYTHING,
        payload=order_document(customer, ("MUG-12", quantity), reference=reference),
        actor=CALLER,
        defaults=OrderDefaults(allocation=Allocation.SMART),
    ).order


def test_a_product_that_is_switched_off_is_taken_from_elsewhere(
    admin: Client, tenant: Tenant, customer: Customer, mug: Product, warehouse: Warehouse, spare: Warehouse
) -> None:
    assert smart(customer, 1, "SO-1").warehouse == spare
    assert save(admin, tenant, off={f"{mug.pk}.{spare.pk}"}).status_code == 303
    assert smart(customer, 1, "SO-2").warehouse == warehouse
    assert smart(customer, 50, "SO-3").status == Status.REJECTED
    entry = Entry.objects.get(action="assortment.switched_off")
    assert (entry.target_name, entry.after) == ("Northside", {"products": 1, "codes": ["MUG-12"]})
    # Of what the order of before holds nothing is lost.
    assert Stock.objects.get(product=mug, warehouse=spare).allocated == 1
    assert save(admin, tenant, on={f"{mug.pk}.{spare.pk}"}).status_code == 303
    assert smart(customer, 50, "SO-4").warehouse == spare


def test_creating_and_allocating_by_hand_respect_it_too(
    admin: Client, tenant: Tenant, customer: Customer, mug: Product, warehouse: Warehouse, spare: Warehouse
) -> None:
    save(admin, tenant, off={f"{mug.pk}.{warehouse.pk}"})
    rejected = make_order(customer, ("MUG-12", 1), reference="SO-1")
    assert rejected.status == Status.REJECTED
    waiting = services.create_order(
        tenant=tenant,
        scope=services.EVERYTHING,
        payload=order_document(customer, ("MUG-12", 1), reference="SO-2"),
        actor=CALLER,
        defaults=OrderDefaults(allocation=Allocation.MANUAL),
    ).order
    url = reverse("orders:allocate", args=[tenant.slug, waiting.pk])
    assert admin.post(url, {"warehouse": str(warehouse.pk)}).status_code == 409
    assert admin.post(url, {"warehouse": str(spare.pk)}).status_code == 303


def test_a_product_can_be_kept_out_before_it_comes(
    admin: Client, tenant: Tenant, customer: Customer, warehouse: Warehouse
) -> None:
    tea = ProductFactory.create(customer=customer, code="TEA", name="Tea")
    save(admin, tenant, off={f"{tea.pk}.{warehouse.pk}"})
    inbound = make_inbound_order(customer, ("TEA", 5))
    for step in (services.receive, services.verify, services.allocate_inbound):
        step(order=inbound, actor=CALLER)
    row = Stock.objects.get(product=tea)
    assert (row.on_hand, row.is_offered) == (5, False)
    assert make_order(customer, ("TEA", 1)).status == Status.REJECTED


def test_saving_leaves_alone_what_others_changed_meanwhile(
    admin: Client, tenant: Tenant, mug: Product, warehouse: Warehouse, spare: Warehouse
) -> None:
    shown = admin.get(grid(tenant))
    (form,) = [form for form in pages.read(shown).xpath("//main//form") if "/save/" in form.get("action", "")]
    sent = pages.values(form)
    services.set_assortment(tenant=tenant, on=[], off=[(mug.pk, spare.pk)], actor=CALLER)
    admin.post(form.get("action"), {**sent, "on": [f"{mug.pk}.{spare.pk}"]})
    offered = dict(Stock.objects.values_list("warehouse__name", "is_offered"))
    assert offered == {"Default": False, "Northside": False}


def test_a_whole_filter_is_switched_at_once(
    admin: Client, tenant: Tenant, customer: Customer, mug: Product, warehouse: Warehouse, spare: Warehouse
) -> None:
    teas = [ProductFactory.create(customer=customer, code=f"TEA-{n}", name=f"Tea {n}") for n in range(60)]
    url = reverse("orders:assortment_bulk", args=[tenant.slug]) + "?q=TEA-"
    choice = {"warehouse": str(spare.pk), "offered": "off"}
    assert admin.post(url, choice).status_code == 303
    off = Stock.objects.filter(is_offered=False)
    assert set(off.values_list("product_id", "warehouse_id")) == {(tea.pk, spare.pk) for tea in teas}
    entry = Entry.objects.get(action="assortment.switched_off")
    assert entry.after["products"] == 60 and len(entry.after["codes"]) == 50
    assert admin.post(url, {**choice, "offered": "on"}).status_code == 303
    assert not Stock.objects.filter(is_offered=False).exists()
    assert admin.post(url, {**choice, "offered": "maybe"}).status_code == 400


def test_cells_of_others_and_of_nothing_are_refused(
    admin: Client, tenant: Tenant, mug: Product, warehouse: Warehouse
) -> None:
    theirs = ProductFactory.create()
    url = reverse("orders:assortment_save", args=[tenant.slug])
    for cell in ("x", "1.2", f"{theirs.pk}.{warehouse.pk}", f"{mug.pk}.{mug.pk}", f"{mug.pk}"):
        assert admin.post(url, {"was": cell}).status_code == 400
    assert not Stock.objects.filter(is_offered=False).exists()


def test_a_viewer_sees_the_grid_without_buttons(
    viewer: User, sign_in: Callable[[User | None], Client], tenant: Tenant, mug: Product
) -> None:
    page = pages.read(sign_in(viewer).get(grid(tenant)))
    assert page.xpath("//main//input[@type='checkbox']/@disabled")
    assert not page.xpath("//main//button[contains(., 'Save')] | //main//button[contains(., 'Switch')]")

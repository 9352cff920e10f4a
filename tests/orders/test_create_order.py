"""Taking a sale order in: the examples of partner_api §4.4, what is let through, refused, or stored as rejected."""

import json
from decimal import Decimal
from typing import Any

import pytest

from apps.core import jsontext
from apps.customers.models import Customer
from apps.customers.settings import ConsignmentGeneration, OutOfStock, UnknownProduct
from apps.orders import services, wire
from apps.orders.models import Allocation, Consignment, Order, Product, Status, Stock
from apps.orders.services import CreatedOrder, Invalid, OrderDefaults, Scope
from apps.tenants.models import Tenant, Warehouse
from tests.customers.factories import CustomerFactory, WarehouseFactory, with_settings
from tests.orders.factories import CALLER, ProductFactory, make_order, order_document, stocked

EXAMPLE = """{"references":{"customer":"SO-771"},"customer":{"id":"%s"},"details":{"deliver":{"address":{
"contactName":"Kim Lee","address1":"9 Quay St","city":"Perth","postcode":"6000","state":{"code":"WA"},
"country":{"iso2Code":"AU"}},"method":{"type":"SHIPPING"}}},"items":[{"details":{"product":{"references":
{"code":"MUG-12"}}},"measures":{"quantity":3}}]}"""


def create(customer: Customer, document: Any, **options: Any) -> CreatedOrder:
    scope = options.pop("scope", services.EVERYTHING)
    return services.create_order(
        tenant=customer.tenant, scope=scope, payload=document, actor=CALLER, **options
    )


def served(order: Order) -> dict[str, Any]:
    """The order as a caller reads it, through JSON."""
    fresh = Order.objects.all().for_wire().get(pk=order.pk)
    return json.loads(jsontext.dumps(wire.order_json(fresh)))


def faults(document: Any, customer: Customer, **options: Any) -> dict[str, str]:
    """The pointers and messages of a refusal."""
    with pytest.raises(Invalid) as refusal:
        create(customer, document, **options)
    return {problem.pointer: problem.message for problem in refusal.value.problems}


def stock_of(product: Product) -> Stock:
    return Stock.objects.get(product=product, warehouse__is_default=True)


def test_the_example_is_stored_and_served_as_documented(
    customer: Customer, mug: Product, warehouse: Warehouse
) -> None:
    created = create(customer, jsontext.loads((EXAMPLE % customer.pk).encode(), max_bytes=10_000))
    body = served(created.order)
    assert created.rejected == []
    moment = body["timestamps"]["created"]["time"]
    assert body == {
        "id": str(created.order.pk),
        "type": "OUTBOUND",
        "status": "AWAITING_PICK_AND_PACK",
        "version": 1,
        "references": {"customer": "SO-771", "numericId": "1"},
        "customer": {
            "id": str(customer.pk),
            "name": "Blue Kettle Teas",
            "enabled": True,
            "references": {"code": "BKT"},
        },
        "warehouse": {"id": str(warehouse.pk), "name": "Default", "enabled": True},
        "details": {
            "urgent": False,
            "allowSplitting": True,
            "deliver": {
                "address": {
                    "contactName": "Kim Lee",
                    "address1": "9 Quay St",
                    "city": "Perth",
                    "postcode": "6000",
                    "state": {"code": "WA"},
                    "country": {"iso2Code": "AU", "iso3Code": "AUS", "name": "Australia"},
                },
                "method": {"type": "SHIPPING"},
            },
        },
        "properties": {},
        "items": [
            {
                "id": str(created.order.lines.get().pk),
                "type": "ITEM",
                "details": {
                    "product": {
                        "id": str(mug.pk),
                        "name": "Mug 12oz",
                        "references": {"code": "MUG-12"},
                        "customer": body["customer"],
                    },
                    "unitOfMeasure": {"type": "CTN", "name": "CTN"},
                },
                "measures": {"quantity": 3},
                "properties": {},
            }
        ],
        "timestamps": {"created": {"time": moment}, "modified": {"time": moment}},
    }
    assert moment.endswith("+10:00") and len(moment) == len("2026-03-01T09:15:00+10:00")
    assert stock_of(mug).allocated == 3


def test_odd_but_legal_members_are_let_through(customer: Customer, mug: Product) -> None:
    document = order_document(customer, ("MUG-12", "1.000"), externalMeta={"a": 1}, status="PACKED")
    document["customer"] = {"references": {"code": "BKT"}, "name": "Somebody else", "user": {}}
    document["references"]["poNumber"] = "77"
    document["references"]["numericId"] = "666"
    deliver = document["details"]["deliver"]
    deliver["address"].update({"state": {"code": ""}, "city": "", "suburb": None})
    deliver["requiredDate"] = "2019-01-01"
    document["details"]["collect"] = {}
    document["details"]["invoiceValue"] = {"amount": "12.50", "currency": "EUR"}
    document["items"][0]["externalMeta"] = {}
    document["items"][0]["properties"] = {"sop_custom_field_1": [1, 2]}
    document["properties"] = {"gift": True}
    body = served(create(customer, document).order)
    assert body["references"] == {"poNumber": "77", "customer": "SO-771", "numericId": "1"}
    assert body["status"] == "AWAITING_PICK_AND_PACK"
    assert "state" not in body["details"]["deliver"]["address"]
    assert body["details"]["deliver"]["address"]["city"] == ""
    assert body["details"]["deliver"]["requiredDate"] == "2019-01-01"
    assert body["details"]["invoiceValue"] == {"amount": 12.5, "currency": "EUR"}
    assert body["items"][0]["properties"] == {"sop_custom_field_1": [1, 2]}
    assert body["properties"] == {"gift": True}
    assert "externalMeta" not in json.dumps(body)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"references": {}}, "/references/customer"),
        ({"references": None}, "/references"),
        ({"references": {"customer": ""}}, "/references/customer"),
        ({"references": {"customer": 12}}, "/references/customer"),
        ({"customer": None}, "/customer"),
        ({"customer": {}}, "/customer"),
        ({"customer": "BKT"}, "/customer"),
        ({"customer": {"id": "zz"}}, "/customer"),
        ({"customer": {"id": "", "references": {"code": "NOPE"}, "name": "Blue Kettle Teas"}}, "/customer"),
        ({"warehouse": {"name": "default"}}, "/warehouse"),
        ({"warehouse": 1}, "/warehouse"),
        ({"details": None}, "/details"),
        ({"details": {}}, "/details/deliver"),
        ({"details": {"deliver": {}}}, "/details/deliver/address"),
        ({"items": None}, "/items"),
        ({"items": []}, "/items"),
        ({"items": {}}, "/items"),
        ({"items": [None]}, "/items/0"),
        ({"items": [{}]}, "/items/0/details"),
        ({"items": [{"details": {}, "measures": {}}]}, "/items/0/details/product"),
        ({"properties": []}, "/properties"),
        ({"measures": {"weight": -1}}, "/measures/weight"),
        ({"measures": {"cubic": True}}, "/measures/cubic"),
    ],
)
def test_a_structural_fault_is_named_at_its_pointer(
    customer: Customer, mug: Product, change: dict[str, Any], pointer: str
) -> None:
    assert pointer in faults({**order_document(customer, ("MUG-12", 1)), **change}, customer)
    assert not Order.objects.exists()
    assert stock_of(mug).allocated == 0


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("quantity", None),
        ("quantity", "three"),
        ("quantity", "１２"),
        ("quantity", True),
        ("quantity", "1e3"),
        ("quantity", Decimal("0.00001")),
        ("quantity", 10**15),
    ],
)
def test_a_quantity_that_is_no_number_is_a_structural_fault(
    customer: Customer, mug: Product, member: str, value: Any
) -> None:
    assert list(faults(order_document(customer, ("MUG-12", value)), customer)) == [
        "/items/0/measures/quantity"
    ]


def test_all_faults_are_named_in_one_answer(customer: Customer, mug: Product) -> None:
    document = order_document(customer, ("MUG-12", "x"), reference="")
    document["details"]["deliver"]["requiredDate"] = "2026-02-30"
    document["details"]["deliver"]["address"] = {"city": "Perth"}
    document["details"]["deliver"]["method"] = {"type": "DRONE"}
    document["details"]["deliver"]["cashPaymentAmount"] = {"amount": 1, "currency": "NZD"}
    document["details"]["invoiceValue"] = {"amount": -1, "currency": "dollars"}
    document["details"]["urgent"] = "yes"
    assert set(faults(document, customer)) == {
        "/references/customer",
        "/items/0/measures/quantity",
        "/details/deliver/requiredDate",
        "/details/deliver/address",
        "/details/deliver/address/address1",
        "/details/deliver/method/type",
        "/details/deliver/cashPaymentAmount/currency",
        "/details/invoiceValue/amount",
        "/details/invoiceValue/currency",
        "/details/urgent",
    }


@pytest.mark.parametrize("document", [None, [], "order", 7])
def test_a_body_that_is_no_object_is_refused(customer: Customer, document: Any) -> None:
    assert list(faults(document, customer)) == [""]


@pytest.mark.parametrize(
    ("code", "quantity", "reason"),
    [
        ("NOPE", 1, "NOPE (NOPE) x 1 - Product not found"),
        ("MUG-12", 0, "Mug 12oz (MUG-12) x 0 CTN - Quantity is zero"),
        ("MUG-12", -2, "Mug 12oz (MUG-12) x -2 CTN - Quantity is negative"),
        ("MUG-12", 11, "Mug 12oz (MUG-12) x 11 CTN - Not enough stock"),
        ("mug-12", 1, "mug-12 (mug-12) x 1 - Product not found"),
    ],
)
def test_what_cant_be_filled_is_stored_as_rejected(
    customer: Customer, mug: Product, code: str, quantity: int, reason: str
) -> None:
    created = create(customer, order_document(customer, ("MUG-12", 1), (code, quantity)))
    body = served(created.order)
    assert body["status"] == "REJECTED"
    assert body["details"]["errors"] == created.rejected == [{"message": reason, "isResolved": False}]
    assert len(body["items"]) == 2
    assert stock_of(mug).allocated == 0


def test_a_unit_that_does_not_exist_rejects_the_order(customer: Customer, mug: Product) -> None:
    document = order_document(customer, ("MUG-12", 1))
    document["items"][0]["details"]["unitOfMeasure"] = {"type": "BOX"}
    created = create(customer, document)
    assert created.rejected[0]["message"] == "Mug 12oz (MUG-12) x 1 BOX - Unit of measure not found"


def test_a_deactivated_product_rejects_the_order(customer: Customer, mug: Product) -> None:
    Product.objects.update(is_active=False)
    assert "deactivated" in create(customer, order_document(customer, ("MUG-12", 1))).rejected[0]["message"]


def test_another_customers_product_is_not_found(customer: Customer, mug: Product) -> None:
    other = ProductFactory.create(customer=CustomerFactory.create(tenant=customer.tenant))
    document = order_document(customer, ("MUG-12", 1))
    document["items"][0]["details"]["product"] = {"id": str(other.pk), "references": {"code": "MUG-12"}}
    created = create(customer, document)
    assert "Product not found" in created.rejected[0]["message"]
    assert other.name not in created.rejected[0]["message"]


def test_a_product_is_found_by_each_way_and_the_first_given_decides(customer: Customer, mug: Product) -> None:
    mug.units.filter(code="CTN").update(barcode="9300001")
    ways: list[dict[str, Any]] = [
        {"id": str(mug.pk)},
        {"id": "", "references": {"code": "MUG-12", "barcode": "wrong"}},
        {"references": {"barcode": "9300001"}, "name": "wrong"},
        {"name": "Mug 12oz"},
    ]
    document = order_document(customer, *[("", 1)] * 4)
    for item, way in zip(document["items"], ways, strict=True):
        item["details"]["product"] = way
    assert create(customer, document).rejected == []


def test_units_are_counted_in_the_base_unit(customer: Customer, mug: Product) -> None:
    Stock.objects.update(on_hand=100)
    document = order_document(customer, ("MUG-12", 2))
    document["items"][0]["details"]["unitOfMeasure"] = {"type": "PAL"}
    assert create(customer, document).order.status == Status.AWAITING_PICK_AND_PACK
    assert stock_of(mug).allocated == 80


def test_a_second_order_with_the_reference_is_a_duplicate(customer: Customer, mug: Product) -> None:
    first = make_order(customer, ("MUG-12", 1))
    with pytest.raises(Invalid) as refusal:
        make_order(customer, ("MUG-12", 1))
    (problem,) = refusal.value.problems
    assert (problem.pointer, problem.type) == ("/references/customer", "DUPLICATE")
    assert problem.message == "An order with this reference already exists."
    assert problem.details == {"duplicateId": str(first.pk)}


def test_a_rejected_order_is_replaced(customer: Customer, mug: Product) -> None:
    first = make_order(customer, ("MUG-12", 50))
    second = make_order(customer, ("MUG-12", 1))
    assert list(Order.objects.all()) == [second]
    assert first.pk != second.pk


def test_settings_may_let_other_statuses_be_replaced_and_their_stock_returns(
    customer: Customer, mug: Product
) -> None:
    with_settings(customer, override_statuses=("AWAITING_PICK_AND_PACK",))
    make_order(customer, ("MUG-12", 10))
    assert make_order(customer, ("MUG-12", 7)).status == Status.AWAITING_PICK_AND_PACK
    assert stock_of(mug).allocated == 7


def test_what_is_out_of_reach_and_what_does_not_exist_are_the_same_fault(
    customer: Customer, mug: Product, warehouse: Warehouse
) -> None:
    document = order_document(customer, ("MUG-12", 1), warehouse={"id": str(warehouse.pk)})
    nobody = Scope(customer_ids=frozenset(), warehouse_ids=frozenset())
    hidden = faults(document, customer, scope=nobody)
    document.update(customer={"name": "Nobody"}, warehouse={"name": "Nowhere"})
    assert hidden == faults(document, customer) and set(hidden) == {"/customer", "/warehouse"}


def test_an_inactive_customer_or_warehouse_takes_no_orders(
    customer: Customer, mug: Product, warehouse: Warehouse
) -> None:
    document = order_document(customer, ("MUG-12", 1), warehouse={"name": "Default"})
    Warehouse.objects.update(is_active=False)
    assert "inactive" in faults(document, customer)["/warehouse"]
    assert "/warehouse" in faults(order_document(customer, ("MUG-12", 1)), customer)
    Customer.objects.update(is_active=False)
    assert "inactive" in faults(document, customer)["/customer"]


def test_where_the_default_warehouse_is_out_of_reach_the_first_within_takes_the_order(
    tenant: Tenant, customer: Customer, mug: Product
) -> None:
    other = WarehouseFactory.create(tenant=tenant)
    stocked(mug, other, 5)
    scope = Scope(warehouse_ids=frozenset({other.pk}))
    assert create(customer, order_document(customer, ("MUG-12", 1)), scope=scope).order.warehouse == other


def test_strict_addresses_need_a_city_and_a_country_that_exists(customer: Customer, mug: Product) -> None:
    with_settings(customer, allow_invalid_addresses=False)
    document = order_document(customer, ("MUG-12", 1))
    document["details"]["deliver"]["address"].update(city="", country={"iso2Code": "XX"})
    assert set(faults(document, customer)) == {
        "/details/deliver/address/city",
        "/details/deliver/address/country/iso2Code",
    }


# --- What a channel adds ------------------------------------------------------------------------------------------


def test_a_threshold_fills_what_is_absent_or_null_and_says_so(customer: Customer, mug: Product) -> None:
    defaults = OrderDefaults(weight=Decimal("1.5"), cubic=Decimal("0.02"))
    document = order_document(customer, ("MUG-12", 1), measures={"weight": None})
    body = served(create(customer, document, defaults=defaults).order)
    assert body["measures"] == {"weight": 1.5, "cubic": 0.02}
    assert body["details"]["defaulted"] == ["/measures/weight", "/measures/cubic"]


def test_a_threshold_never_replaces_an_explicit_value(customer: Customer, mug: Product) -> None:
    document = order_document(customer, ("MUG-12", 1), measures={"weight": 0, "cubic": "0.5"})
    defaults = OrderDefaults(weight=Decimal("1.5"), cubic=Decimal("0.02"))
    body = served(create(customer, document, defaults=defaults).order)
    assert body["measures"] == {"weight": 0, "cubic": 0.5}
    assert "defaulted" not in body["details"]


def test_smart_allocation_takes_the_warehouse_with_most_free_that_can_fill_every_line(
    tenant: Tenant, customer: Customer, mug: Product
) -> None:
    tea = ProductFactory.create(customer=customer, code="TEA")
    full, large = (WarehouseFactory.create(tenant=tenant, name=name) for name in ("Full", "Large"))
    stocked(mug, large, 900)
    stocked(mug, full, 20)
    stocked(tea, full, 20)
    order = create(
        customer,
        order_document(customer, ("MUG-12", 2), ("TEA", 2)),
        defaults=OrderDefaults(allocation=Allocation.SMART),
    ).order
    assert (order.warehouse, order.status) == (full, Status.AWAITING_PICK_AND_PACK)
    assert (
        order.allocation_note
        == "Smart Allocation chose Full: it can fill every line and is the first that can."
    )


def test_smart_allocation_honours_a_named_warehouse_and_rejects_where_none_can(
    tenant: Tenant, customer: Customer, mug: Product
) -> None:
    large = WarehouseFactory.create(tenant=tenant, name="Large")
    stocked(mug, large, 900)
    smart = OrderDefaults(allocation=Allocation.SMART)
    named = order_document(customer, ("MUG-12", 2), warehouse={"name": "Default"})
    assert create(customer, named, defaults=smart).order.warehouse == Warehouse.objects.get(is_default=True)
    none = order_document(customer, ("MUG-12", 901), reference="SO-2")
    created = create(customer, none, defaults=smart)
    assert created.order.status == Status.REJECTED
    assert "Not enough stock" in created.rejected[0]["message"]


def test_manual_leaves_a_draft_and_holds_nothing(customer: Customer, mug: Product) -> None:
    document = order_document(customer, ("MUG-12", 2))
    order = create(customer, document, defaults=OrderDefaults(allocation=Allocation.MANUAL)).order
    assert order.status == Status.DRAFT
    assert stock_of(mug).allocated == 0


# --- What the customer's settings change --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "status", "lines", "held"),
    [
        (OutOfStock.REJECT_ALL, Status.REJECTED, [("MUG-12", 14), ("TEA", 2)], 0),
        (OutOfStock.DROP_LINE, Status.AWAITING_PICK_AND_PACK, [("TEA", 2)], 0),
        (OutOfStock.ASSIGN_AVAILABLE, Status.AWAITING_PICK_AND_PACK, [("MUG-12", 10), ("TEA", 2)], 10),
        (OutOfStock.KEEP_UNASSIGNED, Status.AWAITING_STOCK, [("MUG-12", 14), ("TEA", 2)], 0),
        (OutOfStock.PARTIAL, Status.AWAITING_STOCK, [("MUG-12", 14), ("TEA", 2)], 10),
        (OutOfStock.SPLIT, Status.AWAITING_PICK_AND_PACK, [("MUG-12", 10), ("TEA", 2)], 10),
    ],
)
def test_a_shortage_ends_as_the_customers_settings_say(
    customer: Customer,
    mug: Product,
    warehouse: Warehouse,
    policy: OutOfStock,
    status: Status,
    lines: list[tuple[str, int]],
    held: int,
) -> None:
    with_settings(customer, out_of_stock=policy)
    stocked(ProductFactory.create(customer=customer, code="TEA"), warehouse, 5)
    order = make_order(customer, ("MUG-12", 14), ("TEA", 2))
    assert order.status == status
    assert [(line.product.code, line.quantity) for line in order.lines.all() if line.product] == lines
    assert stock_of(mug).allocated == held


def test_a_split_order_leaves_the_rest_in_a_second_order_that_waits(customer: Customer, mug: Product) -> None:
    with_settings(customer, out_of_stock=OutOfStock.SPLIT)
    first = make_order(customer, ("MUG-12", 14))
    second = Order.objects.get(part=2)
    assert (second.reference, second.status, second.numeric_id) == ("SO-771", Status.AWAITING_STOCK, "2")
    assert [line.quantity for line in second.lines.all()] == [4]
    with pytest.raises(Invalid):
        make_order(customer, ("MUG-12", 1))
    assert first.numeric_id == "1"


def test_unknown_products_may_be_dropped(customer: Customer, mug: Product) -> None:
    with_settings(customer, unknown_product=UnknownProduct.DROP_LINE)
    assert make_order(customer, ("MUG-12", 1), ("NOPE", 1)).lines.count() == 1
    assert make_order(customer, ("NOPE", 1), reference="SO-2").status == Status.REJECTED


def test_a_consignment_at_import_waits_for_packing(customer: Customer, mug: Product) -> None:
    with_settings(customer, consignments=ConsignmentGeneration.AT_IMPORT)
    order = make_order(customer, ("MUG-12", 1))
    body = wire.consignment_json(Consignment.objects.get())
    assert body["status"] == "AWAITING_SALE_ORDER_PACKING"
    assert body["generatedFromTask"] == {"id": order.pk}

"""The search grammar of partner_api §2.5, as a table of conditions over three orders."""

from datetime import UTC, datetime
from typing import Any

import pytest

from apps.core.problems import Invalid
from apps.customers.models import Customer
from apps.orders import selectors
from apps.orders.models import Direction, Order, Product
from apps.orders.search import MissingField, bounds_change_alone, compile_search
from tests.customers.factories import CustomerFactory
from tests.orders.factories import ProductFactory, make_inbound_order, make_order

T, B, N, D, M = (f"{kind}ComparisonCondition" for kind in ("Text", "Boolean", "Numeric", "Date", "DateTime"))


def comparison(kind: str, field: str, method: str | None, value: Any) -> dict[str, Any]:
    named = (
        {"type": "JsonField", "pointer": field}
        if field.startswith("/")
        else {"type": "ValueField", "value": field}
    )
    body = {"type": kind, "field": named, "value": {"type": "ValueField", "value": value}}
    return {**body, "method": method} if method else body


def both(*conditions: dict[str, Any]) -> dict[str, Any]:
    return {"type": "AndCondition", "conditions": list(conditions)}


def either(*conditions: dict[str, Any]) -> dict[str, Any]:
    return {"type": "OrCondition", "conditions": list(conditions)}


@pytest.fixture
def orders(customer: Customer, mug: Product) -> list[Order]:
    """SO-1 of 1 March 00:30 in Brisbane (28 February in UTC), SO-2 of the 2nd, and another customer's A-3."""
    other = CustomerFactory.create(tenant=customer.tenant, name="Anders Imports", code="AND")
    ProductFactory.create(customer=other, code="TEA")
    made = [
        make_order(customer, ("MUG-12", 1), reference="SO-1"),
        make_order(
            customer, ("MUG-12", 1), reference="SO-2", properties={"gift": "Yes"}, measures={"weight": 7}
        ),
        make_order(other, ("TEA", 1), reference="A-3"),
    ]
    made[1].references = {"poNumber": "PO 9"}
    made[1].details = {**made[1].details, "urgent": True, "collect": {"requiredDate": "2026-03-05"}}
    moments = (
        datetime(2026, 2, 28, 14, 30, 15, 900_000, tzinfo=UTC),
        datetime(2026, 3, 2, 1, 0, tzinfo=UTC),
        datetime(2026, 3, 31, 14, 0, tzinfo=UTC),
    )
    for order, moment in zip(made, moments, strict=True):
        order.created = order.modified = moment
        order.save()
    return made


def found(customer: Customer, condition: dict[str, Any], resource: str = "outbound-orders") -> str:
    direction = Direction.INBOUND if resource == "inbound-orders" else Direction.OUTBOUND
    query = compile_search(resource, {"condition": condition}, customer.tenant.zone)
    rows = selectors.orders(customer.tenant, direction).filter(query)
    return " ".join(order.reference for order in rows)


CREATED = "/timestamps/created/time"


@pytest.mark.parametrize(
    ("condition", "references"),
    [
        (both(), "SO-1 SO-2 A-3"),
        (either(), "SO-1 SO-2 A-3"),
        (both(comparison(T, "reference", "EQUAL_TO", "so-1")), "SO-1"),
        (both(comparison(T, "/references/customer", "NOT_EQUAL_TO", "SO-1")), "SO-2 A-3"),
        (both(comparison(T, "/references/customer", "STARTS_WITH", "so-")), "SO-1 SO-2"),
        (both(comparison(T, "/references/customer", "CONTAINS", "-")), "SO-1 SO-2 A-3"),
        (both(comparison(T, "/references/customer", "CONTAINS", "%")), ""),
        (both(comparison(T, "/references/customer", "DOES_NOT_CONTAIN", "O-")), "A-3"),
        (both(comparison(T, "customerName", "EQUAL_TO", "ANDERS IMPORTS")), "A-3"),
        (both(comparison(T, "/customer/id", "EQUAL_TO", "not-an-id")), ""),
        (both(comparison(T, "/customer/id", "NOT_EQUAL_TO", "not-an-id")), "SO-1 SO-2 A-3"),
        (both(comparison(T, "/status", "EQUAL_TO", "REJECTED")), "A-3"),
        (both(comparison(T, "/references/numericId", "EQUAL_TO", "2")), "SO-2"),
        (both(comparison(T, "/references/poNumber", "EQUAL_TO", "po 9")), "SO-2"),
        (both(comparison(T, "/references/poNumber", "NOT_EQUAL_TO", "po 9")), "SO-1 A-3"),
        (both(comparison(T, "/properties/gift", "STARTS_WITH", "y")), "SO-2"),
        (both(comparison(T, "/properties/gift", "DOES_NOT_CONTAIN", "y")), "SO-1 A-3"),
        (both(comparison(T, "/details/deliver/address/city", "EQUAL_TO", "perth")), "SO-1 SO-2 A-3"),
        (both(comparison(B, "/details/urgent", None, True)), "SO-2"),
        (both(comparison(B, "/details/urgent", "EQUAL_TO", "false")), "SO-1 A-3"),
        (both(comparison(B, "/details/urgent", "NOT_EQUAL_TO", True)), "SO-1 A-3"),
        (both(comparison(N, "/measures/weight", "GREATER_THAN", "6.5")), "SO-2"),
        (both(comparison(N, "/measures/weight", "NOT_EQUAL_TO", 7)), "SO-1 A-3"),
        (both(comparison(N, "/version", "LESS_THAN_OR_EQUAL_TO", 1)), "SO-1 SO-2 A-3"),
        (both(comparison(D, "/details/collect/requiredDate", "LESS_THAN", "2026-03-06")), "SO-2"),
        (both(comparison(D, "/details/collect/requiredDate", "NOT_EQUAL_TO", "2026-03-05")), "SO-1 A-3"),
        (both(comparison(D, CREATED, "EQUAL_TO", "2026-03-01")), "SO-1"),
        (both(comparison(D, CREATED, "NOT_EQUAL_TO", "2026-03-01")), "SO-2 A-3"),
        (both(comparison(D, CREATED, "GREATER_THAN", "2026-03-01")), "SO-2 A-3"),
        (both(comparison(D, CREATED, "LESS_THAN_OR_EQUAL_TO", "2026-03-02")), "SO-1 SO-2"),
        (
            both(
                comparison(D, CREATED, "GREATER_THAN_OR_EQUAL_TO", "2026-03-01"),
                comparison(D, CREATED, "LESS_THAN", "2026-04-01"),
            ),
            "SO-1 SO-2",
        ),
        (both(comparison(T, CREATED, "STARTS_WITH", "2026-03-01")), "SO-1"),
        (both(comparison(T, CREATED, "STARTS_WITH", "2026-03")), "SO-1 SO-2"),
        (both(comparison(T, CREATED, "STARTS_WITH", "2026-03-01T00:30")), "SO-1"),
        (both(comparison(T, CREATED, "EQUAL_TO", "2026-03-01T00:30:15+10:00")), "SO-1"),
        (both(comparison(T, CREATED, "GREATER_THAN_OR_EQUAL_TO", "2026-03-02")), "SO-2 A-3"),
        (both(comparison(T, CREATED, "LESS_THAN_OR_EQUAL_TO", "2026-03-01")), "SO-1"),
        (both(comparison(M, CREATED, "EQUAL_TO", "2026-02-28T14:30:15Z")), "SO-1"),
        (both(comparison(M, CREATED, "GREATER_THAN", "2026-03-01 00:30:15+10:00")), "SO-2 A-3"),
        (both(comparison(M, CREATED, "LESS_THAN", "2026-03-0200:00:00+10:00")), "SO-1"),
        (both(comparison(D, "/timestamps/packed/time", "NOT_EQUAL_TO", "2026-03-01")), "SO-1 SO-2 A-3"),
        (both(comparison(D, "/timestamps/packed/time", "EQUAL_TO", "2026-03-01")), ""),
        (
            both(
                comparison(T, "reference", "STARTS_WITH", "S"),
                either(
                    comparison(T, "reference", "EQUAL_TO", "SO-2"),
                    comparison(T, "reference", "EQUAL_TO", "A-3"),
                ),
            ),
            "SO-2",
        ),
    ],
)
def test_a_condition_finds_its_orders(
    customer: Customer, orders: list[Order], condition: dict[str, Any], references: str
) -> None:
    assert found(customer, condition) == references


def test_orders_are_found_by_the_id_of_their_customer(customer: Customer, orders: list[Order]) -> None:
    assert found(customer, both(comparison(T, "customerId", "EQUAL_TO", str(customer.pk)))) == "SO-1 SO-2"


def test_inbound_orders_are_found_by_arrival_date(customer: Customer, mug: Product) -> None:
    make_inbound_order(customer, ("MUG-12", 5), details={"arrivalDate": "2026-05-01"}, reference="PO-1")
    make_inbound_order(customer, ("MUG-12", 5), reference="PO-2")
    after = both(comparison(D, "arrivalDate", "GREATER_THAN", "2026-04-30"))
    assert found(customer, after, "inbound-orders") == "PO-1"


def test_products_are_found_by_code_and_activity(customer: Customer, mug: Product) -> None:
    ProductFactory.create(customer=customer, code="TEA", is_active=False)
    condition = both(
        comparison(T, "/references/code", "STARTS_WITH", "mug"),
        comparison(B, "/details/active", None, "true"),
    )
    query = compile_search("warehouse-products", {"condition": condition}, "UTC")
    assert list(selectors.products(customer.tenant).filter(query)) == [mug]


@pytest.mark.parametrize(
    "body",
    [{}, [], None, "x", {"condition": None}, {"condition": {}}, {"condition": {"type": "AndCondition"}},
     {"condition": comparison(T, "reference", "EQUAL_TO", "x")},
     {"condition": both({"type": "OrCondition"})}],
)  # fmt: skip
def test_a_body_without_conditions_is_no_search(body: Any) -> None:
    with pytest.raises(MissingField, match="Missing field: conditions"):
        compile_search("outbound-orders", body, "UTC")


FIRST = "/condition/conditions/0"


@pytest.mark.parametrize(
    ("condition", "pointer"),
    [
        (both(comparison(T, "status", "EQUAL_TO", "x")), f"{FIRST}/field/value"),
        (both(comparison(T, "/nowhere", "EQUAL_TO", "x")), f"{FIRST}/field/pointer"),
        (both(comparison(T, "/properties/a/b", "EQUAL_TO", "x")), f"{FIRST}/field/pointer"),
        (both(comparison("NotCondition", "reference", "EQUAL_TO", "x")), f"{FIRST}/type"),
        (both(comparison(T, "reference", "LIKE", "x")), f"{FIRST}/method"),
        (both(comparison(T, "reference", None, "x")), f"{FIRST}/method"),
        (both(comparison(T, "reference", "EQUAL_TO", 7)), f"{FIRST}/value/value"),
        (both(comparison(T, "reference", "EQUAL_TO", None)), f"{FIRST}/value/value"),
        (both(comparison(T, "reference", "LESS_THAN_OR_EQUAL_TO", "x")), f"{FIRST}/value/value"),
        (both(comparison(T, "/customer/id", "CONTAINS", "a")), f"{FIRST}/value/value"),
        (both(comparison(B, "reference", None, True)), f"{FIRST}/value/value"),
        (both(comparison(B, "/details/urgent", None, "maybe")), f"{FIRST}/value/value"),
        (both(comparison(N, "/version", "EQUAL_TO", "1e9")), f"{FIRST}/value/value"),
        (both(comparison(N, "reference", "EQUAL_TO", 1)), f"{FIRST}/value/value"),
        (both(comparison(D, CREATED, "EQUAL_TO", "2026-02-30")), f"{FIRST}/value/value"),
        (both(comparison(D, CREATED, "EQUAL_TO", "9999-12-31")), f"{FIRST}/value/value"),
        (both(comparison(D, CREATED, "EQUAL_TO", "0001-01-01")), f"{FIRST}/value/value"),
        (both(comparison(D, "reference", "EQUAL_TO", "2026-03-01")), f"{FIRST}/value/value"),
        (both(comparison(M, CREATED, "EQUAL_TO", "yesterday")), f"{FIRST}/value/value"),
        (both(comparison(M, CREATED, "EQUAL_TO", "0001-01-01T00:00:00+10:00")), f"{FIRST}/value/value"),
        (both({"type": T}), f"{FIRST}/field"),
        (both({}), f"{FIRST}/type"),
        ({"type": "AndCondition", "conditions": {}}, "/condition/conditions"),
        ({"type": "Not", "conditions": []}, "/condition/type"),
        ({"type": "AndCondition", "conditions": [7]}, FIRST),
        ({"type": ["AndCondition"], "conditions": []}, "/condition/type"),
    ],
)
def test_a_fault_is_named_at_its_place(condition: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Invalid) as refusal:
        compile_search("outbound-orders", {"condition": condition}, "Australia/Brisbane")
    assert pointer in [problem.pointer for problem in refusal.value.problems]


def test_an_unknown_pointer_is_named_in_words() -> None:
    with pytest.raises(Invalid, match="/nowhere can't be searched by here"):
        compile_search(
            "outbound-orders", {"condition": both(comparison(T, "/nowhere", "EQUAL_TO", "x"))}, "UTC"
        )


def test_ten_levels_and_two_hundred_conditions_are_the_most(db: None) -> None:
    deep = both()
    for _ in range(9):
        deep = both(deep)
    compile_search("outbound-orders", {"condition": deep}, "UTC")
    wide = [comparison(T, "reference", "EQUAL_TO", "x")] * 199
    compile_search("outbound-orders", {"condition": both(*wide)}, "UTC")
    for condition in (both(deep), both(both(*wide))):
        with pytest.raises(Invalid):
            compile_search("outbound-orders", {"condition": condition}, "UTC")


SINCE = comparison(D, "/timestamps/modified/time", "GREATER_THAN_OR_EQUAL_TO", "2026-03-01")


@pytest.mark.parametrize(
    ("condition", "alone"),
    [
        (both(SINCE), True),
        (both(SINCE, comparison(T, "/status", "EQUAL_TO", "PACKED")), True),
        (both(both(SINCE)), True),
        (either(SINCE), True),
        (both(comparison(M, "/timestamps/modified/time", "GREATER_THAN", "2026-03-01T00:00:00Z")), True),
        # A day has a beginning as well.
        (both(comparison(D, "/timestamps/modified/time", "EQUAL_TO", "2026-03-01")), True),
        (both(comparison(D, "/timestamps/modified/time", "NOT_EQUAL_TO", "2026-03-01")), False),
        (both(comparison(D, "/timestamps/modified/time", "LESS_THAN", "2026-03-01")), False),
        (either(SINCE, comparison(T, "/status", "EQUAL_TO", "PACKED")), False),
        (
            both(SINCE, comparison(D, "/timestamps/created/time", "GREATER_THAN", "2026-03-01")),
            False,
        ),
        (both(comparison(T, "/status", "EQUAL_TO", "PACKED")), False),
        (both(), False),
    ],
)
def test_a_search_by_the_time_of_change_alone_is_known_as_one(condition: dict[str, Any], alone: bool) -> None:
    found = compile_search("outbound-orders", {"condition": condition}, "Australia/Brisbane")
    assert bounds_change_alone(found) is alone

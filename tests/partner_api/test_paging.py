"""Pages of lists: full until the last, with headers that add up, at a fixed number of queries."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.customers.models import Customer
from apps.orders.models import Order, Product
from apps.tenants.models import Tenant
from tests.partner_api.conftest import Caller, problems
from tests.partner_api.sent import order

pytestmark = pytest.mark.django_db


@pytest.fixture
def many(tenant: Tenant) -> list[str]:
    """250 customers, oldest first."""
    rows = [Customer(tenant=tenant, name=f"Customer {n:03}", name_key=f"customer {n:03}") for n in range(250)]
    Customer.objects.bulk_create(rows)
    return [str(pk) for pk in Customer.objects.order_by("created", "id").values_list("pk", flat=True)]


def test_pages_are_full_until_the_last_and_add_up(
    make_caller: Callable[..., Caller], many: list[str]
) -> None:
    caller = make_caller()
    for size in (50, 100, 200):
        found: list[str] = []
        page = 1
        while True:
            answer = caller.get(f"customers?page={page}&size={size}")
            rows = [row["id"] for row in answer.json()]
            found += rows
            assert answer.headers["Page-Size"] == str(size)
            assert answer.headers["Page-Number"] == str(page)
            assert answer.headers["Total-Elements"] == "250"
            if page >= int(answer.headers["Total-Pages"]):
                break
            assert len(rows) == size
            assert 'rel="next"' in answer.headers["Link"]
            page += 1
        assert found == many
        assert 'rel="next"' not in answer.headers["Link"]


def test_the_next_link_leads_on(make_caller: Callable[..., Caller], many: list[str]) -> None:
    caller = make_caller()
    answer = caller.get("customers?page=1&size=200&client_secret=s3cret")
    links = {
        part.split('rel="')[1].rstrip('"'): part.split(">")[0].strip(" <")
        for part in answer.headers["Link"].split(",")
    }
    assert set(links) == {"first", "last", "next"}
    assert "s3cret" not in answer.headers["Link"]
    following = caller.get(links["next"].removeprefix("http://testserver"))
    assert len(following.json()) == 50


def test_a_plain_list_is_complete_and_a_large_size_is_cut(
    make_caller: Callable[..., Caller], many: list[str]
) -> None:
    caller = make_caller()
    assert len(caller.get("customers").json()) == 250
    cut = caller.get("customers?size=5000")
    assert (len(cut.json()), cut.headers["Page-Size"]) == (200, "200")
    assert caller.get("customers?page=999").json() == []
    assert caller.get(f"customers?page={2**70}&size={2**70}").json() == []
    minimal = caller.get("customers?size=1", Prefer="respond-async, return=minimal")
    assert minimal.json() == [{"id": many[0]}]
    assert minimal.headers["Preference-Applied"] == "return=minimal"


@pytest.mark.parametrize(
    "query", ["page=0", "page=-1", "page=x", "size=0", "size=1.5", "page=１", "page=1_0", "size=+5"]
)
def test_a_page_that_is_no_number_is_400(caller: Caller, query: str) -> None:
    assert caller.get(f"customers?{query}").status_code == 400
    problems(caller.last)


def test_a_list_costs_the_same_queries_for_any_number_of_rows(
    make_caller: Callable[..., Caller], many: list[str], django_assert_max_num_queries: Any
) -> None:
    caller = make_caller()
    with django_assert_max_num_queries(7):
        caller.get("customers?size=10")
    with django_assert_max_num_queries(7):
        caller.get("customers?size=200")


def test_pages_of_a_search_are_full_until_the_last_and_cost_the_same(
    make_caller: Callable[..., Caller], customer: Customer, mug: Product
) -> None:
    caller = make_caller()
    for number in range(7):
        answer = caller.post("outbound-orders", order(customer, f"SO-{number}"))
        assert answer.status_code == 201, answer.content
    everything = {"condition": {"type": "AndCondition", "conditions": []}}
    pages, queries = [], []
    for page in (1, 2, 3, 4):
        with CaptureQueriesContext(connection) as sent:
            answer = caller.post(f"outbound-orders/search?page={page}&size=3", everything)
        pages.append([row["references"]["customer"] for row in answer.json()])
        queries.append([query["sql"] for query in sent if '"orders_order"' in (query["sql"] or "")])
        assert all(len(row["items"]) == 1 for row in answer.json())
    assert pages == [["SO-0", "SO-1", "SO-2"], ["SO-3", "SO-4", "SO-5"], ["SO-6"], []]
    # What is on a page and what its rows hold is one statement: no order can go in between and leave a short page.
    # A full page is counted besides, and an empty one too.
    # PostgreSQL runs them by the name of a prepared statement, of which Django keeps no text.
    if connection.vendor == "sqlite":
        assert [len(sent) for sent in queries] == [2, 2, 1, 2]


def test_what_was_changed_lately_comes_in_pages_in_the_order_of_creation(
    make_caller: Callable[..., Caller], customer: Customer, mug: Product
) -> None:
    caller = make_caller()
    for number in range(9):
        assert caller.post("outbound-orders", order(customer, f"SO-{number}")).status_code == 201
    now = timezone.now()
    for number in range(9):
        made = now - timedelta(days=400 - number)
        # All were made long ago, in the order of their numbers; the last one is the first that was changed.
        changed = made if number in (0, 4) else now - timedelta(days=number)
        rows = Order.objects.filter(reference=f"SO-{number}")
        rows.update(created=made, modified=changed)

    def ask(page: int, *more: dict[str, Any]) -> tuple[list[str], str]:
        since = compared("modified", "GREATER_THAN_OR_EQUAL_TO", now - timedelta(days=60))
        body = {"condition": {"type": "AndCondition", "conditions": [since, *more]}}
        answer = caller.post(f"outbound-orders/search?page={page}&size=3", body)
        return [row["references"]["customer"] for row in answer.json()], answer["Total-Elements"]

    assert [ask(page) for page in (1, 2, 3, 4)] == [
        (["SO-1", "SO-2", "SO-3"], "7"),
        (["SO-5", "SO-6", "SO-7"], "7"),
        (["SO-8"], "7"),
        ([], "7"),
    ]
    assert ask(1, compared("modified", "LESS_THAN", now - timedelta(days=300))) == ([], "0")
    bounded = compared("created", "GREATER_THAN", now - timedelta(days=394, hours=12))
    assert ask(1, bounded) == (["SO-6", "SO-7", "SO-8"], "3")


def compared(member: str, method: str, value: datetime) -> dict[str, Any]:
    return {
        "type": "DateTimeComparisonCondition",
        "field": {"type": "JsonField", "pointer": f"/timestamps/{member}/time"},
        "value": {"type": "ValueField", "value": value.isoformat()},
        "method": method,
    }


# --- Roles and scope ----------------------------------------------------------------------------------------------

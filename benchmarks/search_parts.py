"""A tenant with many orders, and the searches that callers make in it. Run by search.py with DATABASE_URL set.

python -m benchmarks.search_parts fill N         makes N sale orders, spread evenly over a year
python -m benchmarks.search_parts measure R      asks each search R times and prints a table
python -m benchmarks.search_parts explain        prints how PostgreSQL finds the rows of each search
"""

import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from apps.clients.services import create_bearer  # noqa: E402
from apps.customers.models import Customer  # noqa: E402
from apps.customers.services import create_customer  # noqa: E402
from apps.orders.models import Order  # noqa: E402
from apps.tenants.models import Tenant, Warehouse  # noqa: E402
from benchmarks import prepare  # noqa: E402

CUSTOMERS = 50
PRODUCTS = 20
DAYS = 365
# One order in twenty of the last month is still open; everything older has left the warehouse.
_ORDERS = """
INSERT INTO orders_order (id, created, modified, tenant_id, customer_id, warehouse_id, warehouse_requested, direction,
    status, version, reference, part, numeric_id, details, "references", properties, errors, defaulted, allocation,
    allocation_note, source)
SELECT gen_random_uuid(), at, at + interval '1 day' * random(), %(tenant)s,
    (%(customers)s::uuid[])[1 + n %% %(customer_count)s], (%(warehouses)s::uuid[])[1 + n %% 2], false, 'OUTBOUND',
    CASE WHEN at < now() - interval '30 days' OR n %% 20 > 0 THEN 'DISPATCHED'
         WHEN n %% 40 = 0 THEN 'AWAITING_PICK_AND_PACK' ELSE 'PACKED' END,
    3, 'SO-' || n, 1, n::text, %(details)s, '{}', '{"channel": "web"}', '[]', '[]', 'standard', '', 'bench'
FROM (SELECT n, now() - interval '1 day' * %(days)s * (1 - n::float / %(orders)s) AS at
      FROM generate_series(1, %(orders)s) AS n) AS numbered
"""
_LINES = """
INSERT INTO orders_orderline (id, order_id, position, product_id, product_sent, unit, unit_name, quantity,
    base_quantity, allocated, state, unit_price, properties)
SELECT gen_random_uuid(), o.id, position, p.id, '{}', 'EA', 'EA', 2, 2, 0, '', '{}', '{}'
FROM orders_order o
JOIN orders_product p ON p.customer_id = o.customer_id AND p.code = 'P-' || (o.numeric_id::int %% %(products)s)
CROSS JOIN generate_series(1, 2) AS position
"""
_PRODUCTS = """
INSERT INTO orders_product (id, created, modified, tenant_id, customer_id, code, name, description, type, is_active,
    default_unit, details, "references", item_property_requirements, notifications, version)
SELECT gen_random_uuid(), now(), now(), tenant_id, id, 'P-' || n, 'Product ' || n, '', 'General', true, 'EA', '{}',
    '{}', '{}', '[]', 1
FROM customers_customer CROSS JOIN generate_series(0, %(products)s - 1) AS n
"""
_DETAILS = {
    "urgent": False,
    "allowSplitting": True,
    "deliver": {
        "address": {
            "contactName": "Kim Lee",
            "address1": "9 Quay St",
            "city": "Perth",
            "postcode": "6000",
            "country": {"iso2Code": "AU", "iso3Code": "AUS", "name": "Australia"},
        },
        "method": {"type": "SHIPPING"},
    },
}
Json = dict[str, Any]


def fill(orders: int) -> None:
    """Make the tenant by the services, its orders by three statements, and bring the planner's figures up to date."""
    call_command("migrate", verbosity=0, interactive=False)
    if Order.objects.exists():
        return
    prepare.fill(0)
    tenant = Tenant.objects.get(slug="bench")
    customers = [
        create_customer(tenant=tenant, actor=prepare.ACTOR, name=f"Customer {n}") for n in range(CUSTOMERS)
    ]
    values: Json = {
        "tenant": tenant.pk,
        "customers": [customer.pk for customer in customers],
        "customer_count": CUSTOMERS,
        "warehouses": list(Warehouse.objects.of(tenant).values_list("pk", flat=True)),
        "details": json.dumps(_DETAILS),
        "days": DAYS,
        "orders": orders,
        "products": PRODUCTS,
    }
    with connection.cursor() as cursor:
        for statement in (_PRODUCTS, _ORDERS, _LINES):
            cursor.execute(statement, values)
        cursor.execute("VACUUM (ANALYZE)")


def comparison(kind: str, pointer: str, method: str, value: Any) -> Json:
    """One condition of the search grammar."""
    return {
        "type": f"{kind}ComparisonCondition",
        "field": {"type": "JsonField", "pointer": pointer},
        "method": method,
        "value": {"type": "ValueField", "value": value},
    }


def searches() -> dict[str, tuple[str, list[Json]]]:
    """What callers ask, by name: the query of the address, and the conditions."""
    today = timezone.now().date()
    total = Order.objects.filter(created__gte=timezone.now() - timedelta(days=60)).count()

    def within(member: str, days: int) -> list[Json]:
        pointer = f"/timestamps/{member}/time"
        return [
            comparison("Date", pointer, "GREATER_THAN_OR_EQUAL_TO", (today - timedelta(days)).isoformat()),
            comparison("Date", pointer, "LESS_THAN", (today + timedelta(2)).isoformat()),
        ]

    window = within("created", 60)
    customer = Customer.objects.get(name="Customer 7")
    newest = Order.objects.latest("created")
    references = [
        comparison("Text", "/references/customer", "EQUAL_TO", f"so-{int(newest.numeric_id) - n}")
        for n in range(0, 5000, 100)
    ]
    return {
        "60 days": ("", window),
        "60 days, middle page": (f"&page={max(total // 400, 1)}", window),
        "60 days, last page": (f"&page={max(total // 200, 1)}", window),
        "60 days, ids only": ("minimal", window),
        "60 days, one status": ("", [*window, comparison("Text", "/status", "EQUAL_TO", "PACKED")]),
        "60 days, not one status": (
            "",
            [*window, comparison("Text", "/status", "NOT_EQUAL_TO", "DISPATCHED")],
        ),
        "60 days, one customer's id": (
            "",
            [*window, comparison("Text", "/customer/id", "EQUAL_TO", str(customer.pk))],
        ),
        "60 days, one customer's name": (
            "",
            [*window, comparison("Text", "/customer/name", "EQUAL_TO", "customer 7")],
        ),
        "one status": ("", [comparison("Text", "/status", "EQUAL_TO", "PACKED")]),
        "one reference": ("", [comparison("Text", "/references/customer", "EQUAL_TO", "so-4711")]),
        "one of 50 references": ("", [{"type": "OrCondition", "conditions": references}]),
        "one number": ("", [comparison("Text", "/references/numericId", "EQUAL_TO", "4711")]),
        "modified since yesterday": ("", within("modified", 1)),
        "modified in 60 days": ("", within("modified", 60)),
    }


def ask() -> Callable[[str, list[Json]], Any]:
    """A caller with a bearer token, without a network between."""
    tenant = Tenant.objects.get(slug="bench")
    issued = create_bearer(
        tenant=tenant, actor=prepare.ACTOR, name=f"Search {time.time_ns()}", roles=["WMS_CREATE_JOBS"]
    )
    headers = {"Authorization": f"Bearer {issued.bearer_token}", "Accept-Version": "1"}
    http = Client()

    def call(query: str, conditions: list[Json]) -> Any:
        body = {"condition": {"type": "AndCondition", "conditions": conditions}}
        minimal = {"Prefer": "return=minimal"} if query == "minimal" else {}
        answer = http.post(
            f"/tenants/{tenant.pk}/outbound-orders/search?size=200{query.removeprefix('minimal')}",
            body,
            content_type="application/json",
            headers={**headers, **minimal},
        )
        if answer.status_code != 200:
            raise SystemExit(f"{answer.status_code}: {answer.content!r}")
        return answer

    return call


def measure(rounds: int) -> None:
    """Print median and least of each search: the whole call, and the part of it that the database takes."""
    call = ask()
    for name, (query, conditions) in searches().items():
        whole: list[float] = []
        database: list[float] = []
        for _ in range(rounds):
            spent = [0.0]

            def clock(execute: Any, *arguments: Any, spent: list[float] = spent) -> Any:
                began = time.perf_counter()
                try:
                    return execute(*arguments)
                finally:
                    spent[0] += time.perf_counter() - began

            began = time.perf_counter()
            with connection.execute_wrapper(clock):
                answer = call(query, conditions)
            whole.append((time.perf_counter() - began) * 1000)
            database.append(spent[0] * 1000)
        rows, found = len(answer.json()), int(answer.headers["Total-Elements"])
        print(
            f"| {name} | {rows} of {found:,} | {statistics.median(whole):.1f} | {min(whole):.1f} "
            f"| {statistics.median(database):.1f} | {min(database):.1f} |"
        )


def explain() -> None:
    """Print the plan of every statement on orders that a search sends."""
    call = ask()
    for name, (query, conditions) in searches().items():
        sent: list[tuple[str, Any]] = []

        def keep(execute: Any, sql: str, values: Any, *rest: Any, sent: Any = sent) -> Any:
            if sql.startswith("SELECT") and "orders_order" in sql:
                sent.append((sql, values))
            return execute(sql, values, *rest)

        with connection.execute_wrapper(keep):
            call(query, conditions)
        for sql, values in sent:
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (ANALYZE, COSTS OFF, BUFFERS OFF) {sql}", values)
                plan = "\n".join(row[0] for row in cursor.fetchall())
            print(f"## {name}\n{plan}\n")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["fill", number]:
            fill(int(number))
        case ["measure", number]:
            measure(int(number))
        case _:
            explain()

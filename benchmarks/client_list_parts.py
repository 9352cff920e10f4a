"""A tenant with many API clients, and the pages that list them. Run by client_list.py with DATABASE_URL set.

python -m benchmarks.client_list_parts fill N M      makes it N API clients and M customers, or adds what is missing
python -m benchmarks.client_list_parts measure R     opens each page R times and prints a table
"""

import os
import statistics
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from apps.accounts.models import User  # noqa: E402
from apps.clients.models import ApiClient, Kind  # noqa: E402
from apps.core.names import name_key  # noqa: E402
from apps.core.secrets import generate_client_id  # noqa: E402
from apps.customers.models import Customer  # noqa: E402
from apps.operations.demo import load  # noqa: E402
from apps.tenants.models import Membership, Role, Tenant, Warehouse  # noqa: E402
from apps.tenants.organisations import create_tenant  # noqa: E402
from benchmarks import prepare  # noqa: E402

BATCH = 1_000
WAREHOUSES = 50
CALLS = 20_000
ROLES = (["WMS_CREATE_JOBS"], ["TMS_CREATE_JOBS", "TMS_VIEW_JOBS"], ["API_FULL_ACCESS"], ["ORDER_API_ACCESS"])
WORDS = ("Amber", "Blue", "Coral", "Dune", "Ember", "Fern", "Grove", "Harbour", "Indigo", "Juniper")


def fill(clients: int, customers: int) -> None:
    """Most clients name two customers and a warehouse; some take all, some are inactive, expired or revoked."""
    call_command("migrate", verbosity=0, interactive=False)
    call_command("collectstatic", verbosity=0, interactive=False)
    if not Tenant.objects.filter(slug="bench").exists():
        _begin(customers)
    tenant = Tenant.objects.get(slug="bench")
    places = list(Customer.objects.of(tenant).values_list("pk", flat=True))
    warehouses = list(Warehouse.objects.of(tenant).values_list("pk", flat=True))
    started = ApiClient.objects.of(tenant).count()
    for start in range(started, clients, BATCH):
        rows = [_client(tenant, number) for number in range(start, min(start + BATCH, clients))]
        ApiClient.objects.bulk_create(rows)
        named = [(number, row) for number, row in enumerate(rows, start) if not row.all_customers]
        for field, ids, each in (("customers", places, 2), ("warehouses", warehouses, 1)):
            link = getattr(ApiClient, field).through
            link.objects.bulk_create(
                link(**{"apiclient_id": row.pk, f"{field[:-1]}_id": ids[(number * 7 + step) % len(ids)]})
                for number, row in named
                for step in range(each)
            )
    prepare.many(0)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)" if connection.vendor == "postgresql" else "ANALYZE")


def _begin(customers: int) -> None:
    prepare.fill(0)
    tenant = Tenant.objects.get(slug="bench")
    empty, _ = create_tenant(
        slug="empty", name="Empty", zone="UTC", currency="AUD", consignments=1, warehouse_orders=1,
        admin_email="empty@gatepass.example", actor=prepare.ACTOR,
    )  # fmt: skip
    person = User.objects.create(email="reader@gatepass.example", name="Reader")
    for one in (tenant, empty):
        Membership.objects.create(tenant=one, user=person, role=Role.ADMINISTRATOR, can_edit_users=True)
    Customer.objects.bulk_create(
        Customer(tenant=tenant, name=name, name_key=name_key(name)) for name in _names(customers, "Traders")
    )
    Warehouse.objects.bulk_create(
        Warehouse(tenant=tenant, name=name, name_key=name_key(name)) for name in _names(WAREHOUSES, "Depot")
    )
    ApiClient.objects.bulk_create(_client(tenant, number) for number in range(BATCH))
    load.add_calls(tenant, CALLS, lambda stored: None)


def _names(number: int, noun: str) -> Iterator[str]:
    return (f"{WORDS[n % 10]} {noun} {n:06}" for n in range(number))


def _client(tenant: Tenant, number: int) -> ApiClient:
    name, now = f"{WORDS[number % 10]} system {number:06}", timezone.now()
    ended = number % 20 == 3
    return ApiClient(
        tenant=tenant,
        kind=Kind.BEARER if number % 9 == 0 else Kind.CLIENT,
        client_id=generate_client_id(),
        name=name,
        name_key=name_key(name),
        roles=ROLES[number % len(ROLES)],
        all_customers=number % 10 == 0,
        all_warehouses=number % 10 == 0,
        created=now - timedelta(days=number % 100),
        is_active=not ended and number % 10 != 5,
        revoked_at=now if ended else None,
        expires=now - timedelta(days=1) if number % 25 == 7 else None,
    )


def pages() -> dict[str, tuple[str, str, dict[str, Any]]]:
    """What people open, by name: method, address, and what is sent."""
    clients = "/t/bench/contacts/api-clients/"
    last = {"page": "999999"}
    draft = {"name": "ERP", "customers_q": "amber traders 0001", "warehouses": ["all"]}
    a_client = ApiClient.objects.of(Tenant.objects.get(slug="bench"))[0]
    return {
        "list of an organisation without clients": ("get", "/t/empty/contacts/api-clients/", {}),
        "first page": ("get", clients, {}),
        "last page": ("get", clients, last),
        "name that one has": ("get", clients, {"q": "system 004321"}),
        "name that a tenth has": ("get", clients, {"q": "amber"}),
        "Client ID that nobody has": ("get", clients, {"q": "zzzzzz"}),
        "kind": ("get", clients, {"kind": "bearer"}),
        "API Role": ("get", clients, {"role": "TMS_VIEW_JOBS"}),
        "customer": ("get", clients, {"customer": "amber traders 000120"}),
        "customer that nobody is": ("get", clients, {"customer": "zzzzzz"}),
        "warehouse": ("get", clients, {"warehouse": "blue depot"}),
        "active": ("get", clients, {"state": "active"}),
        "unused for 30 days": ("get", clients, {"state": "unused"}),
        "inactive": ("get", clients, {"state": "inactive"}),
        "expired": ("get", clients, {"state": "expired"}),
        "revoked, last page": ("get", clients, {"state": "revoked", **last}),
        "all of them": (
            "get",
            clients,
            {"q": "system", "role": "WMS_CREATE_JOBS", "customer": "amber", "warehouse": "depot"},
        ),
        "form": ("get", f"{clients}add/", {}),
        "form, search as you type": ("post", f"{clients}add/search/", draft),
        "form, preview": ("post", f"{clients}preview/", draft),
        "one client": ("get", f"{clients}{a_client.pk}/", {}),
    }


def measure(rounds: int) -> None:
    """Print the medians of each page: the whole answer, our part of the processor, and the wait for the database."""
    http = Client()
    http.force_login(User.objects.get(email="reader@gatepass.example"))
    for name, (method, path, data) in pages().items():
        whole, processor, database = [], [], []
        for turn in range(rounds + 2):
            spent: list[float] = []

            def clock(execute: Any, *arguments: Any, spent: list[float] = spent) -> Any:
                began = time.perf_counter()
                try:
                    return execute(*arguments)
                finally:
                    spent.append(time.perf_counter() - began)

            began, began_processor = time.perf_counter(), time.process_time()
            with connection.execute_wrapper(clock):
                answer = getattr(http, method)(path, data)
            if answer.status_code != 200:
                raise SystemExit(f"{path}: {answer.status_code}")
            # The first two load templates and fill caches.
            if turn >= 2:
                whole.append((time.perf_counter() - began) * 1000)
                processor.append((time.process_time() - began_processor) * 1000)
                database.append(sum(spent) * 1000)
        figures = " | ".join(f"{statistics.median(times):.1f}" for times in (whole, processor, database))
        print(f"| {name} | {figures} | {len(spent)} |", flush=True)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["fill", clients, customers]:
            fill(int(clients), int(customers))
        case ["measure", number]:
            measure(int(number))

"""Many clients and many calls at once, to see how the portal and the database bear them."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from django.db import connection
from django.utils import timezone

from apps.clients.models import ApiClient, Kind
from apps.core.names import name_key
from apps.core.secrets import generate_client_id
from apps.operations.demo.traffic import ADDRESSES, BATCH, ROUTES, WEEKS
from apps.tenants.models import Tenant
from apps.usage import counters
from apps.usage.services import CallRecord, record_calls

LARGE_BATCH = 50_000
VERY_MANY = 1_000_000
SECONDS = WEEKS * 7 * 24 * 3600


def add_clients(tenant: Tenant, number: int, advance: Callable[[int], None]) -> None:
    """Store API clients without credentials, in batches; `advance` is told how many each time."""
    taken = ApiClient.objects.of(tenant).count()
    for start in range(0, number, BATCH):
        rows = []
        for index in range(start, min(start + BATCH, number)):
            name = f"Load client {taken + index + 1:06}"
            rows.append(
                ApiClient(
                    tenant=tenant,
                    kind=Kind.CLIENT,
                    client_id=generate_client_id(),
                    name=name,
                    name_key=name_key(name),
                    roles=["WMS_CREATE_JOBS"],
                    all_customers=True,
                    all_warehouses=True,
                )
            )
        ApiClient.objects.bulk_create(rows)
        advance(len(rows))


def add_calls(tenant: Tenant, number: int, advance: Callable[[int], None]) -> None:
    """Store calls of the last eight weeks in the order of time, by up to 1,000 of the tenant's clients."""
    random = Random(number)
    _hurry()
    clients = list(ApiClient.objects.of(tenant).values_list("pk", "name")[:1000])
    now = timezone.now()
    step = timedelta(seconds=(SECONDS - 60) / max(number, 1))
    received = now - timedelta(seconds=SECONDS)
    for start in range(0, number, LARGE_BATCH):
        size = min(LARGE_BATCH, number - start)
        record_calls(_calls(tenant, clients, received + start * step, step, size, random))
        advance(size)


def count_calls(loaded: int) -> None:
    """Count very many calls and add up their days, so that pages are quick at once; fewer are left to the worker.

    A call may be counted once no transaction can still be about to commit another one like it.
    """
    if loaded >= VERY_MANY:
        time.sleep(counters.MARGIN.total_seconds())
        counters.rebuild()
        counters.sum_days()


def _hurry() -> None:
    """Let SQLite keep its indexes in memory and not wait for the disk: what a crash takes is made again."""
    # Within a transaction SQLite takes no such change, and whoever opened it wants it kept as it is.
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            for setting in ("cache_size = -400000", "synchronous = OFF", "wal_autocheckpoint = 50000"):
                cursor.execute(f"PRAGMA {setting}")


def _calls(
    tenant: Tenant,
    clients: list[tuple[UUID, str]],
    first: datetime,
    step: timedelta,
    number: int,
    random: Random,
) -> Iterator[CallRecord]:
    """So many calls, a step apart."""
    chosen = random.choices(clients, k=number)
    routes = random.choices(ROUTES, weights=[route[2] for route in ROUTES], k=number)
    statuses = random.choices((200, 404, 401, 503), weights=(960, 25, 12, 3), k=number)
    serial = random.getrandbits(60)
    for place, ((client_id, name), (method, endpoint, _), status) in enumerate(
        zip(chosen, routes, statuses, strict=True)
    ):
        yield CallRecord(
            tenant_id=tenant.pk,
            client_id=client_id,
            client_name=name,
            customer_kind="live",
            method=method,
            endpoint=endpoint,
            status=status,
            address=ADDRESSES[place % len(ADDRESSES)],
            ms=5 + place % 76,
            received_at=first + place * step,
            request_id=f"req_{serial + place:020x}",
        )

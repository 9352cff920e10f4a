"""Many clients and many calls at once, to see how the portal and the database bear them."""

from collections.abc import Callable
from datetime import timedelta
from random import Random

from django.utils import timezone

from apps.clients.models import ApiClient, Kind
from apps.core.names import name_key
from apps.core.secrets import generate_client_id
from apps.operations.demo.traffic import ADDRESSES, BATCH, ROUTES, WEEKS
from apps.tenants.models import Tenant
from apps.usage.services import CallRecord, record_calls

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
    """Store calls of the last eight weeks, spread over up to 1,000 of the tenant's clients."""
    random = Random(number)
    clients = list(ApiClient.objects.of(tenant).values_list("pk", "name")[:1000])
    now = timezone.now()
    for start in range(0, number, BATCH):
        rows = []
        for _ in range(min(BATCH, number - start)):
            client_id, name = random.choice(clients)
            method, endpoint, _ = random.choice(ROUTES)
            status = random.choices((200, 404, 401, 503), weights=(960, 25, 12, 3))[0]
            received = now - timedelta(seconds=random.uniform(60, SECONDS))
            rows.append(
                CallRecord(
                    tenant_id=tenant.pk,
                    client_id=client_id,
                    client_name=name,
                    customer_kind="live",
                    method=method,
                    endpoint=endpoint,
                    status=status,
                    address=random.choice(ADDRESSES),
                    ms=random.randint(5, 80),
                    received_at=received,
                    request_id=f"req_{random.getrandbits(80):020x}",
                )
            )
        record_calls(rows)
        advance(len(rows))

"""Eight weeks of calls that look like those of shops: busy by day, quiet at night and on Sundays, some mistakes."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import F
from django.utils import timezone

from apps.clients.models import ApiClient, Credential
from apps.operations.demo.data import Caller
from apps.operations.demo.organisation import Built
from apps.usage import counters
from apps.usage.models import Call
from apps.usage.services import CallRecord, record_calls

WEEKS = 8
BATCH = 5000
HOURS = (1, 1, 1, 1, 1, 2, 4, 8, 14, 16, 15, 14, 12, 13, 14, 13, 11, 8, 5, 4, 3, 2, 2, 1)
DAYS = (15, 16, 16, 15, 17, 8, 4)
# Method, route and how often; the routes are those of the API's own declarations.
ROUTES = (
    ("POST", "outbound-orders.create", 30),
    ("GET", "outbound-orders.get", 26),
    ("POST", "outbound-orders.search", 18),
    ("GET", "customers.list", 6),
    ("POST", "warehouse-products.search", 12),
    ("GET", "warehouses.list", 3),
)
# Status, how often of 1,000, reason, the API's message and the field it names.
ANSWERS = (
    (200, 940, "", "", ""),
    (404, 18, "", "There is no such order.", ""),
    (422, 24, "", "This must not be empty.", "/details/deliver/address/address1"),
    (401, 7, "expired", "The access token has expired.", ""),
    (403, 3, "missing_role", "This client lacks the role for this endpoint.", ""),
    (429, 6, "limit", "Too many orders in a minute.", ""),
    (503, 2, "", "The service is not available for a moment.", ""),
)
ADDRESSES = ("203.0.113.7", "203.0.113.24", "198.51.100.16", "192.0.2.55")


def add_calls(built: Built) -> int:
    """Store the calls of all the organisation's clients; return how many."""
    count = 0
    batch: list[CallRecord] = []
    for caller, client in built.clients:
        for call in _calls_of(built, caller, client):
            batch.append(call)
            count += 1
            if len(batch) >= BATCH:
                record_calls(batch)
                batch.clear()
    record_calls(batch)
    return count


def count_calls() -> None:
    """Build the counters and the sums of days, so that no page waits for the worker's next rounds.

    The ledger stores calls with the time of now, and what was recorded within the margin is not counted yet.
    """
    Call.objects.update(recorded_at=F("recorded_at") - 2 * counters.MARGIN)
    counters.rebuild()
    counters.sum_days()


def _calls_of(built: Built, caller: Caller, client: ApiClient) -> Iterator[CallRecord]:
    random = Random(f"{built.tenant.slug} {client.name}")
    source = built.sandboxes if caller.on_sandbox else built.customers
    customers = [source[code] for code in caller.customers] or list(built.customers.values())
    credential_id = Credential.objects.filter(client=client).values_list("id", flat=True).first()
    methods = random.choices(ROUTES, weights=[route[2] for route in ROUTES], k=caller.weekly_calls * WEEKS)
    answers = random.choices(ANSWERS, weights=[answer[1] for answer in ANSWERS], k=len(methods))
    hours = random.choices(range(24), weights=HOURS, k=len(methods))
    days = _days(random, len(methods))
    now = timezone.now()
    midnight = now.astimezone(ZoneInfo(built.tenant.zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    for (method, endpoint, _), answer, hour, day in zip(methods, answers, hours, days, strict=True):
        received = (midnight - timedelta(days=day)).replace(hour=hour) + timedelta(
            seconds=random.uniform(0, 3600)
        )
        if received >= now:
            continue
        customer = random.choice(customers)
        yield _call(
            client, credential_id, customer.pk, customer.kind, method, endpoint, answer, received, random
        )


def _call(
    client: ApiClient,
    credential_id: UUID | None,
    customer_id: UUID,
    customer_kind: str,
    method: str,
    endpoint: str,
    answer: tuple[int, int, str, str, str],
    received: datetime,
    random: Random,
) -> CallRecord:
    status, _, reason, message, field = answer
    if status == 200 and endpoint.endswith(".create"):
        status = 201
    return CallRecord(
        tenant_id=client.tenant_id,
        client_id=client.pk,
        client_name=client.name,
        credential_id=credential_id,
        customer_id=customer_id,
        customer_kind=customer_kind,
        method=method,
        endpoint=endpoint,
        status=status,
        reason=reason,
        error_message=message,
        error_field=field,
        address=random.choice(ADDRESSES),
        ms=random.randint(6, 90),
        received_at=received,
        request_id=f"req_{random.getrandbits(80):020x}",
    )


def _days(random: Random, number: int) -> list[int]:
    """How many days ago each call was, weighted by the day of the week."""
    weekday = timezone.now().weekday()
    ago = range(7 * WEEKS)
    return random.choices(ago, weights=[DAYS[(weekday - days) % 7] for days in ago], k=number)

"""A tenant that is billed, its clients, and calls for it."""

import csv
import json
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command

from apps.clients.models import ApiClient
from apps.tenants.models import Plan, Tenant
from tests.factories import TenantFactory

MONDAY = date(2026, 9, 28)


def a_tenant(
    slug: str = "billed",
    zone: str = "Australia/Brisbane",
    consignments: int = 0,
    warehouse_orders: int = 1000,
) -> Tenant:
    tenant: Tenant = TenantFactory.create(slug=slug, zone=zone, currency="AUD")
    Plan.objects.create(
        tenant=tenant,
        valid_from=date(2020, 1, 1),
        consignments=consignments,
        warehouse_orders=warehouse_orders,
    )
    return tenant


def a_client(tenant: Tenant, name: str = "Erp", **fields: Any) -> ApiClient:
    return ApiClient.objects.create(
        tenant=tenant, name=name, client_id=f"gpc-{tenant.slug}-{name.lower()}", all_customers=True, **fields
    )


def utc(year: int, month: int, day: int, *more: int) -> datetime:
    return datetime(year, month, day, *more, tzinfo=UTC)  # type: ignore[misc]  # as many parts as a test needs


TUESDAY = utc(2026, 9, 29, 1)


def spread(
    client: ApiClient, counts: dict[int, int], start: datetime = TUESDAY, step: float = 1.0
) -> list[list[str]]:
    """Lines of a file for `load_calls`: so many calls of each status, a second apart."""
    rows, at = [], start
    for status, count in counts.items():
        for _ in range(count):
            rows.append([client.client_id, at.isoformat(), "GET", "orders.search", str(status), "12"])
            at += timedelta(seconds=step)
    return rows


def load(folder: Path, rows: Iterable[list[str]]) -> str:
    """Load calls by the command."""
    path = folder / "calls.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["client_id", "received_at", "method", "endpoint", "status", "ms"])
        writer.writerows(rows)
    return run("load_calls", str(path))


def run(command: str, *args: str) -> str:
    out = StringIO()
    call_command(command, *args, stdout=out)
    return out.getvalue()


def statement(tenant: Tenant, monday: date = MONDAY) -> dict[str, Any]:
    text = run("statement", "--tenant", tenant.slug, "--week", monday.isoformat(), "--json")
    answer: dict[str, Any] = json.loads(text)
    return answer


def close(tenant: Tenant, monday: date = MONDAY) -> dict[str, Any]:
    """Close a week by the command and return its statement."""
    run("close_week", "--tenant", tenant.slug, "--week", monday.isoformat())
    closed = statement(tenant, monday)
    assert closed["state"] == "closed"
    return closed

"""What is measured of a large ledger. Run by ledger.py with DATABASE_URL set; prints JSON: name to times in ms.

python -m benchmarks.ledger_parts fill CALLS CLIENTS           makes a tenant with many calls
python -m benchmarks.ledger_parts rebuild ROUNDS               counts all of it anew, and by plain SQL
python -m benchmarks.ledger_parts export FILE                  writes the calls to a CSV file
python -m benchmarks.ledger_parts week ROUNDS                  reads last week: the page, its figures, the calls
python -m benchmarks.ledger_parts tenants TENANTS              makes many tenants
python -m benchmarks.ledger_parts close                        closes last week for every tenant
"""

import csv
import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import django
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# Nobody collected static files, and nobody asks for one.
settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.db.models import Sum  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from apps.accounts.models import User  # noqa: E402
from apps.billing.services import close_due  # noqa: E402
from apps.clients.models import ApiClient  # noqa: E402
from apps.core.weeks import Week, local_days  # noqa: E402
from apps.operations.demo import load  # noqa: E402
from apps.tenants.models import Membership, Plan, Role, Tenant  # noqa: E402
from apps.tenants.zones import Calendar  # noqa: E402
from apps.usage import counters, sql  # noqa: E402
from apps.usage.models import Call, Counter  # noqa: E402
from apps.usage.services import CallRecord, record_calls  # noqa: E402
from apps.usage.weekly import usage_of_week  # noqa: E402
from benchmarks import prepare  # noqa: E402

CALLS_OF_A_TENANT = 300
CLIENTS_OF_A_TENANT = 3
Times = dict[str, list[float]]


def fill(calls: int, clients: int) -> Times:
    """A tenant with many calls of the last eight weeks."""
    call_command("migrate", verbosity=0, interactive=False)
    found: Times = {}
    if not Tenant.objects.filter(slug="bench").exists():
        prepare.fill(0)
        tenant = Tenant.objects.get(slug="bench")
        reader = User.objects.create(email="reader@gatepass.example")
        Membership.objects.create(tenant=tenant, user=reader, role=Role.ADMINISTRATOR, can_edit_users=True)
        load.add_clients(tenant, clients, lambda stored: None)
        found["filling"] = [timed(lambda: load.add_calls(tenant, calls, lambda stored: None))]
        Tenant.objects.update(created=timezone.now() - timedelta(days=7 * 10))
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        # A call may be counted once no transaction can still be about to commit another one like it.
        time.sleep(counters.MARGIN.total_seconds() + 1)
    return found


def tenants(number: int) -> Times:
    """Many tenants, each with an administrator to mail to, three clients and some calls of last week."""
    run = int(time.time())  # A database that is kept has those of other runs.
    made = Tenant.objects.bulk_create(
        Tenant(slug=f"tenant-{run}-{n}", name=f"Tenant {n}", zone="Australia/Brisbane", currency="AUD")
        for n in range(number)
    )
    Plan.objects.bulk_create(
        Plan(tenant=tenant, valid_from=date(2020, 1, 6), warehouse_orders=10) for tenant in made
    )
    if made:
        people = User.objects.bulk_create(
            User(email=f"admin-{run}-{n}@gatepass.example") for n in range(number)
        )
        Membership.objects.bulk_create(
            Membership(tenant=tenant, user=user, role=Role.ADMINISTRATOR, can_edit_users=True)
            for tenant, user in zip(made, people, strict=True)
        )
        week = last_week(made[0])
        for tenant in made:
            load.add_clients(tenant, CLIENTS_OF_A_TENANT, lambda stored: None)
            record_calls(_calls(tenant, week))
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        time.sleep(counters.MARGIN.total_seconds() + 1)
    return {}


def _calls(tenant: Tenant, week: Week) -> list[CallRecord]:
    clients = list(ApiClient.objects.of(tenant).values_list("pk", "name"))
    step = (week.end - week.start) / CALLS_OF_A_TENANT
    return [
        CallRecord(
            tenant_id=tenant.pk,
            client_id=clients[place % len(clients)][0],
            client_name=clients[place % len(clients)][1],
            method="GET",
            endpoint="customers.list",
            status=200,
            ms=5,
            received_at=week.start + place * step,
        )
        for place in range(CALLS_OF_A_TENANT)
    ]


def last_week(tenant: Tenant) -> Week:
    """The week that ended last."""
    calendar = Calendar(tenant)
    return calendar.week_before(calendar.week_containing(timezone.now()))


def timed(act: Callable[[], object]) -> float:
    """How long something takes, in milliseconds."""
    start = time.perf_counter()
    act()
    return (time.perf_counter() - start) * 1000


def rebuild(rounds: int) -> Times:
    """`rebuild_counters`, and beside it the least that would count the same, in turns."""
    found: Times = {"INSERT ... SELECT ... GROUP BY": [], "rebuild_counters": [], "adding up days": []}
    for _ in range(rounds):
        found["INSERT ... SELECT ... GROUP BY"].append(timed(_plainly))
        found["rebuild_counters"].append(timed(counters.rebuild))
        found["adding up days"].append(timed(counters.sum_days))
    counted, there = Counter.objects.aggregate(calls=Sum("kept"))["calls"], Call.objects.count()
    if counted != there:
        raise SystemExit(f"{there} calls are in the ledger and {counted} are counted.")
    return found


def _plainly() -> None:
    """Count into an empty table with the counters' columns and indexes, in one statement that everybody would write."""
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("CREATE TABLE plain (LIKE usage_counter INCLUDING ALL)")
        else:
            cursor.execute("SELECT sql FROM sqlite_master WHERE name = 'usage_counter'")
            cursor.execute(cursor.fetchone()[0].replace('"usage_counter"', '"plain"', 1))
            cursor.execute("CREATE INDEX plain_client ON plain (tenant_id, client_id, quarter)")
        cursor.execute(
            "INSERT INTO plain (tenant_id, quarter, client_id, endpoint, status, call_class, kept, pruned) "
            f"SELECT tenant_id, {sql.quarter('received_at')}, client_id, endpoint, status, call_class, count(*), 0 "
            "FROM usage_call GROUP BY 1, 2, 3, 4, 5, 6",
            [],
        )
        transaction.set_rollback(True)


def export(path: str) -> Times:
    """The columns that reports are made of."""
    columns = "tenant_id, received_at, client_id, endpoint, status, call_class"
    with Path(path).open("w", newline="") as file, connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY (SELECT {columns} FROM usage_call) TO STDOUT (FORMAT csv)") as copy:
                for block in copy:
                    file.write(bytes(block).decode())
        else:
            writer = csv.writer(file)
            cursor.execute(f"SELECT {columns} FROM usage_call")
            while rows := cursor.fetchmany(50_000):
                writer.writerows(rows)
    return {}


def week(rounds: int) -> Times:
    """Last week of the tenant with most calls: the whole page, its figures alone, and the figures without counters."""
    tenant = Tenant.objects.get(slug="bench")
    shown = last_week(tenant)
    monday = Calendar(tenant).monday(shown)
    client = Client()
    client.force_login(User.objects.get(email="reader@gatepass.example"))
    address = f"/t/bench/usage/?week={monday}"

    def page() -> None:
        answer = client.get(address, secure=True)
        if answer.status_code != 200:
            raise SystemExit(f"{address}: {answer.status_code}")

    found: Times = {
        "the week's page": [],
        "the same, CPU of the web process": [],
        "the week's figures": [],
        "the week from the calls themselves": [],
    }
    page()
    for number in range(rounds):
        before = time.process_time()
        found["the week's page"].append(timed(page))
        found["the same, CPU of the web process"].append((time.process_time() - before) * 1000)
        found["the week's figures"].append(timed(lambda: usage_of_week(tenant, shown)))
        if number < rounds // 10:
            found["the week from the calls themselves"].append(timed(lambda: _from_calls(tenant, shown)))
    return found


def _from_calls(tenant: Tenant, shown: Week) -> list[Any]:
    cases = " ".join(f"WHEN received_at < %s THEN {n}" for n, _ in enumerate(local_days(shown)))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT CASE {cases} END, client_id, endpoint, status, call_class, count(*) FROM usage_call "
            "WHERE tenant_id = %s AND received_at >= %s AND received_at < %s GROUP BY 1, 2, 3, 4, 5",
            [
                *(sql.instant(end) for _, _, end in local_days(shown)),
                sql.key(tenant.pk),
                sql.instant(shown.start),
                sql.instant(shown.end),
            ],
        )
        return cursor.fetchall()


def close() -> Times:
    """Close last week, and it alone, for every tenant but the one with most calls."""
    Tenant.objects.filter(slug="bench").update(created=timezone.now())
    others = Tenant.objects.exclude(slug="bench")
    others.update(created=last_week(others[0]).start)
    counters.roll_up()
    made: list[Any] = []
    spent = timed(lambda: made.extend(close_due(actor=prepare.ACTOR)[0]))
    return {f"closing a week for {len(made):,} tenants": [spent]} if made else {}


if __name__ == "__main__":
    parts: dict[str, Callable[..., Times]] = {
        "fill": fill,
        "tenants": tenants,
        "rebuild": rebuild,
        "export": export,
        "week": week,
        "close": close,
    }
    act, arguments = parts[sys.argv[1]], [int(a) if a.isdigit() else a for a in sys.argv[2:]]
    # Whatever else is said meanwhile, mails for example, is no answer.
    with redirect_stdout(sys.stderr):
        answer = act(*arguments)
    json.dump(answer, sys.stdout)

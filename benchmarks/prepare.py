"""Fill an empty database with callers, or count what they called. Run by run.py with the database in DATABASE_URL.

python -m benchmarks.prepare fill N    prints JSON: the path to ask, and the id and secret of each of N clients
python -m benchmarks.prepare many N    adds N clients with a credential each
python -m benchmarks.prepare count     prints JSON: how many calls the ledger holds, by endpoint
"""

import json
import os
import secrets
import sys
from typing import Any

import django
from django.core.management import call_command

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.db.models import Count  # noqa: E402
from django.utils import timezone  # noqa: E402

from apps.audit import actors  # noqa: E402
from apps.clients.lifecycle import State  # noqa: E402
from apps.clients.models import ApiClient, Credential, CredentialKind  # noqa: E402
from apps.clients.services import ClientInput, create_client, generate_credentials  # noqa: E402
from apps.operations.demo import load  # noqa: E402
from apps.tenants.models import Tenant  # noqa: E402
from apps.tenants.organisations import create_tenant  # noqa: E402
from apps.tenants.services import create_warehouse  # noqa: E402
from apps.usage.models import Call  # noqa: E402

ACTOR = actors.command("bench")


def fill(clients: int) -> dict[str, Any]:
    """Make a tenant with two warehouses and its clients, by the services that the portal uses."""
    call_command("migrate", verbosity=0, interactive=False)
    tenant, _ = create_tenant(
        slug="bench",
        name="Bench",
        zone="Australia/Brisbane",
        currency="AUD",
        consignments=1000,
        warehouse_orders=1000,
        admin_email="bench@gatepass.example",
        actor=ACTOR,
    )
    for name in ("Brisbane", "Cairns"):
        create_warehouse(tenant=tenant, actor=ACTOR, name=name)
    callers = []
    for number in range(clients):
        values = ClientInput(
            name=f"Caller {number}", roles=["WMS_CREATE_JOBS"], all_customers=True, all_warehouses=True
        )
        client = create_client(tenant=tenant, actor=ACTOR, values=values)
        issued = generate_credentials(client=client, actor=ACTOR)
        callers.append({"client_id": issued.client_id, "client_secret": issued.client_secret})
    return {"path": f"/tenants/{tenant.pk}/warehouses", "callers": callers}


def many(number: int) -> None:
    """Add API clients with a credential each, in bulk."""
    tenant = Tenant.objects.get(slug="bench")
    load.add_clients(tenant, number, lambda stored: None)
    without = ApiClient.objects.filter(credentials=None).values_list("pk", flat=True)
    while ids := list(without[:5_000]):
        Credential.objects.bulk_create(
            Credential(
                client_id=client_id,
                kind=CredentialKind.SECRET,
                number=1,
                state=State.ACTIVE,
                digest=secrets.token_hex(32),
                activated=timezone.now(),
            )
            for client_id in ids
        )


if __name__ == "__main__":
    if sys.argv[1] == "fill":
        json.dump(fill(int(sys.argv[2])), sys.stdout)
    elif sys.argv[1] == "many":
        many(int(sys.argv[2]))
    else:
        counted = Call.objects.values_list("endpoint").annotate(Count("id")).order_by()
        json.dump(dict(counted), sys.stdout)

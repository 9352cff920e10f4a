"""What two_machines.py starts as processes of their own; the database is in DATABASE_URL.

python -m benchmarks.two_machines_parts fill URL N M   N callers, M to revoke, endpoints under URL; prints JSON
python -m benchmarks.two_machines_parts desk           obey lines of standard input, and answer each with a line
"""

import json
import sys
import time
from decimal import Decimal
from typing import Any

from benchmarks import prepare

# Which sets Django up.
from django.db import transaction  # isort: skip

from apps.clients.models import ApiClient
from apps.clients.services import revoke_client
from apps.customers.services import create_customer
from apps.orders.models import Product, Stock, UnitOfMeasure
from apps.tenants.models import Plan, Tenant, Warehouse
from apps.usage import counters
from apps.webhooks.endpoints import create_endpoint

ENDPOINTS = 4
PRODUCT = "MUG-12"
MANY = 30_000


def fill(url: str, callers: int, to_revoke: int) -> dict[str, Any]:
    """What prepare.py makes, and a customer whose orders tell several receivers."""
    facts = prepare.fill(callers + to_revoke)
    tenant = Tenant.objects.get(slug="bench")
    Plan.objects.filter(tenant=tenant).update(api_integration=True, orders_per_minute=MANY)
    warehouses = list(Warehouse.objects.of(tenant))
    customer = create_customer(
        tenant=tenant, actor=prepare.ACTOR, name="Blue Kettle Teas", warehouses=warehouses
    )
    product = Product.objects.create(
        tenant=tenant, customer=customer, code=PRODUCT, name="Mug", default_unit="CTN"
    )
    UnitOfMeasure.objects.create(product=product, code="CTN", name="Carton")
    for warehouse in warehouses:
        Stock.objects.create(tenant=tenant, product=product, warehouse=warehouse, on_hand=Decimal(MANY))
    for number in range(ENDPOINTS):
        create_endpoint(tenant=tenant, name=f"Receiver {number}", url=f"{url}/{number}", actor=prepare.ACTOR)
    return {**facts, "base": f"/tenants/{tenant.pk}", "customer": str(customer.pk), "product": PRODUCT}


def revoke(client_id: str) -> float:
    client = ApiClient.objects.get(client_id=client_id)
    revoke_client(client=client, actor=prepare.ACTOR)
    return 0.0


def hold(what: str) -> float:
    """Be lost with this machine in the middle of counting: the row that whoever counts needs is locked."""
    transaction.set_autocommit(False)
    counters.lock()
    return 0.0


def count(what: str) -> float:
    """Bring the counters up to date as a worker does; how many seconds that took."""
    began = time.monotonic()
    counters.roll_up()
    return time.monotonic() - began


def desk() -> None:
    """One order a line, such as `revoke ID`."""
    orders = {"revoke": revoke, "hold": hold, "count": count}
    print("ready", flush=True)
    for line in sys.stdin:
        name, _, what = line.strip().partition(" ")
        print(orders[name](what), flush=True)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["fill", url, callers, to_revoke]:
            json.dump(fill(url, int(callers), int(to_revoke)), sys.stdout)
        case ["desk"]:
            desk()

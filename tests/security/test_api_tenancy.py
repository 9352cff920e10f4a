"""Nobody reaches another organisation's objects through the API, and members that no body lists go nowhere.

Promises 8, 9 and 10 for machines; `tests/test_access_table.py` and `test_forms.py` hold them for people.
"""

import json
import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from django.test import Client

from apps.clients import access_tokens, services
from apps.clients.authenticate import authenticate_client
from apps.clients.roles import FULL_ACCESS
from apps.partner_api import routing
from apps.partner_api.declare import Endpoint
from tests.partner_api.sent import EXAMPLE, INBOUND_EXAMPLE
from tests.security.scanner import database
from tests.test_access_table import snapshot
from tests.world import ACTOR, World, nowhere

pytestmark = pytest.mark.django_db

WITH_TENANT = [endpoint for endpoint in routing.route_table() if not endpoint.absolute]
OBJECTS = {
    "customers": "customer",
    "warehouses": "warehouse",
    "outbound-orders": "order",
    "inbound-orders": "inbound_order",
    "warehouse-products": "product",
    "products": "transport_product",
    "consignments": "consignment",
    "promotions": "promotion",
}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
REQUEST_ID = re.compile(rb"req_[0-9a-f]{24}")


@pytest.fixture(scope="module")
def stranger(worlds: tuple[World, World]) -> Client:
    """A caller of the first organisation with every role there is."""
    issued = services.create_bearer(
        tenant=worlds[0].tenant, actor=ACTOR, name="Everything", roles=[FULL_ACCESS]
    )
    return Client(headers={"Authorization": f"Bearer {issued.bearer_token}", "Accept-Version": "1"})


def path_of(endpoint: Endpoint, tenant: UUID, id_of: Callable[[str], Any]) -> str:
    """The endpoint's path with ids for what stands in it, named by the step before."""
    steps = endpoint.full_path.replace("{tenantId}", str(tenant)).split("/")
    filled = [
        str(id_of(before)) if step.startswith("{") else step
        for before, step in zip(["", *steps], steps, strict=False)
    ]
    return "/".join(filled)


def ask(client: Client, method: str, path: str) -> tuple[int, bytes]:
    """The answer, without what differs from request to request; what it did is taken back."""
    with transaction.atomic():
        answer = client.generic(method, path, b"{}", "application/json")
        transaction.set_rollback(True)
    return answer.status_code, REQUEST_ID.sub(b"", answer.content)


def watched() -> dict[str, str]:
    """The rows of everything but the ledger, which has every call."""
    return {table: rows for table, rows in snapshot().items() if not table.startswith("usage_")}


@pytest.mark.parametrize("endpoint", WITH_TENANT, ids=lambda endpoint: endpoint.name)
def test_a_foreign_id_and_none_at_all_get_the_same_answer_by_any_method(
    endpoint: Endpoint, worlds: tuple[World, World], stranger: Client
) -> None:
    ours, theirs = worlds

    def foreign(step: str) -> Any:
        found = getattr(theirs, OBJECTS.get(step, ""), None)
        return found.pk if found else nowhere(theirs.tenant.pk)

    def random(step: str) -> Any:
        return nowhere(theirs.tenant.pk)

    nobody = nowhere(theirs.tenant.pk)
    for method in METHODS:
        for of_foreign, of_nobody in ((theirs.tenant.pk, nobody), (ours.tenant.pk, ours.tenant.pk)):
            path = path_of(endpoint, of_foreign, foreign)
            if "{" not in endpoint.full_path.replace("{tenantId}", "") and of_foreign == ours.tenant.pk:
                continue
            status, body = ask(stranger, method, path)
            assert (status, body) == ask(stranger, method, path_of(endpoint, of_nobody, random)), path
            assert status in (401, 403, 404, 405, 422), f"{method} {path}: {status}"
            assert (
                str(theirs.customer.name).encode() not in body and theirs.order.reference.encode() not in body
            )


def test_whatever_a_stranger_asks_nothing_of_others_changes(
    worlds: tuple[World, World], stranger: Client
) -> None:
    theirs = worlds[1]
    before = watched()
    for endpoint in WITH_TENANT:
        for tenant in (worlds[0].tenant.pk, theirs.tenant.pk):
            if "{" in endpoint.full_path.replace("{tenantId}", "") or tenant == theirs.tenant.pk:
                path = path_of(endpoint, tenant, lambda step: getattr(theirs, OBJECTS.get(step, "tenant")).pk)
                stranger.generic(endpoint.method, path, b"{}", "application/json")
    after = watched()
    assert [table for table in after if after[table] != before[table]] in ([], ["clients_orderlimit"])


# --- Members that no body lists -----------------------------------------------------------------------------------

MARK = "massassigned"
EXTRA = (
    *(
        "tenant",
        "tenantId",
        "tenant_id",
        "role",
        "roles",
        "is_staff",
        "isStaff",
        "digest",
        "encoded",
        "sandbox",
    ),
    *(
        "kind",
        "price",
        "version",
        "numericId",
        "status",
        "created_by",
        "client_id",
        "generation",
        "copiedFrom",
    ),
)
BODIES: dict[str, Callable[[World, int], dict[str, Any]]] = {
    "customers": lambda world, number: {"name": f"Plain {number}"},
    "outbound-orders": lambda world, number: filled(EXAMPLE, world, number),
    "inbound-orders": lambda world, number: filled(INBOUND_EXAMPLE, world, number),
    "warehouse-products": lambda world, number: {
        "scope": "WAREHOUSE",
        "type": "General",
        "references": {"code": f"NEW-{number}"},
        "customer": {"id": str(world.customer.pk)},
        "name": "New",
        "defaultUnitOfMeasure": "EA",
        "unitOfMeasures": {"EA": {"baseQty": 1, "name": "Each"}},
    },
    "report-runs": lambda world, number: {
        "type": "STOCK_ON_HAND",
        "parameters": {"customer": {"id": str(world.customer.pk)}},
    },
}


def filled(example: str, world: World, number: int) -> dict[str, Any]:
    """An example of the contract with this world's ids, and a reference of its own."""
    text = example.replace("CUSTOMER", str(world.customer.pk)).replace("WAREHOUSE", str(world.warehouse.pk))
    found: dict[str, Any] = json.loads(text)
    found["references"]["customer"] = f"MASS-{number}"
    return found


@pytest.mark.parametrize("name", BODIES)
def test_members_that_a_body_does_not_list_are_stored_nowhere(name: str, worlds: tuple[World, World]) -> None:
    world = worlds[0]
    values = services.ClientInput(
        name="Own system", roles=[FULL_ACCESS], all_customers=True, all_warehouses=True, is_internal=True
    )
    row = services.create_client(tenant=world.tenant, actor=ACTOR, values=values)
    issued = services.generate_credentials(client=row, actor=ACTOR)
    token, _ = access_tokens.issue(authenticate_client(issued.client_id, issued.client_secret, None))
    caller = Client(headers={"Authorization": f"Bearer {token}", "Accept-Version": "1"})
    answers = []
    for number, member in enumerate(EXTRA):
        body = {member: MARK, **BODIES[name](world, number)}
        path = f"/tenants/{world.tenant.pk}/{name}"
        answers.append(caller.post(path, json.dumps(body), "application/json").status_code)
    assert answers.count(201) > len(EXTRA) / 2 and set(answers) <= {201, 400, 422}, answers
    found = {place for place, value in database() if MARK.encode() in value}
    assert not found, f"{name} stored them in {found}"

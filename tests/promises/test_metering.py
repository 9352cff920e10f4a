"""Promise 17: of mixed calls over HTTP, the ledger counts exactly what the callers counted, class by class."""

import json
import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from django.utils import timezone

from apps.clients import services
from apps.clients.services import ClientInput
from apps.customers.models import Customer, Kind
from apps.tenants.models import Plan
from apps.tenants.zones import Calendar
from apps.usage import counters
from apps.usage.models import Call
from tests.billing.billing_world import statement
from tests.figures import figure
from tests.partner_api.conftest import basic
from tests.promises.callers import ACTOR
from tests.promises.conftest import Office
from tests.promises.web import Web

pytestmark = pytest.mark.slow
CALLS = figure(10_000, 1_000)
CONNECTIONS = 8


@dataclass(frozen=True)
class Sort:
    """A kind of call: who makes it and what is sent; `who` is what the caller's own ledger notes it under."""

    who: str
    method: str
    path: str
    headers: dict[str, str]
    body: str = ""


@pytest.fixture
def sorts(port: int, office: Office) -> list[Sort]:
    """Calls of every sort that a caller can make."""
    tenant = office.tenant
    Plan.objects.filter(pk=office.plan.pk).update(orders_per_minute=3)
    sandbox = Customer.objects.create(tenant=tenant, name="Tea Sandbox", kind=Kind.SANDBOX)
    reach = {
        "live": {"all_customers": True},
        "sandbox": {"customers": [sandbox]},
        "gone": {"all_customers": True},
    }
    secrets, tokens = {}, {}
    with Web(port) as web:
        for name, customers in reach.items():
            values = ClientInput(name=name, roles=["WMS_CREATE_JOBS"], all_warehouses=True, **customers)
            client = services.create_client(tenant=tenant, actor=ACTOR, values=values)
            issued = services.generate_credentials(client=client, actor=ACTOR)
            secrets[name] = basic(issued.client_id, issued.client_secret)
            answer = web.ask(
                "POST", "/uaa/oauth/token", "grant_type=client_credentials", Authorization=secrets[name]
            )
            tokens[name] = f"Bearer {json.loads(answer.text)['access_token']}"
    services.set_active(client=client, active=False, actor=ACTOR)
    Call.objects.all().delete()
    return list(_sorts(f"/tenants/{tenant.pk}", tokens, secrets))


def _sorts(base: str, tokens: dict[str, str], secrets: dict[str, str]) -> Iterator[Sort]:
    for who, token in tokens.items():
        v1 = {"Authorization": token, "Accept-Version": "1"}
        yield Sort(who, "GET", f"{base}/customers", v1)
        yield Sort(who, "HEAD", f"{base}/warehouses", v1)
        yield Sort(who, "GET", f"{base}/nonsense", v1)
        yield Sort(who, "DELETE", f"{base}/customers", v1)
        yield Sort(who, "GET", f"{base}/customers", {"Authorization": token})
        yield Sort(who, "GET", f"{base}/customers", {**v1, "Accept-Version": "7"})
        yield Sort(who, "GET", "/tenants/11111111-2222-4333-8444-555555555555/customers", v1)
        yield Sort(who, "POST", f"{base}/consignments", {**v1, "Content-Type": "application/json"}, "{}")
        yield Sort(who, "POST", f"{base}/outbound-orders", {**v1, "Content-Type": "application/json"}, "{}")
        asked = {"X-Original-Method": "GET", "X-Original-URI": f"{base}/customers"}
        yield Sort(f"{who} gateway", "GET", "/gateway/authorize", {"Authorization": token, **asked})
    for who, secret in secrets.items():
        body = "grant_type=client_credentials"
        yield Sort(f"{who} token", "POST", "/uaa/oauth/token", {"Authorization": secret}, body)
    yield Sort("nobody", "GET", f"{base}/customers", {"Authorization": "Bearer nonsense"})


def class_of(who: str, status: int) -> str:
    """The class by the words of the contract, from what a caller sees of the answer."""
    name, _, way = who.partition(" ")
    if way == "token":
        return "token"
    if name == "sandbox" and status != 401:
        return "sandbox"
    if status in (401, 403):
        return "refused"
    if status == 429:
        return "throttled"
    return "our_error" if status >= 500 else "billable"


def test_the_ledger_counts_what_the_callers_counted(port: int, office: Office, sorts: list[Sort]) -> None:
    dice = random.Random(17)
    calls = [dice.choice(sorts) for _ in range(CALLS)]
    own: Counter[tuple[str, str]] = Counter()

    def some(batch: list[Sort]) -> Counter[tuple[str, str]]:
        seen: Counter[tuple[str, str]] = Counter()
        with Web(port) as web:
            for sort in batch:
                status = web.ask(sort.method, sort.path, sort.body, **sort.headers).status
                if sort.who != "nobody":
                    seen[sort.who.split()[0], class_of(sort.who, status)] += 1
        return seen

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        for seen in pool.map(some, [calls[number::CONNECTIONS] for number in range(CONNECTIONS)]):
            own += seen
    ledger: Any = Counter(Call.objects.values_list("client_name", "call_class"))
    assert ledger == own
    assert {kind for _, kind in own} == {"billable", "sandbox", "refused", "throttled", "token"}
    assert_pages_agree(office, own)


def assert_pages_agree(office: Office, own: Counter[tuple[str, str]]) -> None:
    """The statement says the same, from the calls and from the counters."""
    by_class: Counter[str] = Counter()
    for (_, kind), number in own.items():
        by_class[kind] += number
    calendar = Calendar(office.tenant)
    monday = calendar.monday(calendar.week_containing(timezone.now()))
    for recount in (lambda: None, counters.rebuild):
        recount()
        said = statement(office.tenant, monday)["classes"]
        assert said == {
            "billable": by_class["billable"],
            "refused": by_class["refused"],
            "throttled": by_class["throttled"],
            "our_errors": 0,
            "sandbox": by_class["sandbox"],
        }

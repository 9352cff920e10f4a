"""A caller that a process remembers is believed only as far as the database still says the same."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.clients import principals, remembered, standing
from apps.clients.lifecycle import State
from apps.clients.models import ApiClient, Credential, OrderLimit, RevokedToken, Standing
from apps.customers.models import Customer
from apps.partner_api import calls as api_calls
from apps.tenants.models import Plan, Tenant, Warehouse
from apps.usage.models import Call
from tests.partner_api.conftest import FORM, Caller, basic, calls

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _knows_nobody() -> None:
    remembered._kept.clear()


# Who calls, the page of the list, the record of the call.
LOOKED_UP = 3
REMEMBERED = 2


def statements(caller: Caller) -> int:
    """Call, and return how many statements the database was sent."""
    with CaptureQueriesContext(connection) as sent:
        assert caller.get("warehouses").status_code == 200, caller.last.content
    return len(sent)


def gateway(caller: Caller, path: str) -> Any:
    sent = {"X-Original-Method": "GET", "X-Original-URI": path, "Authorization": f"Bearer {caller.token}"}
    return Client().get("/gateway/authorize", headers=sent)


def test_a_read_looks_its_caller_up_once(make_caller: Callable[..., Caller]) -> None:
    caller = make_caller()
    assert [statements(caller) for _ in range(3)] == [LOOKED_UP, REMEMBERED, REMEMBERED]
    assert calls() == [("warehouses.list", 200, "billable")] * 3


def test_so_does_the_gateway(caller: Caller, tenant: Tenant) -> None:
    path = f"/tenants/{tenant.pk}/customers"
    answers = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as sent:
            answers.append(gateway(caller, path).headers["X-Gatepass-Customers"])
    assert len(sent) == 1
    assert len(set(answers)) == 1
    assert calls() == [("gateway.customers.list", 200, "billable")] * 2


def revoke(caller: Caller) -> None:
    Credential.objects.filter(client=caller.row).update(state=State.REVOKED, revoked=timezone.now())


def narrow(caller: Caller) -> None:
    ApiClient.objects.filter(pk=caller.row.pk).update(generation=7)


def deactivate(caller: Caller) -> None:
    ApiClient.objects.filter(pk=caller.row.pk).update(is_active=False)


def delete(caller: Caller) -> None:
    Credential.objects.filter(client=caller.row).delete()


def suspend(caller: Caller) -> None:
    Tenant.objects.filter(pk=caller.row.tenant_id).update(suspended_at=timezone.now())


def only_from_elsewhere(caller: Caller) -> None:
    ApiClient.objects.filter(pk=caller.row.pk).update(allowed_networks="203.0.113.0/24")


def give_back(caller: Caller) -> None:
    proof = {"Authorization": basic(caller.client_id, caller.secret)}
    answer = Client().post("/uaa/oauth/revoke", f"token={caller.token}", content_type=FORM, headers=proof)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "end",
    [revoke, narrow, deactivate, delete, suspend, only_from_elsewhere, give_back],
    ids=lambda f: f.__name__,
)
def test_what_ends_a_caller_holds_on_the_next_call(
    end: Callable[[Caller], None], caller: Caller, tenant: Tenant
) -> None:
    path = f"/tenants/{tenant.pk}/customers"
    assert caller.get("warehouses").status_code == 200
    assert gateway(caller, path).status_code == 200
    end(caller)
    Call.objects.all().delete()
    assert caller.get("warehouses").status_code == 401
    assert gateway(caller, path).status_code == 401
    # A credential that is gone names nobody to record a call of.
    expected = [] if end is delete else [("unknown", 401, "refused"), ("gateway", 401, "refused")]
    assert calls() == expected


def test_a_role_that_is_taken_away_is_missing_on_the_next_call(caller: Caller) -> None:
    assert caller.get("warehouses").status_code == 200
    ApiClient.objects.filter(pk=caller.row.pk).update(roles=["TMS_VIEW_JOBS"])
    assert caller.get("outbound-orders").status_code == 403


def test_a_customer_and_a_warehouse_come_and_go_with_the_next_call(
    make_caller: Callable[..., Caller], customer: Customer, other_customer: Customer, warehouse: Warehouse
) -> None:
    caller = make_caller(customers=[customer])

    def seen() -> set[str]:
        return {each["id"] for each in caller.get("customers").json()}

    assert seen() == seen() == {str(customer.pk)}
    caller.row.customers.add(other_customer)
    assert seen() == seen() == {str(customer.pk), str(other_customer.pk)}
    caller.row.customers.remove(customer)
    assert seen() == {str(other_customer.pk)}
    caller.row.customers.clear()
    assert seen() == set()


def test_the_answer_tells_the_limit_and_the_cap_of_this_moment(caller: Caller, tenant: Tenant) -> None:
    def told() -> tuple[str, str]:
        headers = caller.get("warehouses").headers
        return headers["RateLimit-Policy"], headers["RateLimit"].partition(";t=")[0]

    assert told() == told()
    Plan.objects.create(tenant=tenant, valid_from="2020-01-01", orders_per_minute=7)
    assert told() == ('"orders";q=7;w=60', '"orders";r=7')
    OrderLimit.objects.create(client=caller.row, taken={str(int(timezone.now().timestamp())): 2})
    assert told()[1] == '"orders";r=5'
    Tenant.objects.filter(pk=tenant.pk).update(capped_until=timezone.now() + timedelta(hours=1))
    assert caller.get("warehouses").status_code == 429


def test_a_change_while_the_call_is_answered_is_not_answered_as_before(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert caller.get("warehouses").status_code == 200
    find = api_calls._find

    def revoked_meanwhile(call: Any) -> Any:
        revoke(caller)
        return find(call)

    monkeypatch.setattr(api_calls, "_find", revoked_meanwhile)
    assert caller.get("warehouses").status_code == 401
    assert calls()[-1] == ("unknown", 401, "refused")


def test_a_write_looks_its_caller_up(make_caller: Callable[..., Caller]) -> None:
    caller = make_caller()
    assert statements(caller) == LOOKED_UP
    revoke(caller)
    assert caller.post("outbound-orders", {}).status_code == 401
    assert calls()[-1] == ("unknown", 401, "refused")


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        (timedelta(seconds=59), REMEMBERED),
        (timedelta(seconds=61), LOOKED_UP),
        (-timedelta(seconds=1), LOOKED_UP),
    ],
    ids=["within the minute", "after it", "set back"],
)
def test_a_clock_ends_what_is_remembered(
    later: timedelta, expected: int, make_caller: Callable[..., Caller], monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = make_caller()
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)
    assert statements(caller) == LOOKED_UP
    monkeypatch.setattr(timezone, "now", lambda: now + later)
    assert statements(caller) == expected


@pytest.mark.parametrize(
    ("what", "minutes"), [("token", 60), ("credential", 10), ("client", 10)], ids=lambda value: str(value)
)
def test_nothing_is_remembered_beyond_its_end(
    what: str, minutes: int, make_caller: Callable[..., Caller], monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = make_caller()
    end = timezone.now() + timedelta(minutes=minutes)
    if what == "credential":
        Credential.objects.filter(client=caller.row).update(ends=end)
    if what == "client":
        ApiClient.objects.filter(pk=caller.row.pk).update(expires=end)
    monkeypatch.setattr(timezone, "now", lambda: end - timedelta(seconds=30))
    assert [statements(caller) for _ in range(2)] == [LOOKED_UP, REMEMBERED]
    monkeypatch.setattr(timezone, "now", lambda: end)
    assert caller.get("warehouses").status_code == 401


def test_not_many_are_remembered_and_none_with_a_long_list(
    make_caller: Callable[..., Caller],
    customer: Customer,
    other_customer: Customer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(remembered, "MOST", 2)
    monkeypatch.setattr(remembered, "MOST_NAMED", 1)
    callers = [make_caller() for _ in range(3)]
    assert [statements(each) for each in callers] == [LOOKED_UP] * 3
    assert [statements(each) for each in callers[1:]] == [REMEMBERED] * 2
    assert statements(callers[0]) == LOOKED_UP
    named = make_caller(customers=[customer, other_customer])
    assert statements(named) == statements(named)
    assert len(remembered._kept) == 2
    assert not any(each.token in repr(remembered._kept) for each in callers)


def read_by_authentication() -> set[str]:
    """The tables that say who a caller is, as the queries name them; the deny list is asked at each record."""
    today = timezone.now().date()
    text = str(principals._row_query(today, token="t").query) + str(principals._reach_query(uuid4()).query)
    return set(re.findall(r'(?:FROM|JOIN) "(\w+)"', text)) - {"clients_standing", "clients_revokedtoken"}


def test_every_table_that_a_caller_is_read_from_is_watched() -> None:
    assert read_by_authentication() == {table for table, _, _ in standing.WATCHED}


@pytest.mark.parametrize(("table", "events"), [(table, events) for table, _, events in standing.WATCHED])
def test_every_watched_table_has_its_triggers(table: str, events: tuple[str, ...]) -> None:
    """SQLite loses them when a migration makes a table anew: that migration has to install them again."""
    asked = (
        "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass"
        if connection.vendor == "postgresql"
        else "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(asked, [table])
        found = {name for (name,) in cursor.fetchall()}
    assert {standing.name_of(table, event) for event in events} <= found


def test_a_row_that_moves_changes_both(caller: Caller, make_caller: Callable[..., Caller]) -> None:
    other = make_caller()
    assert [each.get("warehouses").status_code for each in (caller, other)] == [200, 200]
    before = {each.subject: each.version for each in Standing.objects.all()}
    Credential.objects.filter(client=caller.row).update(
        client=other.row, number=9, state=State.RETIRING, ends=timezone.now()
    )
    after = {each.subject: each.version for each in Standing.objects.all()}
    assert {subject for subject in after if after[subject] > before[subject]} == {caller.row.pk, other.row.pk}
    assert caller.get("warehouses").status_code == 401


def test_a_sandbox_that_is_one_no_more_is_billed_from_the_next_call_on(
    make_caller: Callable[..., Caller], customer: Customer
) -> None:
    Customer.objects.filter(pk=customer.pk).update(kind="sandbox")
    caller = make_caller(customers=[customer])
    for _ in range(2):
        caller.get("warehouses")
    Customer.objects.filter(pk=customer.pk).update(kind="live")
    caller.get("warehouses")
    assert [kind for _, _, kind in calls()] == ["sandbox", "sandbox", "billable"]


def test_the_gateway_takes_an_order_only_for_a_caller_that_it_knows_for_certain(
    make_caller: Callable[..., Caller], tenant: Tenant
) -> None:
    caller = make_caller()
    path = f"/tenants/{tenant.pk}/outbound-orders"
    sent = {"X-Original-Method": "POST", "X-Original-URI": path, "Authorization": f"Bearer {caller.token}"}

    def taken() -> int:
        row = OrderLimit.objects.filter(client=caller.row).first()
        return sum(row.taken.values()) if row else 0

    assert gateway(caller, f"/tenants/{tenant.pk}/customers").status_code == 200
    assert Client().get("/gateway/authorize", headers=sent).status_code == 200
    assert taken() == 1
    assert gateway(caller, f"/tenants/{tenant.pk}/customers").status_code == 200
    revoke(caller)
    assert Client().get("/gateway/authorize", headers=sent).status_code == 401
    assert taken() == 1


def test_thousands_of_customers_are_one_change(caller: Caller, tenant: Tenant) -> None:
    version = Standing.objects.get(subject=caller.row.pk).version
    many = [Customer.objects.create(tenant=tenant, name=f"Customer {number}") for number in range(20)]
    caller.row.customers.add(*many)
    found = Standing.objects.get(subject=caller.row.pk).version
    assert found == version + 1 if connection.vendor == "postgresql" else found > version


def introspected(caller: Caller) -> Any:
    proof = {"Authorization": basic(caller.client_id, caller.secret)}
    return Client().post("/uaa/oauth/introspect", f"token={caller.token}", content_type=FORM, headers=proof)


def test_a_token_and_its_introspection_look_the_caller_up_once(caller: Caller) -> None:
    remembered._kept.clear()
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as sent:
            assert introspected(caller).json()["active"] is True
        counts.append(len(sent))
    assert counts[1] == 1
    with CaptureQueriesContext(connection) as sent:
        caller.take_token()
    assert len(sent) == 1
    assert calls() == [("token.introspect", 200, "token")] * 2 + [("token", 200, "token")]


def test_introspection_says_what_holds_now(caller: Caller, make_caller: Callable[..., Caller]) -> None:
    other = make_caller()
    assert [introspected(each).json()["active"] for each in (caller, caller, other)] == [True] * 3
    mine = caller.token
    caller.token = other.token
    assert introspected(caller).json() == {"active": False}
    caller.token = mine
    give_back(caller)
    assert introspected(caller).json() == {"active": False}
    revoke(caller)
    assert introspected(caller).status_code == 401


def test_a_secret_that_was_revoked_takes_no_token_and_gives_none_back(caller: Caller) -> None:
    kept = caller.take_token()
    assert introspected(caller).json()["active"] is True
    revoke(caller)
    proof = {"Authorization": basic(caller.client_id, caller.secret)}
    for path, body in (("token", "grant_type=client_credentials"), ("revoke", f"token={kept}")):
        answer = Client().post(f"/uaa/oauth/{path}", body, content_type=FORM, headers=proof)
        assert answer.status_code == 401
    assert not RevokedToken.objects.exists()
    assert [call[1:] for call in calls()][-2:] == [(401, "token")] * 2

"""A tenant may cap its week: above it calls are answered 429, which costs nothing, and pages and mails say so."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client

from apps.accounts.models import User
from apps.audit.models import Entry
from apps.billing.alerts import alert_all
from apps.billing.jobs import apply_weekly_caps
from apps.customers.models import Customer, Kind
from apps.tenants.models import Plan, Tenant
from apps.usage.models import Call
from tests.billing.billing_world import a_client, load, spread, utc
from tests.billing.test_pages import text_of
from tests.partner_api.conftest import Caller, calls, make_caller, problems, warehouse

__all__ = ["make_caller", "warehouse"]
SignIn = Callable[[User | None], Client]
NOW = utc(2026, 10, 3, 2)
pytestmark = pytest.mark.django_db


def page(tenant: Tenant, name: str = "cap") -> str:
    return f"/t/{tenant.slug}/usage/{name}/"


def test_calls_above_the_cap_are_429_until_the_week_ends(
    tenant: Tenant,
    administrator: User,
    sign_in: SignIn,
    tmp_path: Path,
    make_caller: Callable[..., Caller],
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        caller, person = make_caller(), sign_in(administrator)
        caller.token = caller.take_token()
        load(tmp_path, spread(a_client(tenant, "Busy"), {200: 99, 404: 1, 401: 50}))
        with django_capture_on_commit_callbacks(execute=True):
            assert person.post(page(tenant), {"calls": "101"}).status_code == 303
            apply_weekly_caps()
            assert caller.get("customers").status_code == 200, "the 101st"
            apply_weekly_caps()
            apply_weekly_caps()
        Call.objects.filter(endpoint="orders.search").update(endpoint="loaded")
        for path in ("customers", "nonsense"):
            refused = caller.get(path)
            assert refused.status_code == 429
            assert refused.headers["Retry-After"] == str(int((utc(2026, 10, 4, 14) - NOW).total_seconds()))
            assert "2026-10-04T14:00:00Z" in problems(refused)[0]["message"]
        gateway = caller.http.get(
            "/gateway/authorize",
            headers={
                "Authorization": f"Bearer {caller.token}",
                "X-Original-Method": "GET",
                "X-Original-URI": f"/tenants/{tenant.pk}/customers",
            },
        )
        assert (gateway.status_code, gateway.headers["X-Gatepass-Status"]) == (403, "429")
        assert calls()[-3:] == [
            ("customers.list", 429, "throttled"),
            ("unknown", 429, "throttled"),
            ("gateway.customers.list", 429, "throttled"),
        ]
        (sent,) = mail.outbox
        assert sent.subject == "Coastal Coffee Logistics: API calls are stopped by your weekly cap"
        assert "until 05 Oct 2026 00:00 (Australia/Brisbane)" in sent.body
        for name in ("", "meter/"):
            text = text_of(person.get(f"/t/{tenant.slug}/usage/{name}"))
            assert "cap of 101 calls a week is reached: calls are answered 429 until" in text
        assert "is reached" in text_of(person.get(f"/t/{tenant.slug}/statements/"))
        clock.move_to(utc(2026, 10, 4, 14))
        caller.token = caller.take_token()
        assert caller.get("customers").status_code == 200, "the next week begins with nothing used"


def test_raising_or_removing_the_cap_lets_calls_go_on_at_once(
    tenant: Tenant, administrator: User, sign_in: SignIn, make_caller: Callable[..., Caller]
) -> None:
    caller, person = make_caller(), sign_in(administrator)
    person.post(page(tenant), {"calls": "0"})
    assert caller.get("customers").status_code == 429
    person.post(page(tenant), {"calls": "5"})
    assert caller.get("customers").status_code == 200
    person.post(page(tenant), {"calls": "1"})
    assert caller.get("customers").status_code == 429
    person.post(page(tenant), {"calls": ""})
    assert caller.get("customers").status_code == 200
    assert Entry.objects.filter(action="cap.set").count() == 4
    assert Tenant.objects.get(pk=tenant.pk).capped_until is None


def test_clients_of_sandboxes_go_on(
    tenant: Tenant, administrator: User, sign_in: SignIn, make_caller: Callable[..., Caller]
) -> None:
    sandbox = Customer.objects.create(tenant=tenant, name="Tea Sandbox", kind=Kind.SANDBOX)
    caller = make_caller(customers=[sandbox])
    sign_in(administrator).post(page(tenant), {"calls": "0"})
    assert caller.get("customers").status_code == 200
    assert calls() == [("customers.list", 200, "sandbox")]


@pytest.mark.parametrize("value", ["-1", "1e3", "many", "１０", str(10**13)])
def test_a_cap_is_a_number_of_calls(value: str, tenant: Tenant, administrator: User, sign_in: SignIn) -> None:
    answer = sign_in(administrator).post(page(tenant), {"calls": value})
    assert answer.status_code == 422
    assert Tenant.objects.get(pk=tenant.pk).call_cap is None


def test_the_warning_mail_names_the_cap(
    tenant: Tenant,
    administrator: User,
    tmp_path: Path,
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    Plan.objects.create(tenant=tenant, valid_from=NOW - timedelta(days=90), warehouse_orders=10)
    Tenant.objects.update(call_cap=60)
    with time_machine.travel(NOW, tick=False), django_capture_on_commit_callbacks(execute=True):
        load(tmp_path, spread(a_client(tenant), {200: 30}))
        alert_all()
    assert "Calls stop at your weekly cap of 60." in mail.outbox[0].body

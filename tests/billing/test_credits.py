"""Support gives credits with a reason; they stand on the statement closed next and never change."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.db import DatabaseError, connection, transaction
from django.test import Client

from apps.accounts.models import User
from apps.audit.models import Entry
from apps.billing.models import Credit, CreditLine, Statement
from apps.clients.models import ApiClient
from apps.tenants.models import Role, Tenant
from tests.billing.billing_world import MONDAY, a_client, a_tenant, close, load, spread
from tests.billing.test_pages import rows_of, text_of
from tests.factories import MembershipFactory
from tests.pages import read

SignIn = Callable[[User | None], Client]
pytestmark = pytest.mark.django_db
ADD = "/admin/billing/credit/add/"


@pytest.fixture
def desk(settings: Any, sign_in: SignIn, staff: User) -> Client:
    settings.STAFF_SECOND_FACTOR = False
    return sign_in(staff)


def given(tenant: Tenant, amount: str = "5.00", **changes: str) -> dict[str, str]:
    return {
        "tenant": str(tenant.pk),
        "amount": amount,
        "reason": "Slow answers on 3 October",
        "once": str(uuid4()),
        **changes,
    }


def test_a_credit_stands_on_the_next_statement_its_mail_and_its_export(
    desk: Client, tmp_path: Path, django_capture_on_commit_callbacks: Callable[..., Any], sign_in: SignIn
) -> None:
    tenant = a_tenant()
    person = MembershipFactory.create(tenant=tenant, role=Role.ADMINISTRATOR).user
    load(tmp_path, spread(a_client(tenant), {200: 6200}))
    form = given(tenant)
    assert desk.post(ADD, form).status_code == 302
    assert desk.post(ADD, form).status_code == 302, "a double click"
    assert Credit.objects.get().amount_minor == 500
    entry = Entry.objects.get(action="credit.given")
    assert (entry.actor_kind, entry.after["reason"]) == ("staff", "Slow answers on 3 October")
    reader = sign_in(person)
    waiting = "A credit of $5.00 goes on the statement that is closed next: Slow answers on 3 October"
    assert waiting in text_of(reader.get(f"/t/{tenant.slug}/statements/"))
    assert waiting in text_of(reader.get(f"/t/{tenant.slug}/statements/2026-09-28/"))
    with django_capture_on_commit_callbacks(execute=True):
        closed = close(tenant)
    assert (closed["charge_minor"], closed["adjustments"]) == (1200, [])
    assert [(each["reason"], each["amount_minor"]) for each in closed["credits"]] == [
        ("Slow answers on 3 October", 500)
    ]
    assert "Credit: $5.00. Slow answers on 3 October" in mail.outbox[0].body
    assert "In total: $7.00." in mail.outbox[0].body
    text = text_of(reader.get(f"/t/{tenant.slug}/statements/2026-09-28/"))
    assert "Credit -$5.00: Slow answers on 3 October To pay $7.00" in text
    assert "28 Sep 2026 Closed 5,000 6,200 1,200 $7.00" in text_of(
        reader.get(f"/t/{tenant.slug}/statements/")
    )
    rows = rows_of(reader.get(f"/t/{tenant.slug}/statements/2026-09-28/export/"))
    assert [(row["line"], row["charge AUD"]) for row in rows] == [("calls", "12.00"), ("credit", "-5.00")]
    assert close(tenant, MONDAY + timedelta(days=7))["credits"] == [], "it is given once"
    page = desk.get(f"/admin/billing/statement/{Statement.objects.earliest('week_start').pk}/change/")
    assert "Slow answers on 3 October" in page.content.decode()


def test_what_is_added_to_a_charge_is_told_before_the_total(
    desk: Client, tmp_path: Path, django_capture_on_commit_callbacks: Callable[..., Any], sign_in: SignIn
) -> None:
    tenant = a_tenant()
    person = MembershipFactory.create(tenant=tenant, role=Role.ADMINISTRATOR).user
    load(tmp_path, spread(a_client(tenant), {200: 5000}))
    close(tenant)
    load(tmp_path, spread(ApiClient.objects.get(), {200: 300}))
    desk.post(ADD, given(tenant, "1.00"))
    with django_capture_on_commit_callbacks(execute=True):
        close(tenant, MONDAY + timedelta(days=7))
    assert mail.outbox[-1].body.splitlines()[1:4] == [
        "Late calls of earlier weeks: $3.00.",
        "Credit: $1.00. Slow answers on 3 October",
        "In total: $2.00.",
    ]
    listed = text_of(sign_in(person).get(f"/t/{tenant.slug}/statements/"))
    assert "5 Oct 2026 Closed 5,000 0 0 $2.00 with late calls and credits" in listed
    assert "28 Sep 2026 Closed 5,000 5,000 0 $0.00 1 to 2 of 2" in listed


def test_a_credit_above_the_charge_is_in_the_tenants_favour(
    desk: Client, sign_in: SignIn, viewer: User, tenant: Tenant
) -> None:
    desk.post(ADD, given(tenant, "2.50"))
    close(tenant)
    text = text_of(sign_in(viewer).get(f"/t/{tenant.slug}/statements/2026-09-28/"))
    assert "In your favour -$2.50" in text


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": "0"},
        {"amount": "-5"},
        {"amount": "1.005"},
        {"amount": "1e3"},
        {"amount": "５"},
        {"reason": " "},
    ],
)
def test_a_credit_needs_an_amount_and_a_reason(desk: Client, tenant: Tenant, changes: dict[str, str]) -> None:
    assert desk.post(ADD, given(tenant, **changes)).status_code == 200
    assert not Credit.objects.exists()


@pytest.mark.parametrize("typed", ["zz", "11111111-2222-4333-8444-555555555555", "9" * 400])
def test_the_organisation_of_a_credit_is_typed_without_javascript(desk: Client, typed: str) -> None:
    field = "//input[@name='tenant' and @type='text']"
    assert read(desk.get(ADD)).xpath(field)
    answer = desk.post(ADD, {**given(a_tenant()), "tenant": typed})
    assert answer.status_code == 200
    assert read(answer).xpath("//*[contains(@class, 'field-tenant')]//ul[contains(@class, 'errorlist')]")
    assert not Credit.objects.exists()


def test_nothing_of_a_credit_ever_changes(desk: Client, tenant: Tenant) -> None:
    desk.post(ADD, given(tenant))
    credit = Credit.objects.get()
    address = f"/admin/billing/credit/{credit.pk}"
    assert "the one closed next" in desk.get(f"{address}/change/").content.decode()
    assert desk.post(f"{address}/change/", given(tenant, "9.00")).status_code == 403
    assert desk.post(f"{address}/delete/", {"post": "yes"}).status_code == 403
    close(tenant)
    for change in (
        lambda: Credit.objects.update(amount_minor=1),
        lambda: Credit.objects.all()._raw_delete(connection.alias),
        lambda: CreditLine.objects.all()._raw_delete(connection.alias),
        lambda: Statement.objects.update(credited_minor=0),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert Credit.objects.get().amount_minor == 500

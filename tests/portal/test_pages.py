"""Dashboard, search, help and the audit page."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.actors import Actor, command
from apps.audit.models import Entry
from apps.audit.services import record
from apps.clients.models import ApiClient
from apps.customers.models import Customer
from apps.tenants.models import Membership, Tenant, Warehouse
from tests import factories, pages

SignIn = Callable[[User | None], Client]


@pytest.fixture
def beans(tenant: Tenant) -> Customer:
    return Customer.objects.create(tenant=tenant, name="Beanery Roasters", code="BEAN")


def search(client: Client, tenant: Tenant, text: str, **headers: str) -> str:
    return client.get(f"/t/{tenant.slug}/search/", {"q": text}, headers=headers).content.decode()


def test_the_dashboard_greets_and_shows_what_is_new(
    tenant: Tenant, viewer: User, beans: Customer, sign_in: SignIn
) -> None:
    ApiClient.objects.create(tenant=tenant, client_id="gpc_x", name="Booking System")
    text = sign_in(viewer).get(f"/t/{tenant.slug}/").content.decode()
    assert f"{viewer.get_short_name()}</h1>" in text
    assert "Booking System" in text and "active of 1" in text


def test_a_suspended_organisation_is_told_so_on_its_pages(
    tenant: Tenant, viewer: User, sign_in: SignIn
) -> None:
    client = sign_in(viewer)
    words = "This organisation is suspended"
    assert words not in client.get(f"/t/{tenant.slug}/").content.decode()
    Tenant.objects.filter(pk=tenant.pk).update(suspended_at=timezone.now())
    for path in ("", "contacts/api-clients/"):
        assert words in client.get(f"/t/{tenant.slug}/{path}").content.decode()


def test_a_customer_user_sees_no_clients_on_the_dashboard(
    tenant: Tenant, customer_user: User, beans: Customer, sign_in: SignIn
) -> None:
    ApiClient.objects.create(tenant=tenant, client_id="gpc_x", name="Booking System")
    text = sign_in(customer_user).get(f"/t/{tenant.slug}/").content.decode()
    assert "Booking System" not in text and "API clients" not in text and "Beanery" not in text


def test_search_finds_things_by_name_code_and_uuid(
    tenant: Tenant, viewer: User, beans: Customer, sign_in: SignIn
) -> None:
    client = sign_in(viewer)
    warehouse = factories.WarehouseFactory.create(tenant=tenant, name="Brisbane North")
    machine = ApiClient.objects.create(tenant=tenant, client_id="gpc_x", name="Booking System")
    for text, found in (
        ("roasters", "Beanery Roasters"),
        ("bean", "Beanery Roasters"),
        (str(beans.pk), "Beanery Roasters"),
        (str(beans.pk)[:10].upper(), "Beanery Roasters"),
        ("north", "Brisbane North"),
        (str(warehouse.pk)[:8], "Brisbane North"),
        (str(machine.pk), "Booking System"),
        ("gpc_x", "Booking System"),
    ):
        assert found in search(client, tenant, text), text


def test_search_finds_pages_by_their_label_in_the_menu(tenant: Tenant, viewer: User, sign_in: SignIn) -> None:
    client = sign_in(viewer)
    response = client.get(f"/t/{tenant.slug}/search/", {"q": "ware HOUSES"})
    assert response.status_code == 200
    text = search(client, tenant, "warehouses")
    assert f'<a href="/t/{tenant.slug}/warehouse/warehouses/">Warehouses</a>' in text


@pytest.mark.parametrize("text", ["", " ", "%", "_", "'; --", "\u200b", "f" * 500, "ffff", "0x12", "(("])
def test_search_takes_any_text(text: str, tenant: Tenant, viewer: User, sign_in: SignIn) -> None:
    client = sign_in(viewer)
    assert client.get(f"/t/{tenant.slug}/search/", {"q": text}).status_code == 200


def test_search_shows_nothing_of_other_organisations_or_customers(
    tenant: Tenant, viewer: User, customer_user: User, outsider: User, beans: Customer, sign_in: SignIn
) -> None:
    theirs = Membership.objects.get(user=outsider).tenant
    Customer.objects.create(tenant=theirs, name="Beanery Abroad")
    assert "Beanery Abroad" not in search(sign_in(viewer), tenant, "beanery")
    assert "Beanery Roasters" not in search(sign_in(outsider), theirs, str(beans.pk))
    Membership.objects.filter(user=customer_user).update(customer_ids=[str(beans.pk)])
    Customer.objects.create(tenant=tenant, name="Beanery Two")
    Warehouse.objects.create(tenant=tenant, name="Beanery Shed")
    text = search(sign_in(customer_user), tenant, "beanery")
    assert "Beanery Roasters" in text and "Beanery Two" not in text and "Beanery Shed" not in text


def test_typing_gets_the_results_alone(
    tenant: Tenant, viewer: User, beans: Customer, sign_in: SignIn
) -> None:
    text = search(sign_in(viewer), tenant, "bean", **{"HX-Request": "true"})
    assert "Beanery Roasters" in text and "<html" not in text
    boosted = search(sign_in(viewer), tenant, "bean", **{"HX-Request": "true", "HX-Boosted": "true"})
    assert "<html" in boosted


def test_help_says_what_a_uuid_ensures_and_whom_to_ask(
    tenant: Tenant, administrator: User, viewer: User, customer_user: User, sign_in: SignIn
) -> None:
    text = sign_in(viewer).get(f"/t/{tenant.slug}/more/help/").content.decode()
    assert "right Customer, Tenant and Warehouse" in text
    assert administrator.email in text and tenant.account_manager_email in text
    assert (
        administrator.email not in sign_in(customer_user).get(f"/t/{tenant.slug}/more/help/").content.decode()
    )


def test_help_answers_what_people_ask_about_api_clients(
    tenant: Tenant, viewer: User, customer_user: User, sign_in: SignIn
) -> None:
    address = f"/t/{tenant.slug}/more/help/"
    text = " ".join(sign_in(viewer).get(address).content.decode().split())
    for answer in (
        "never share them publicly",
        "highly recommended to make a Sandbox customer first",
        "the Warehouse UUID only if you have more than one warehouse",
        "Do not use API Full Access for customers",
        "credentials work as soon as they are shown",
        "continue to work in exactly the same way",
        "Retrieving stock on hand reports",
        "API clients cost nothing",
    ):
        assert answer in text
    assert "Questions about API clients" not in sign_in(customer_user).get(address).content.decode()


@pytest.fixture
def entries(tenant: Tenant, outsider: User) -> None:
    ann = Actor(kind="person", name="ann@example.com", address="203.0.113.5")
    with transaction.atomic():
        record(
            "member.changed",
            actor=ann,
            tenant_id=tenant.pk,
            before={"role": "viewer"},
            after={"role": "administrator"},
        )
        record(
            "plan.set", actor=command("set_plan"), tenant_id=tenant.pk, target=tenant, after={"note": "=1+1"}
        )
        record("plan.set", actor=command("theirs"), tenant_id=Membership.objects.get(user=outsider).tenant_id)


@pytest.mark.usefixtures("entries")
def test_the_audit_page_shows_and_narrows_the_tenants_own_entries(
    tenant: Tenant, viewer: User, sign_in: SignIn
) -> None:
    client, address = sign_in(viewer), f"/t/{tenant.slug}/more/audit/"
    text = client.get(address).content.decode()
    assert "ann@example.com" in text and "Member changed" in text and "203.0.113.5" in text
    assert "viewer &rarr; administrator" in text and "manage.py theirs" not in text
    narrowed = client.get(address, {"person": "ann", "action": "member.changed", "first": "2020-01-01"})
    assert "manage.py set_plan" not in narrowed.content.decode()
    assert "No entries" in client.get(address, {"last": "2020-01-01"}).content.decode()


@pytest.mark.usefixtures("entries")
@pytest.mark.parametrize(
    "query",
    [
        {"first": "yesterday"},
        {"first": "0001-01-01"},
        {"last": "9999-12-31"},
        {"last": "２０２６-01-01x"},
        {"action": "nothing.such"},
    ],
)
def test_a_filter_that_makes_no_sense_is_400(
    query: dict[str, str], tenant: Tenant, viewer: User, sign_in: SignIn
) -> None:
    client = sign_in(viewer)
    for path in ("more/audit/", "more/audit/export.csv"):
        response = client.get(f"/t/{tenant.slug}/{path}", query)
        assert response.status_code == 400 and "field__error" in response.content.decode()


@pytest.mark.usefixtures("entries")
@pytest.mark.parametrize("number", ["0", "-1", "zz", str(2**70), "１"])
def test_any_page_number_gets_a_page(number: str, tenant: Tenant, viewer: User, sign_in: SignIn) -> None:
    client = sign_in(viewer)
    for path in ("more/audit/", "warehouse/warehouses/"):
        assert client.get(f"/t/{tenant.slug}/{path}", {"page": number}).status_code == 200


@pytest.mark.usefixtures("entries")
def test_the_audit_record_downloads_without_formulas(tenant: Tenant, viewer: User, sign_in: SignIn) -> None:
    Tenant.objects.filter(pk=tenant.pk).update(name="=cmd|' /C calc'!A0")
    tenant.refresh_from_db()
    with transaction.atomic():
        record("organisation.changed", actor=command("x"), tenant_id=tenant.pk, target=tenant)
    response = sign_in(viewer).get(f"/t/{tenant.slug}/more/audit/export.csv")
    assert response["Content-Disposition"].startswith('attachment; filename="audit-coastal-')
    rows = list(csv.DictReader(io.StringIO(b"".join(response).decode())))
    assert len(rows) == Entry.objects.filter(tenant_id=tenant.pk).count() == 3
    assert rows[0]["target_name"] == "'=cmd|' /C calc'!A0"


def test_the_foot_of_a_page_says_whom_to_ask(
    tenant: Tenant, viewer: User, sign_in: SignIn, settings: Any
) -> None:
    def foot() -> str:
        (footer,) = pages.read(sign_in(viewer).get(f"/t/{tenant.slug}/")).xpath("//footer")
        return " ".join(footer.text_content().split())

    assert "Your account manager is Alex Account, alex@gatepass.example" in foot()
    type(tenant).objects.update(account_manager_name="", account_manager_email="")
    assert "Questions? Whom to ask" in foot()
    settings.SUPPORT_CONTACTS = ["support@gatepass.example", "+61 7 5550 0100"]
    assert "Support: support@gatepass.example, +61 7 5550 0100" in foot()


def test_the_foot_of_a_page_says_whose_time_is_shown(tenant: Tenant, viewer: User, sign_in: SignIn) -> None:
    (footer,) = pages.read(sign_in(viewer).get(f"/t/{tenant.slug}/")).xpath("//footer")
    assert f"Times: {tenant.zone}" in " ".join(footer.text_content().split())

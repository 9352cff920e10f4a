"""The commands that operators run: what they answer, and the one line when they can't."""

import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.models import Entry
from apps.clients.authenticate import authenticate_bearer, authenticate_client
from apps.clients.models import ApiClient
from apps.clients.roles import BY_CODE
from apps.customers.models import Customer
from apps.operations.demo import data
from apps.orders.models import Consignment, Order, Promotion, Stock, TransportProduct
from apps.tenants.models import Invitation, Membership, Plan, Tenant, Warehouse
from apps.usage.models import Call
from apps.webhooks.models import Endpoint
from tests.customers.factories import CustomerFactory
from tests.factories import PlanFactory, TenantFactory, WarehouseFactory

pytestmark = pytest.mark.django_db

URL = "https://hooks.example.com/orders"


def run(*words: str) -> str:
    """What a command writes."""
    out = io.StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def answer(*words: str) -> dict[str, Any]:
    """What a command answers in JSON."""
    found: dict[str, Any] = json.loads(run(*words, "--json"))
    return found


def refused(*words: str) -> str:
    """The one line with which a command ends."""
    with pytest.raises(CommandError) as caught:
        run(*words)
    line = str(caught.value)
    assert "\n" not in line
    assert caught.value.returncode == 1
    return line


# --- create_tenant and create_staff -----------------------------------------------------------------------------

ACCOUNT = (
    "create_tenant", "coastal", "--name", "Coastal Coffee Logistics", "--zone", "Australia/Brisbane", "--currency",
    "AUD", "--consignments", "500", "--warehouse-orders", "250", "--admin", "Admin@Coastal.example",
)  # fmt: skip


def test_an_account_comes_with_its_plan_and_an_invitation_that_works() -> None:
    found = answer(*ACCOUNT)
    tenant = Tenant.objects.get(slug="coastal")
    assert found["tenant"] == {"id": str(tenant.pk), "slug": "coastal"}
    assert Plan.objects.get(tenant=tenant).included_calls == 3750
    invitation = Invitation.objects.get()
    assert invitation.email == "admin@coastal.example" and invitation.can_edit_users
    page = Client().get("/" + found["invitation"].split("/", 3)[3])
    assert page.status_code == 200 and "Coastal Coffee Logistics" in page.content.decode()
    assert Entry.objects.filter(action="organisation.created", tenant_id=tenant.pk).count() == 1
    text = run(ACCOUNT[0], "other", *ACCOUNT[2:-1], "b@other.example")
    assert str(Tenant.objects.get(slug="other").pk) in text and "/invitation/" in text


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("coastal", "coastal", "already exists"),
        ("coastal", "Not A Slug", "slug"),
        ("coastal", "Coastal", "small letters"),
        ("--zone", "Brisbane", "time zone"),
        ("--currency", "aud", "valid value"),
        ("--consignments", "-1", "greater than or equal to 0"),
        ("--consignments", "zz", "invalid int"),
        ("--admin", "nobody", "valid email"),
        ("--name", "", "blank"),
    ],
)
def test_an_account_that_can_not_be_is_one_line_and_stores_nothing(
    option: str, value: str, words: str
) -> None:
    if value == "coastal":
        TenantFactory.create(slug="coastal")
    before = Tenant.objects.count()
    given = list(ACCOUNT)
    given[given.index(option) + (option.startswith("--"))] = value
    assert words in refused(*given)
    assert Tenant.objects.count() == before and not Invitation.objects.exists()


def test_staff_choose_their_password_at_the_link() -> None:
    found = answer("create_staff", "Support@gatepass.example", "--name", "Sam Support")
    user = User.objects.get()
    assert user.is_staff and user.email == found["email"] == "support@gatepass.example"
    assert not user.has_usable_password()
    page = Client().get("/" + found["password_link"].split("/", 3)[3], follow=True)
    assert page.status_code == 200 and "password" in page.content.decode().lower()
    assert "account for" in refused("create_staff", "SUPPORT@gatepass.example")


# --- issue_credentials ------------------------------------------------------------------------------------------


@pytest.fixture
def coastal(tenant: Tenant) -> Tenant:
    PlanFactory.create(tenant=tenant, api_integration=True)
    WarehouseFactory.create(tenant=tenant, name="Default", is_default=True)
    CustomerFactory.create(tenant=tenant, name="Blue Kettle Teas")
    CustomerFactory.create(tenant=tenant, name="Amber Roast")
    return tenant


def issue(kind: str, *more: str) -> tuple[str, ...]:
    roles = () if kind == "channel" else ("--roles", "WMS_CREATE_JOBS")
    return ("issue_credentials", "--tenant", "coastal", "--kind", kind, "--name", f"A {kind}", *roles, *more)


@pytest.mark.parametrize(
    ("kind", "keys"),
    [
        ("client", {"client_id", "client_secret"}),
        ("channel", {"username", "password", "bearer_token"}),
        ("bearer", {"bearer_token"}),
        ("access", {"username", "password", "bearer_token"}),
    ],
)
def test_each_kind_works_at_once_with_what_is_printed(coastal: Tenant, kind: str, keys: set[str]) -> None:
    found = answer(*issue(kind, "--webhook-url", URL, "--webhook-token", "Bearer hook"))
    assert set(found) == keys | {"webhook_secret", "tenant", "customers", "warehouses"}
    assert found["tenant"] == {"id": str(coastal.pk), "slug": "coastal"}
    assert {row["name"] for row in found["customers"]} == {"Blue Kettle Teas", "Amber Roast"}
    assert [row["name"] for row in found["warehouses"]] == ["Default"]
    if kind != "bearer":
        name = found.get("client_id") or found["username"]
        who = authenticate_client(name, found.get("client_secret") or found["password"], None)
        assert who.customer_ids is None and who.warehouse_ids is None
    if "bearer_token" in keys:
        assert authenticate_bearer(found["bearer_token"], None).tenant_id == coastal.pk
    endpoint = Endpoint.objects.get()
    assert endpoint.url == URL and "Bearer hook" not in endpoint.auth_token_sealed
    entries = json.dumps(list(Entry.objects.values("before", "after")))
    assert not [key for key in keys - {"client_id", "username"} if found[key] in entries]


def test_named_customers_and_warehouses_are_all_that_is_reached(coastal: Tenant) -> None:
    customer, warehouse = Customer.objects.get(name="Amber Roast"), Warehouse.objects.get()
    found = answer(*issue("client", "--customers", str(customer.pk), "--warehouses", str(warehouse.pk)))
    assert found["customers"] == [{"id": str(customer.pk), "name": "Amber Roast"}]
    who = authenticate_client(found["client_id"], found["client_secret"], None)
    assert set(who.customer_ids or ()) == {customer.pk} and set(who.warehouse_ids or ()) == {warehouse.pk}


def test_roles_left_out_are_most_of_them_in_development_and_an_error_otherwise(
    coastal: Tenant, settings: Any
) -> None:
    words = ("issue_credentials", "--tenant", "coastal", "--kind", "client", "--name", "A client")
    assert "--roles is required" in refused(*words)
    settings.DEBUG = True
    answer(*words)
    assert set(ApiClient.objects.get().roles) == set(BY_CODE) - {"API_FULL_ACCESS"}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--tenant", "nowhere"), "no tenant nowhere"),
        (("--kind", "robot"), "invalid choice"),
        (("--roles", "WMS_CREATE_JOBS,NOTHING"), "no role NOTHING"),
        (("--customers", "zz"), "UUIDs separated by commas"),
        (("--customers", ""), "does not have"),
        (("--customers", "11111111-2222-4333-8444-555555555555"), "does not have"),
        (("--warehouses", "11111111-2222-4333-8444-555555555555"), "does not have"),
        (("--webhook-token", "x"), "needs --webhook-url"),
        (("--webhook-url", "http://127.0.0.1/"), "--webhook-url"),
        (("--webhook-url", "https://169.254.169.254/latest"), "--webhook-url"),
        (("--name", ""), "enter a name"),
        (("--name", "Taken"), "Taken"),
    ],
)
def test_credentials_that_can_not_be_are_one_line_and_store_nothing(
    coastal: Tenant, more: tuple[str, str], words: str
) -> None:
    run(*issue("client"), "--name", "Taken")
    before = ApiClient.objects.count()
    line = refused(*issue("client"), *more)
    assert words.lower() in line.lower() or (more[1] == "Taken" and "name" in line.lower()), line
    assert ApiClient.objects.count() == before and not Endpoint.objects.exists()


def test_the_limits_of_the_plan_hold_for_operators_too(coastal: Tenant) -> None:
    Plan.objects.filter(tenant=coastal).update(token_limit=1, api_integration=False)
    run(*issue("bearer"))
    with pytest.raises(Exception, match="1"):
        run(*issue("bearer", "--name", "One more"))
    with pytest.raises(Exception, match="API Integration"):
        run(*issue("access"))
    assert ApiClient.objects.count() == 1


# --- demo -------------------------------------------------------------------------------------------------------


def test_the_demo_is_refused_outside_development() -> None:
    assert "DEBUG=1" in refused("demo")
    assert not User.objects.exists()


def test_the_demo_fills_an_empty_database_and_its_credentials_work(settings: Any) -> None:
    settings.DEBUG = True
    found = answer("demo")
    assert set(found["logins"]) == {
        "admin@coastal.example",
        "limited@coastal.example",
        "viewer@coastal.example",
        "customer@coastal.example",
        "admin@harbour.example",
        "support@gatepass.example",
    }
    for login in found["logins"]:
        assert User.objects.get(email=login).check_password("gatepass-demo")
    assert set(Tenant.objects.values_list("slug", flat=True)) == {"coastal", "harbour"}
    who = authenticate_client(found["client_id"], found["client_secret"], None)
    assert who.tenant_id == Tenant.objects.get(slug="coastal").pk
    coastal = Tenant.objects.get(slug="coastal")
    assert (
        coastal.zone == "Australia/Brisbane"
        and Plan.objects.filter(tenant=coastal, api_integration=True).exists()
    )
    assert set(ApiClient.objects.of(coastal).values_list("kind", flat=True)) == {
        "client", "channel", "bearer", "access"
    }  # fmt: skip
    assert ApiClient.objects.of(coastal).filter(kind="bearer").count() <= 8
    assert Customer.objects.of(coastal).filter(kind="sandbox").exists()
    assert any(stock.on_hand - stock.allocated >= 60 for stock in Stock.objects.filter(tenant=coastal))
    assert Order.objects.filter(tenant=coastal).count() > 10
    oldest = Call.objects.of(coastal).order_by("received_at").first()
    assert oldest and oldest.received_at < timezone.now() - timedelta(weeks=7)
    assert {promotion.status_at(timezone.now()) for promotion in Promotion.objects.of(coastal)} == {
        "ACTIVE", "SCHEDULED", "ENDED"
    }  # fmt: skip
    assert TransportProduct.objects.of(coastal).exists()
    assert Consignment.objects.of(coastal).filter(order=None).exists()
    assert "loaded already" in refused("demo")
    clients, calls = ApiClient.objects.of(coastal).count(), Call.objects.of(coastal).count()
    run("demo", "--clients", "7", "--calls", "11")
    assert ApiClient.objects.of(coastal).count() == clients + 7
    assert Call.objects.of(coastal).count() == calls + 11
    assert "not negative" in refused("demo", "--calls", "-1")
    portal = Client()
    portal.force_login(User.objects.get(email="admin@coastal.example"))
    assert "Wholesale desk" in portal.get("/t/coastal/warehouse/orders/queue/").content.decode()
    assert "sparkline__line" in portal.get("/t/coastal/contacts/api-clients/").content.decode()
    for login in ("admin@coastal.example", "viewer@coastal.example"):
        portal = Client()
        portal.force_login(User.objects.get(email=login))
        for path in ("", "contacts/customers/", "warehouse/orders/", "contacts/api-clients/", "more/audit/"):
            assert portal.get(f"/t/coastal/{path}").status_code == 200, path


@pytest.mark.django_db(transaction=True)
def test_a_fresh_demo_empties_the_database_first(settings: Any) -> None:
    settings.DEBUG = True
    TenantFactory.create(slug="left-over")
    text = run("demo", "--fresh")
    assert data.PASSWORD in text and "Client Secret" in text
    assert set(Tenant.objects.values_list("slug", flat=True)) == {"coastal", "harbour"}
    assert Membership.objects.count() == 5
    with pytest.raises(Exception, match=r"(?i)append|audit"):
        Entry.objects.all().delete()

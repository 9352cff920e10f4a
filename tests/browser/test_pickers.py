"""Every form with a search box over a long list of boxes: what Enter does in it."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from apps.accounts.models import User
from apps.clients.models import ApiClient
from apps.customers.models import Customer
from apps.tenants.models import Invitation, Role, Tenant
from apps.webhooks.models import Endpoint
from tests import factories
from tests.browser.settled import at_rest
from tests.clients.conftest import plan, warehouse  # noqa: F401  # fixtures
from tests.customers.factories import CustomerFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("plan", "warehouse")]

PageAs = Callable[..., Page]
SCRIPTS = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
ADD_CLIENT = "/t/coastal/contacts/api-clients/add/"
ADD_WEBHOOK = "/t/coastal/settings/webhooks/add/"


@pytest.fixture
def many(tenant: Tenant) -> None:
    """More customers than are shown without a search."""
    for name in ("Amber Roast", "Cocoa Club", "Lemon Grove"):
        CustomerFactory.create(tenant=tenant, name=name)
    CustomerFactory.create_batch(21, tenant=tenant)


@pytest.fixture
def lemon(tenant: Tenant, many: None) -> Customer:
    return Customer.objects.get(name="Lemon Grove")


def invite_url(customer: Customer) -> str:
    return f"/t/coastal/contacts/customers/{customer.pk}/users/invite/"


@SCRIPTS
def test_enter_in_a_field_of_an_api_client_saves(
    scripts: bool, page_as: PageAs, administrator: User, lemon: Customer
) -> None:
    page = page_as(administrator, java_script_enabled=scripts)
    page.goto(f"{ADD_CLIENT}?customer={lemon.pk}")
    page.get_by_label("All warehouses, now and later").check()
    page.get_by_label("TMS Create Jobs").check()
    page.get_by_label("Name", exact=True).fill("Web shop")
    page.get_by_label("Name", exact=True).press("Enter")
    expect(page.get_by_role("button", name="Generate Credentials")).to_be_visible()
    assert list(ApiClient.objects.get().customers.all()) == [lemon]


@SCRIPTS
def test_enter_in_a_field_of_an_invitation_sends_it(
    scripts: bool, page_as: PageAs, administrator: User, lemon: Customer
) -> None:
    page = page_as(administrator, java_script_enabled=scripts)
    page.goto(invite_url(lemon))
    page.get_by_label("E-mail").fill("kim@kettle.example")
    page.get_by_label("E-mail").press("Enter")
    expect(page.get_by_text("kim@kettle.example is invited with Customer access.")).to_be_visible()


@SCRIPTS
def test_enter_in_a_field_of_a_webhook_saves(
    scripts: bool, page_as: PageAs, administrator: User, lemon: Customer
) -> None:
    page = page_as(administrator, java_script_enabled=scripts)
    page.goto(ADD_WEBHOOK)
    page.get_by_label("Lemon Grove").check()
    page.get_by_label("Webhook URL").fill("https://hooks.example.com/x")
    page.get_by_label("Name", exact=True).fill("Warehouse system")
    page.get_by_label("Name", exact=True).press("Enter")
    expect(page.get_by_role("group", name="Signing key")).to_be_visible()
    assert Endpoint.objects.get().customer_ids == [str(lemon.pk)]


@SCRIPTS
@pytest.mark.parametrize("form", ["client", "invitation", "customer access", "webhook"])
def test_enter_in_the_search_box_searches_and_saves_nothing(
    scripts: bool, form: str, page_as: PageAs, administrator: User, tenant: Tenant, lemon: Customer
) -> None:
    kim = factories.MembershipFactory.create(tenant=tenant, role=Role.CUSTOMER, customer_ids=[str(lemon.pk)])
    page = page_as(administrator, java_script_enabled=scripts)
    of_customer = f"/t/coastal/contacts/customers/{lemon.pk}/users/{kim.pk}/edit/"
    addresses = {"client": ADD_CLIENT, "customer access": of_customer, "webhook": ADD_WEBHOOK}
    page.goto(addresses.get(form, invite_url(lemon)))
    # Nothing else is missing, so that a form that is saved would be stored.
    if form in ("client", "webhook"):
        page.get_by_label("Name", exact=True).fill("Web shop")
    if form == "client":
        page.get_by_label("All warehouses, now and later").check()
        page.get_by_label("TMS Create Jobs").check()
    if form == "invitation":
        page.get_by_label("E-mail").fill("lee@kettle.example")
    if form == "webhook":
        page.get_by_label("Webhook URL").fill("https://hooks.example.com/x")
    page.get_by_label("Lemon Grove").check()
    page.get_by_label("Cocoa Club").check()
    search = page.get_by_label("Search the customers")
    search.fill("amber")
    search.press("Enter")
    expect(page.get_by_text("1 of 24 match")).to_be_visible()
    expect(page.get_by_label("Amber Roast")).not_to_be_checked()
    for name in ("Lemon Grove", "Cocoa Club"):
        expect(page.get_by_label(name)).to_be_checked()
    expect(search).to_have_value("amber")
    if form in ("client", "webhook"):
        expect(page.get_by_label("Name", exact=True)).to_have_value("Web shop")
    kim.refresh_from_db()
    assert kim.customer_ids == [str(lemon.pk)]
    assert not any(model.objects.exists() for model in (ApiClient, Endpoint, Invitation))


def test_the_auth_token_does_not_travel_with_a_search(
    page_as: PageAs, administrator: User, many: None
) -> None:
    page = page_as(administrator)
    page.goto(ADD_WEBHOOK)
    at_rest(page)
    page.get_by_label("Auth Token").fill("of-the-receiver")
    sent: list[Any] = []
    page.on("request", lambda request: sent.append(request.post_data or ""))
    page.get_by_label("Search the customers").fill("lemon")
    expect(page.get_by_text("1 of 24 match")).to_be_visible()
    assert len(sent) == 1 and "customers_q=lemon" in sent[0] and "of-the-receiver" not in sent[0]
    expect(page.get_by_label("Auth Token")).to_have_value("of-the-receiver")

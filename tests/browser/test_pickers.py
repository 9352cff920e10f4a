"""Every form with a search box over a long list of boxes: what Enter does, and what a slow line must not lose."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

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


def hold(page: Page, words: str) -> Callable[[], None]:
    """Search for words and hold the search back once it has left: what is done until it is let go is not in it."""
    held: list[Route] = []
    page.route("**/search/", lambda route: held.append(route))
    with page.expect_request("**/search/"):
        page.get_by_label("Search the customers").fill(words)
    return lambda: held.pop().continue_()


@pytest.mark.parametrize("address", [ADD_CLIENT, ADD_WEBHOOK], ids=["client", "webhook"])
def test_what_is_ticked_while_the_list_is_searched_stays(
    address: str, page_as: PageAs, administrator: User, many: None
) -> None:
    page = page_as(administrator)
    page.goto(address)
    amber, cocoa, lemon = (page.get_by_label(name) for name in ("Amber Roast", "Cocoa Club", "Lemon Grove"))
    cocoa.check()
    at_rest(page)
    let_go = hold(page, "lemon")
    amber.check()
    cocoa.uncheck()
    lemon.check()
    let_go()
    expect(page.get_by_text("1 of 24 match")).to_be_visible()
    at_rest(page)
    # What was ticked when the search left, what matches, what was ticked since; of a client also "all customers".
    expect(page.locator("#id_customers input")).to_have_count(4 if address == ADD_CLIENT else 3)
    expect(amber).to_be_checked()
    expect(cocoa).not_to_be_checked()
    expect(lemon).to_be_checked()
    # The box that was used last keeps the focus, and a label still goes with its box.
    expect(lemon).to_be_focused()
    page.locator("#id_customers").get_by_text("Amber Roast").click()
    expect(amber).not_to_be_checked()


def test_what_is_ticked_in_a_list_that_nothing_matches_stays(
    page_as: PageAs, administrator: User, lemon: Customer
) -> None:
    page = page_as(administrator)
    page.goto(ADD_WEBHOOK)
    at_rest(page)
    let_go = hold(page, "nobody's")
    page.get_by_label("Lemon Grove").check()
    let_go()
    expect(page.get_by_text("0 of 24 match")).to_be_visible()
    at_rest(page)
    expect(page.get_by_label("Lemon Grove")).to_be_checked()
    expect(page.locator("#id_customers")).not_to_contain_text("nothing to choose from")
    page.get_by_label("Webhook URL").fill("https://hooks.example.com/x")
    page.get_by_label("Name", exact=True).fill("Warehouse system")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("group", name="Signing key")).to_be_visible()
    assert Endpoint.objects.get().customer_ids == [str(lemon.pk)]


def test_the_focus_stays_with_its_customer_when_the_list_is_swapped(
    page_as: PageAs, administrator: User, many: None
) -> None:
    page = page_as(administrator)
    page.goto(ADD_WEBHOOK)
    at_rest(page)
    let_go = hold(page, "lemon")
    page.get_by_label("Amber Roast").focus()
    let_go()
    expect(page.get_by_text("1 of 24 match")).to_be_visible()
    at_rest(page)
    page.keyboard.press("Space")
    expect(page.get_by_label("Amber Roast")).to_be_checked()
    expect(page.get_by_label("Lemon Grove")).not_to_be_checked()


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

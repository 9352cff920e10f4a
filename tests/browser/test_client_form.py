"""Point 1: the list of API clients with its filters, and the form that shows what a client will reach."""

import pytest
from playwright.sync_api import Page, expect

from apps.clients.models import ApiClient
from tests.browser.settled import at_rest, follow
from tests.clients.conftest import customer, make_client, plan, warehouse  # noqa: F401  # fixtures
from tests.customers.factories import CustomerFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("plan")]

LIST = "/t/coastal/contacts/api-clients/"


def test_the_list_is_searched_and_several_clients_are_deactivated(page_as, administrator, make_client):  # noqa: F811
    make_client("ABC Foods Booking System")
    make_client("Amber Roast ERP")
    make_client("Amber Roast shop")
    page: Page = page_as(administrator)
    page.goto(LIST)
    for column in ("Name and Client ID", "Kind", "API Roles", "Customers", "Warehouses", "State"):
        expect(page.get_by_role("columnheader", name=column)).to_be_visible()
    page.get_by_label("Name or Client ID").fill("amber")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_role("link", name="ABC Foods Booking System")).to_have_count(0)
    at_rest(page)
    for name in ("Amber Roast ERP", "Amber Roast shop"):
        page.get_by_label(f"Choose {name}").check()
    page.get_by_role("button", name="Deactivate the ticked ones").click()
    expect(page.get_by_text("Their calls are refused from then on")).to_be_visible()
    # The list is filtered in place only once it has its scripts.
    follow(page.get_by_role("button", name="Deactivate", exact=True))
    expect(page.get_by_text("2 API clients deactivated.")).to_be_visible()
    page.get_by_label("State").select_option("Inactive")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_role("link", name="ABC Foods Booking System")).to_have_count(0)
    assert set(ApiClient.objects.filter(is_active=False).values_list("name", flat=True)) == {
        "Amber Roast ERP",
        "Amber Roast shop",
    }


@pytest.fixture
def add_page(page_as, administrator, tenant, customer, warehouse) -> Page:  # noqa: F811
    """The form that adds a client, of a tenant with too many customers to show without a search."""
    CustomerFactory.create_batch(21, tenant=tenant)
    page: Page = page_as(administrator)
    page.goto(f"{LIST}add/")
    return page


def test_while_ticking_the_page_shows_what_the_client_will_reach(add_page: Page) -> None:
    page = add_page
    page.get_by_label("Name", exact=True).fill("ABC Foods Booking System")
    reach = page.locator("#reach-preview")
    expect(reach).to_contain_text("none yet")
    # Search as you type: no button is pressed.
    page.get_by_label("Search the customers").fill("kettle")
    expect(page.get_by_text("1 of 22 match")).to_be_visible()
    # What was just swapped in is not listened to before it is settled.
    at_rest(page)
    page.get_by_label("Blue Kettle Teas").check()
    expect(reach).to_contain_text("Blue Kettle Teas")
    expect(page.get_by_text("Blue Kettle Teas has no sandbox.")).to_be_visible()
    expect(page.get_by_role("link", name="Duplicate Blue Kettle Teas")).to_be_visible()
    at_rest(page)
    page.get_by_label("TMS Create Jobs").check()
    expect(page.get_by_label("TMS View Jobs")).to_be_checked()
    page.get_by_label("TMS View Jobs").click()
    expect(page.get_by_label("TMS View Jobs")).to_be_checked()
    expect(reach).to_contain_text("TMS View Jobs is ticked too: it comes with TMS Create Jobs.")
    expect(reach).to_contain_text("consignments")
    page.get_by_label("API Full Access").check()
    expect(page.get_by_text("API Full Access for a customer's client")).to_be_visible()
    page.get_by_label("API Full Access").uncheck()
    expect(page.get_by_text("API Full Access for a customer's client")).to_have_count(0)
    expect(page.get_by_label("Name", exact=True)).to_have_value("ABC Foods Booking System")
    expect(page.get_by_text("API clients cost nothing.")).to_contain_text("3,750 calls")
    assert not ApiClient.objects.exists()


def test_what_is_typed_while_the_list_is_searched_stays(add_page: Page) -> None:
    page = add_page
    at_rest(page)
    slow = {"offline": False, "latency": 500, "downloadThroughput": -1, "uploadThroughput": -1}
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", slow)
    search = page.get_by_label("Search the customers")
    with page.expect_request("**/add/search/"):
        search.press_sequentially("blue")
    with page.expect_response("**/add/search/"):
        search.press_sequentially(" kettle")
    expect(page.get_by_text("1 of 22 match")).to_be_visible()
    at_rest(page)
    expect(search).to_have_value("blue kettle")
    expect(search).to_be_focused()
    expect(page.get_by_label("Blue Kettle Teas")).to_be_visible()
    # The other one is all customers, now and later.
    expect(page.locator("#id_customers input")).to_have_count(2)
    # By key as well, and what is ticked stays.
    page.get_by_label("Blue Kettle Teas").check()
    search.fill("nobody's")
    search.press("Enter")
    expect(page.get_by_text("0 of 22 match")).to_be_visible()
    expect(page.get_by_label("Blue Kettle Teas")).to_be_checked()
    expect(search).to_be_focused()

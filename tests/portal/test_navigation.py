"""The menu and the frame of a page: who sees what, and where a person is."""

from types import SimpleNamespace

import pytest
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.urls import reverse
from lxml import html

from apps.accounts.models import User
from apps.portal import navigation
from apps.tenants.access import Access, enter
from apps.tenants.models import Role, Tenant
from tests import factories

# The words of the product's screens.
PROMISED = {
    "Dashboard",
    "Consignments",
    "Orders",
    "Inbound Orders",
    "Products",
    "Warehouses",
    "API Client Usage",
    "Statements",
    "Customers",
    "API Clients",
    "Channel Integration",
    "Shop Integrations",
    "API",
    "Token Management",
    "API Integration",
    "Webhooks",
    "Members",
    "Organisation Settings",
    "Audit",
    "Help",
    "API client",
    "Customer",
    "Order",
    "Product",
}


@pytest.fixture(autouse=True)
def _every_page_exists(monkeypatch: pytest.MonkeyPatch) -> None:
    def address(url_name: str) -> str:
        return "/t/0/" if url_name == "portal:dashboard" else f"/t/0/{url_name.replace(':', '/')}/"

    monkeypatch.setattr(navigation, "address", address)


ENTRIES = [*(entry for _, entries in navigation.MENU for entry in entries), *navigation.QUICK_ADD]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.label)
def test_every_entry_leads_to_a_page(entry: navigation.Entry) -> None:
    assert reverse(entry.url_name, kwargs={"tenant_slug": "coastal"}).startswith("/t/coastal/")


def test_the_menu_has_every_entry_that_people_were_promised() -> None:
    assert {entry.label for entry in ENTRIES} >= PROMISED


def access_of(user: User, tenant: Tenant) -> Access:
    request = RequestFactory().get("/")
    request.user = user
    return enter(request, tenant.slug)


def labels(access: Access) -> list[str]:
    return [link.label for group in navigation.menu(access, "/") for link in group.links]


def frame(user: User, tenant: Tenant, path: str = "/t/coastal/") -> html.HtmlElement:
    request = RequestFactory().get(path)
    request.user = user
    request.access = enter(request, tenant.slug)
    return html.fromstring(render_to_string("layout/app.html", {"title": "Sample"}, request))


def test_the_menu_has_the_groups_of_the_product(administrator: User, tenant: Tenant) -> None:
    groups = navigation.menu(access_of(administrator, tenant), "/")
    assert [group.title for group in groups] == [
        "",
        "Transport",
        "Warehouse",
        "Reports",
        "Contacts",
        "Settings",
        "More",
    ]
    assert {"Token Management", "API Clients", "Organisation Settings"} <= set(
        labels(access_of(administrator, tenant))
    )


def test_a_page_that_does_not_exist_is_left_out(
    administrator: User, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(navigation, "address", {"customers:list": "/t/0/customers/"}.get)
    assert labels(access_of(administrator, tenant)) == ["Customers"]


def test_a_customer_user_sees_only_pages_about_customers(customer_user: User, tenant: Tenant) -> None:
    access = access_of(customer_user, tenant)
    assert {"Members", "API Clients", "Audit", "Statements"}.isdisjoint(labels(access))
    assert "Customers" in labels(access)
    assert navigation.quick_add(access) == []


def test_quick_add_offers_what_the_person_may_add(
    administrator: User, limited_administrator: User, viewer: User, tenant: Tenant
) -> None:
    offered = [
        [link.label for link in navigation.quick_add(access_of(user, tenant))]
        for user in (administrator, limited_administrator, viewer)
    ]
    assert offered == [["API client", "Customer", "Order", "Product"], ["Customer", "Order", "Product"], []]


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("/t/coastal/", "Dashboard"),
        ("/t/coastal/customers/list/", "Customers"),
        ("/t/coastal/customers/list/1/edit/", "Customers"),
        ("/t/coastal/clients/tokens/", "Token Management"),
    ],
)
def test_the_open_page_is_marked_once(administrator: User, tenant: Tenant, path: str, label: str) -> None:
    current = frame(administrator, tenant, path).xpath("//nav//a[@aria-current='page']")
    assert [link.text_content().strip() for link in current] == [label]


def test_a_page_shows_the_person_and_whom_to_ask(administrator: User, tenant: Tenant) -> None:
    tenant.account_manager_name = "Priya Nair"
    tenant.account_manager_email = "priya@gatepass.example"
    tenant.save()
    page = frame(administrator, tenant)
    header = page.xpath("//header[contains(@class, 'topbar')]")[0].text_content()
    assert str(administrator) in header
    assert "Administrator" in header
    assert tenant.name in header
    form = page.xpath("//form[.//button[normalize-space()='Log Out']]")[0]
    assert form.get("method") == "post"
    assert form.xpath(".//input[@name='csrfmiddlewaretoken']")
    assert "Priya Nair" in page.xpath("//footer")[0].text_content()


def test_a_person_in_two_organisations_can_switch(administrator: User, tenant: Tenant) -> None:
    other = factories.TenantFactory.create(slug="harbour")
    assert not frame(administrator, tenant).xpath("//a[@href='/t/harbour/']")
    factories.MembershipFactory.create(tenant=other, user=administrator, role=Role.VIEWER)
    assert frame(administrator, tenant).xpath("//nav//a[@href='/t/harbour/']")


def test_a_page_outside_an_organisation_has_no_menu() -> None:
    request: HttpRequest = RequestFactory().get("/")
    request.user = SimpleNamespace(is_authenticated=False)  # type: ignore[assignment]  # nobody is signed in
    page = html.fromstring(render_to_string("layout/app.html", {"title": "Sample"}, request))
    assert not page.xpath("//nav")
    assert page.xpath("//h1")[0].text_content() == "Sample"

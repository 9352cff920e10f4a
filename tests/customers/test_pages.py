"""The customer pages: who may, what they show, what is refused and where that is said."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from lxml import html

from apps.accounts.models import User
from apps.audit.models import Entry
from apps.customers.models import Customer
from apps.tenants.models import Membership, Tenant, Warehouse
from tests.customers.factories import CustomerFactory

SignIn = Callable[[User | None], Client]
VALUES = {
    "name": "Anders Imports",
    "code": "AND",
    "email": "ops@anders.example",
    "out_of_stock": "PARTIAL",
    "unknown_product": "REJECT_ALL",
    "consignments": "AT_IMPORT",
    "delete_statuses": ["DRAFT", "REJECTED"],
    "allow_invalid_addresses": "on",
}


def address(name: str, tenant: Tenant, *args: Any) -> str:
    return reverse(f"customers:{name}", args=[tenant.slug, *args])


def page_of(response: Any) -> html.HtmlElement:
    return html.fromstring(response.content.decode())


def text_of(response: Any) -> str:
    return " ".join(" ".join(page_of(response).find(".//main").itertext()).split())


def test_the_list_is_open_to_members_and_nobody_else(
    customer: Customer,
    tenant: Tenant,
    viewer: User,
    administrator: User,
    outsider: User,
    staff: User,
    sign_in: SignIn,
) -> None:
    url = address("list", tenant)
    for person in (viewer, administrator):
        page = page_of(sign_in(person).get(url))
        links = {link.text_content(): link.get("href") for link in page.iter("a")}
        assert links["Blue Kettle Teas"] == address("detail", tenant, customer.pk)
    for person in (outsider, staff):
        assert sign_in(person).get(url).status_code == 404
    assert sign_in(None).get(url).status_code == 302


def test_changing_is_for_administrators(
    customer: Customer,
    tenant: Tenant,
    viewer: User,
    customer_user: User,
    limited_administrator: User,
    outsider: User,
    sign_in: SignIn,
) -> None:
    urls = [address("add", tenant), address("edit", tenant, customer.pk)]
    posts = [address(name, tenant, customer.pk) for name in ("activate", "deactivate")]
    for url in urls:
        assert sign_in(limited_administrator).get(url).status_code == 200
    for url in urls + posts:
        assert sign_in(viewer).post(url, VALUES).status_code == 403
        assert sign_in(customer_user).post(url, VALUES).status_code == 403
        assert sign_in(outsider).post(url, VALUES).status_code == 404
    for url in posts:
        assert sign_in(limited_administrator).get(url).status_code == 405
    assert Customer.objects.get() == customer


def test_a_viewer_sees_no_button_that_changes(
    customer: Customer, tenant: Tenant, viewer: User, sign_in: SignIn
) -> None:
    for url in (address("list", tenant), address("detail", tenant, customer.pk)):
        main = page_of(sign_in(viewer).get(url)).find(".//main")
        assert not main.xpath(".//form[@method='post']")
        assert not main.xpath(".//a[contains(@href, '/add/') or contains(@href, '/edit/')]")
        assert "Duplicate" not in main.text_content()


def test_a_customer_user_sees_the_customers_of_the_membership_only(
    customer: Customer, tenant: Tenant, customer_user: User, sign_in: SignIn
) -> None:
    other = CustomerFactory.create(tenant=tenant, name="Hidden Imports")
    client = sign_in(customer_user)
    assert "has not given you a customer" in text_of(client.get(address("list", tenant)))
    Membership.objects.filter(user=customer_user).update(customer_ids=[str(customer.pk)])
    shown = text_of(client.get(address("list", tenant)))
    assert "Blue Kettle Teas" in shown and "Hidden Imports" not in shown
    assert client.get(address("detail", tenant, customer.pk)).status_code == 200
    assert client.get(address("detail", tenant, other.pk)).status_code == 404


def test_a_foreign_customer_and_none_are_the_same(
    customer: Customer, outsider: User, sign_in: SignIn
) -> None:
    outside = Membership.objects.get(user=outsider).tenant
    client = sign_in(outsider)
    foreign = client.get(address("detail", outside, customer.pk))
    nothing = client.get(address("detail", outside, uuid4()))
    assert foreign.status_code == nothing.status_code == 404
    assert text_of(foreign) == text_of(nothing)


def test_the_page_shows_the_uuid_with_a_sentence_and_duplicate(
    customer: Customer, tenant: Tenant, administrator: User, sign_in: SignIn
) -> None:
    page = page_of(sign_in(administrator).get(address("detail", tenant, customer.pk)))
    (details,) = page.xpath("//section[.//h2[text()='Details']]")
    assert str(customer.pk) in details.text_content()
    assert "ensures that data is sent to and received from the right Customer" in " ".join(
        details.text_content().split()
    )
    duplicate = reverse("sandboxes:duplicate", args=[tenant.slug, customer.pk])
    assert page.xpath(f"//a[@href='{duplicate}'][contains(., 'Duplicate')]")


def test_a_sandbox_says_so_in_capitals_wherever_it_appears(
    customer: Customer, tenant: Tenant, administrator: User, sign_in: SignIn
) -> None:
    sandbox = CustomerFactory.create(tenant=tenant, name="Copy", kind="sandbox", copied_from=customer)
    client = sign_in(administrator)
    assert "Copy SANDBOX" in text_of(client.get(address("list", tenant)))
    assert "Copy SANDBOX" in text_of(client.get(address("detail", tenant, customer.pk)))
    own = client.get(address("detail", tenant, sandbox.pk))
    assert "SANDBOX" in text_of(own) and "Copied from Blue Kettle Teas" in text_of(own)
    assert str(sandbox) == "Copy (SANDBOX)"


def test_an_active_sandbox_says_how_to_test_with_it(
    customer: Customer, tenant: Tenant, viewer: User, customer_user: User, sign_in: SignIn
) -> None:
    sandbox = CustomerFactory.create(tenant=tenant, name="Copy", kind="sandbox", copied_from=customer)
    url = address("detail", tenant, sandbox.pk)
    page = page_of(sign_in(viewer).get(url))
    steps = [" ".join(step.text_content().split()) for step in page.xpath("//main//*[@class='prose']/ol/li")]
    assert steps[0] == "Give the API user Customer access to this sandbox."
    assert steps[4] == "A sale order needs available stock: a purchase order that is Allocated."
    assert steps[-1] == "Once testing is complete, choose Go live on the API client's page."
    assert all(
        sign_in(viewer).get(href).status_code == 200
        for href in page.xpath("//main//*[@class='prose']/ol//@href[. != '#customer-access']")
    )
    Membership.objects.filter(user=customer_user).update(customer_ids=[str(sandbox.pk)])
    assert "How to test with it" not in text_of(sign_in(customer_user).get(url))
    Customer.objects.filter(pk=sandbox.pk).update(is_active=False)
    assert "How to test with it" not in text_of(sign_in(viewer).get(url))


def test_a_customer_is_added_with_its_settings(
    warehouse: Warehouse, tenant: Tenant, limited_administrator: User, sign_in: SignIn
) -> None:
    values = {**VALUES, "tenant": str(uuid4()), "kind": "sandbox", "last_number": "99"}
    response = sign_in(limited_administrator).post(address("add", tenant), values)
    customer = Customer.objects.get()
    assert response.headers["Location"] == address("detail", tenant, customer.pk)
    assert (customer.tenant, customer.kind, customer.last_number) == (tenant, "live", 0)
    assert list(customer.warehouses.all()) == [warehouse]
    settings = customer.order_settings
    assert (settings.out_of_stock, settings.consignments) == ("PARTIAL", "AT_IMPORT")
    assert (settings.override_statuses, settings.delete_statuses) == ((), ("DRAFT", "REJECTED"))
    assert settings.allow_invalid_addresses and not settings.allow_document_upload
    entry = Entry.objects.get()
    assert (entry.action, entry.target_name, entry.actor_name) == (
        "customer.created",
        "Anders Imports",
        limited_administrator.email,
    )


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "BLUE KETTLE TEAS"}, "name"),
        ({"name": "Ｂlue Kettle Teas"}, "name"),
        ({"name": "\u200b"}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"code": "BKT"}, "code"),
        ({"email": "nobody"}, "email"),
        ({"out_of_stock": "NOPE"}, "out_of_stock"),
        ({"delete_statuses": ["DISPATCHED"]}, "delete_statuses"),
        ({"warehouses": ["zz"]}, "warehouses"),
        ({"warehouses": [str(uuid4())]}, "warehouses"),
    ],
)
def test_what_can_not_be_stored_is_said_at_its_field(
    customer: Customer,
    tenant: Tenant,
    administrator: User,
    sign_in: SignIn,
    change: dict[str, Any],
    field: str,
) -> None:
    response = sign_in(administrator).post(address("add", tenant), {**VALUES, **change})
    assert response.status_code in (400, 422)
    assert Customer.objects.count() == 1
    if response.status_code == 422:
        assert page_of(response).xpath(f"//*[@name='{field}'][@aria-invalid='true']")
        assert "ops@anders.example" in response.content.decode() or field == "email"


def test_an_edit_is_audited_with_before_and_after(
    customer: Customer, tenant: Tenant, administrator: User, sign_in: SignIn
) -> None:
    client, url = sign_in(administrator), address("edit", tenant, customer.pk)
    assert 'value="Blue Kettle Teas"' in client.get(url).content.decode()
    assert client.post(url, {**VALUES, "name": "Red Kettle Teas", "code": "BKT"}).status_code == 303
    entry = Entry.objects.get()
    assert (entry.before["name"], entry.after["name"]) == ("Blue Kettle Teas", "Red Kettle Teas")
    assert "code" not in entry.after


def test_a_customer_is_deactivated_and_activated(
    customer: Customer, tenant: Tenant, administrator: User, sign_in: SignIn
) -> None:
    client = sign_in(administrator)
    for name, is_active, words in (
        ("deactivate", False, "takes no orders"),
        ("activate", True, "takes orders"),
    ):
        for _ in range(2):
            response = client.post(address(name, tenant, customer.pk), follow=True)
            assert words in response.content.decode()
        customer.refresh_from_db()
        assert customer.is_active is is_active
    assert list(Entry.objects.order_by("id").values_list("action", flat=True)) == [
        "customer.deactivated",
        "customer.activated",
    ]


def test_the_list_narrows_by_text_and_state(
    customer: Customer, tenant: Tenant, viewer: User, sign_in: SignIn
) -> None:
    CustomerFactory.create(tenant=tenant, name="Idle", code="IDL", is_active=False)
    client, url = sign_in(viewer), address("list", tenant)

    def found(**query: str) -> list[str]:
        return [link.text for link in page_of(client.get(url, query)).iterfind(".//main//tbody//th//a")]

    assert found() == ["Blue Kettle Teas", "Idle"]
    assert found(q="KETTLE") == found(q="bkt") == found(state="active") == ["Blue Kettle Teas"]
    assert found(state="inactive") == ["Idle"]
    assert "No customer matches" in text_of(client.get(url, {"state": "sandbox"}))
    for query in ({"state": "x"}, {"page": "0"}, {"q": "x" * 200}):
        assert client.get(url, query).status_code == 400


def test_a_list_of_twenty_costs_as_many_queries_as_one_of_ten(
    tenant: Tenant, viewer: User, sign_in: SignIn
) -> None:
    client, counts = sign_in(viewer), []
    client.get(address("list", tenant))
    for _ in range(2):
        CustomerFactory.create_batch(10, tenant=tenant)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address("list", tenant)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 8


def test_support_staff_deactivate_in_the_admin_through_the_service(
    customer: Customer, staff: User, sign_in: SignIn, settings: Any
) -> None:
    settings.STAFF_SECOND_FACTOR = False
    client = sign_in(staff)
    assert "Blue Kettle Teas" in client.get("/admin/customers/customer/?q=BKT").content.decode()
    assert client.get(f"/admin/customers/customer/{customer.pk}/change/").status_code == 200
    client.post(
        "/admin/customers/customer/", {"action": "deactivate", "_selected_action": [str(customer.pk)]}
    )
    customer.refresh_from_db()
    assert not customer.is_active
    assert Entry.objects.get(action="customer.deactivated").actor_kind == "staff"

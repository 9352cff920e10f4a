"""The form helps while it is filled in: long lists are searched, and it says what comes of the ticks."""

from uuid import uuid4

import pytest
from django.urls import reverse

from apps.clients.models import ApiClient
from apps.customers.models import Customer
from tests import pages
from tests.customers.factories import CustomerFactory


@pytest.fixture
def portal(sign_in, administrator, plan):
    return sign_in(administrator)


@pytest.fixture
def many(tenant):
    return [Customer.objects.create(tenant=tenant, name=f"Customer {number:03}") for number in range(230)]


def url(name, *args):
    return reverse(f"clients:{name}", args=["coastal", *args])


def text_of(response):
    return " ".join(response.content.decode().split())


def test_a_long_list_is_searched_and_keeps_what_is_ticked(portal, many, warehouse):
    page = text_of(portal.get(url("add")))
    assert page.count('name="customers"') == 201
    assert "the first 200 are shown" in page
    draft = {
        "name": "ERP",
        "customers": [many[229].pk],
        "customers_q": "customer 00",
        "roles": ["WMS_CREATE_JOBS"],
        "warehouses": ["all"],
        "creation_key": uuid4(),
        "is_active": "on",
    }
    for headers in ({}, {"HX-Request": "true"}):
        narrowed = portal.post(url("search_add"), draft, headers=headers)
        page = text_of(narrowed)
        assert narrowed.status_code == 200
        assert page.count('name="customers"') == 1 + 1 + 10
        assert "10 of 230 match" in page
        assert f'value="{many[229].pk}"' in page
        assert 'value="ERP"' in page
        assert "aria-invalid" not in page
    assert not ApiClient.objects.exists()
    # What the search left out is valid all the same.
    saved = portal.post(url("add"), {**draft, "customers": [many[229].pk, many[100].pk]})
    assert saved.status_code == 303
    assert set(ApiClient.objects.get().customers.all()) == {many[229], many[100]}


def test_a_search_costs_the_same_among_5_000_customers(
    portal, tenant, warehouse, django_assert_max_num_queries
):
    draft = {"name": "ERP", "customers_q": "customer 0004", "warehouses": ["all"]}
    for number in (30, 4_970):
        start = Customer.objects.count()
        names = [f"Customer {start + step:06}" for step in range(number)]
        Customer.objects.bulk_create(
            Customer(tenant=tenant, name=name, name_key=name.casefold()) for name in names
        )
        ticked = Customer.objects.get(name="Customer 000001")
        with django_assert_max_num_queries(16) as asked:
            page = text_of(portal.post(url("search_add"), {**draft, "customers": [ticked.pk]}))
        assert f'value="{ticked.pk}"' in page
        # No statement reads the customers without a bound.
        reads = [
            query["sql"]
            for query in asked.captured_queries
            if '"customers_customer"."name"' in query["sql"].partition("FROM")[0]
        ]
        assert len(reads) == 2
        assert all("LIMIT 201" in sql or '"customers_customer"."id" IN' in sql for sql in reads)
    assert "100 of 5,000 match" in page
    assert page.count('name="customers"') == 1 + 1 + 100


@pytest.mark.parametrize("wrong", ["nonsense", "00000000-0000-0000-0000-000000000000"])
def test_what_is_not_in_the_list_is_refused(portal, customer, warehouse, wrong):
    values = {"name": "ERP", "warehouses": ["all"], "roles": ["TMS_CREATE_JOBS"]}
    for customers in ([wrong], [customer.pk, wrong], ["all", wrong]):
        refused = portal.post(url("add"), {**values, "customers": customers})
        assert refused.status_code == 422
        assert "Choose from the list." in text_of(refused)
    assert not ApiClient.objects.exists()


def test_a_customer_of_another_tenant_is_not_in_the_list(portal, customer, warehouse):
    foreign = CustomerFactory.create()
    values = {"name": "ERP", "warehouses": ["all"], "roles": ["TMS_CREATE_JOBS"]}
    refused = portal.post(url("add"), {**values, "customers": [customer.pk, foreign.pk]})
    assert refused.status_code == 422
    assert foreign.name not in text_of(portal.post(url("preview"), {"customers": [foreign.pk]}))


def test_a_sandbox_s_page_leads_to_a_form_in_which_it_is_ticked(portal, tenant, customer, warehouse):
    sandbox = CustomerFactory.create(tenant=tenant, name="Copy", kind="sandbox", copied_from=customer)
    form_url = f"{url('add')}?customer={sandbox.pk}"
    assert form_url in text_of(portal.get(reverse("customers:detail", args=["coastal", sandbox.pk])))
    form = pages.main_form(pages.read(portal.get(form_url)))
    assert pages.values(form)["customers"] == [str(sandbox.pk)]
    foreign = CustomerFactory.create()
    for wrong in ("nonsense", foreign.pk):
        form = pages.main_form(pages.read(portal.get(f"{url('add')}?customer={wrong}")))
        assert "customers" not in pages.values(form)


def test_a_short_list_has_no_search(portal, customer, warehouse):
    assert "Search the customers" not in text_of(portal.get(url("add")))


def test_an_edit_is_searched_too(portal, many, make_client):
    client = make_client(customers=many[:2])
    page = text_of(portal.post(url("search_edit", client.pk), {"name": "X", "customers_q": "002"}))
    assert f'action="{url("edit", client.pk)}"' in page
    assert "1 of 231 match" in page


def test_the_page_shows_what_the_ticks_come_to(portal, customer, warehouse):
    ticked = {"customers": [customer.pk], "warehouses": ["all"], "roles": ["TMS_CREATE_JOBS"]}
    shown = text_of(portal.post(url("preview"), ticked))
    assert "Blue Kettle Teas" in shown
    assert "All warehouses, now and later" in shown
    assert "TMS View Jobs is ticked too: it comes with TMS Create Jobs." in shown
    assert "consignments" in shown
    assert "<html" not in shown
    assert "nothing yet" in text_of(portal.post(url("preview"), {}))


def test_full_access_for_a_customer_s_client_is_warned_of(portal, customer):
    full = {"roles": ["API_FULL_ACCESS"]}
    assert "would not suit a customer" in text_of(
        portal.post(url("preview"), {**full, "customers": [customer.pk]})
    )
    assert "would not suit a customer" not in text_of(
        portal.post(url("preview"), {**full, "customers": ["all"]})
    )


def test_an_implied_role_is_stored_and_ticked(portal, customer, warehouse):
    portal.post(
        url("add"),
        {"name": "ERP", "customers": [customer.pk], "warehouses": ["all"], "roles": ["TMS_CREATE_JOBS"]},
    )
    client = ApiClient.objects.get()
    assert client.roles == ["TMS_CREATE_JOBS", "TMS_VIEW_JOBS"]
    assert portal.get(url("edit", client.pk)).context["form"]["roles"].value() == client.roles


def test_a_client_names_more_than_a_thousand_customers(portal, tenant, warehouse):
    Customer.objects.bulk_create(
        Customer(tenant=tenant, name=f"Customer {number:04}", name_key=f"customer {number:04}")
        for number in range(1_200)
    )
    ids = [str(pk) for pk in Customer.objects.values_list("pk", flat=True)]
    values = {"name": "ERP", "warehouses": ["all"], "roles": ["TMS_CREATE_JOBS"], "customers": ids}
    assert portal.post(url("add"), values).status_code == 303
    client = ApiClient.objects.get()
    assert client.customers.count() == 1_200
    page = text_of(portal.get(url("edit", client.pk)))
    assert page.count("checked") >= 1_200

"""The customers of an endpoint among thousands: searched, kept, and no secret sent back on the way."""

from functools import partial
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.customers.models import Customer
from apps.tenants.models import Tenant
from apps.webhooks.endpoints import create_endpoint
from apps.webhooks.forms import TYPED_HELP
from apps.webhooks.models import Endpoint
from tests import factories, pages
from tests.customers.factories import CustomerFactory
from tests.webhooks.conftest import ACTOR

URL = "https://hooks.example.com/gatepass"
TYPED = {"name": "Warehouse system", "url": URL, "events": ["outbound-order.created"], "strict_order": "on"}


@pytest.fixture
def portal(sign_in: Any, administrator: User) -> Client:
    return sign_in(administrator)


@pytest.fixture
def many(tenant: Tenant) -> list[Customer]:
    return [Customer.objects.create(tenant=tenant, name=f"Customer {number:03}") for number in range(230)]


def url(name: str, *args: Any) -> str:
    return reverse(f"webhooks:{name}", args=["coastal", *args])


def form_of(answer: Any) -> Any:
    return pages.main_form(pages.read(answer))


def boxes(answer: Any) -> int:
    return len(form_of(answer).xpath(".//input[@name='customers']"))


def help_of(answer: Any, name: str) -> str:
    (text,) = form_of(answer).xpath(f".//*[@id='id_{name}_helptext']")
    return " ".join(text.text_content().split())


def error_of(answer: Any, name: str) -> str:
    (text,) = form_of(answer).xpath(f".//*[@id='id_{name}_error']")
    return " ".join(text.text_content().split())


def test_a_long_list_is_searched_and_keeps_what_is_filled_in(portal: Client, many: list[Customer]) -> None:
    shown = portal.get(url("add"))
    assert boxes(shown) == 200 and "230 in all, the first 200 are shown" in shown.content.decode()
    draft = {**TYPED, "customers": [many[229].pk], "customers_q": "customer 00"}
    for headers in ({}, {"HX-Request": "true"}):
        narrowed = portal.post(url("search_add"), draft, headers=headers)
        text = narrowed.content.decode()
        assert narrowed.status_code == 200 and "10 of 230 match" in text and "aria-invalid" not in text
        assert text.count('name="customers"') == 1 + 10
        assert ("<html" in text) is not bool(headers)
    form = form_of(portal.post(url("search_add"), draft))
    assert form.get("action") == url("add")
    kept = pages.values(form)
    assert kept["customers"] == [str(many[229].pk)]
    assert {name: kept[name] for name in TYPED} == {**TYPED, "strict_order": ["on"]}
    assert not Endpoint.objects.exists()
    # What the search left out is valid all the same.
    saved = portal.post(url("add"), {**kept, "customers": [many[229].pk, many[100].pk]})
    assert saved.status_code == 200
    assert set(Endpoint.objects.get().customer_ids) == {str(many[229].pk), str(many[100].pk)}


def test_a_page_costs_the_same_among_5_000_customers(
    portal: Client, tenant: Tenant, django_assert_max_num_queries: Any
) -> None:
    for number in (30, 4_970):
        start = Customer.objects.count()
        names = [f"Customer {start + step:06}" for step in range(number)]
        Customer.objects.bulk_create(
            Customer(tenant=tenant, name=name, name_key=name.casefold()) for name in names
        )
        ticked = Customer.objects.get(name="Customer 000001")
        draft = {**TYPED, "customers": [ticked.pk], "customers_q": "customer 0004"}
        for ask in (partial(portal.get, url("add")), partial(portal.post, url("search_add"), draft)):
            with django_assert_max_num_queries(12) as asked:
                answer = ask()
            reads = [
                query["sql"]
                for query in asked.captured_queries
                if '"customers_customer"."name"' in query["sql"].partition("FROM")[0]
            ]
            assert reads
            assert all("LIMIT 201" in sql or '"customers_customer"."id" IN' in sql for sql in reads)
    assert "100 of 5,000 match" in answer.content.decode() and boxes(answer) == 1 + 100


def test_an_edit_is_searched_too(portal: Client, tenant: Tenant, many: list[Customer]) -> None:
    ids = [many[0].pk, many[229].pk]
    endpoint, _ = create_endpoint(
        tenant=tenant, name="ERP", url=URL, auth_token="Bearer abc", customer_ids=ids, actor=ACTOR
    )
    stored = portal.get(url("edit", endpoint.pk))
    assert set(pages.values(form_of(stored))["customers"]) == {str(pk) for pk in ids}
    draft = {**TYPED, "customers": [many[229].pk], "customers_q": "002", "no_auth_token": "on"}
    narrowed = portal.post(url("search_edit", endpoint.pk), draft)
    assert "1 of 230 match" in narrowed.content.decode()
    form = form_of(narrowed)
    assert form.get("action") == url("edit", endpoint.pk)
    kept = pages.values(form)
    # What was unticked stays unticked, whatever is stored.
    assert kept["customers"] == [str(many[229].pk)] and kept["no_auth_token"] == ["on"]
    assert portal.post(url("edit", endpoint.pk), kept).status_code == 303
    endpoint.refresh_from_db()
    assert endpoint.customer_ids == [str(many[229].pk)] and not endpoint.auth_token_sealed


def test_a_short_list_has_no_search(portal: Client, tenant: Tenant) -> None:
    customer = CustomerFactory.create(tenant=tenant, kind="sandbox")
    text = portal.get(url("add")).content.decode()
    assert customer.name in text and "SANDBOX" in text and "Search the customers" not in text


@pytest.mark.parametrize("wrong", ["nonsense", "00000000-0000-0000-0000-000000000000"])
def test_what_is_not_in_the_list_is_refused(portal: Client, tenant: Tenant, wrong: str) -> None:
    own = CustomerFactory.create(tenant=tenant)
    refused = portal.post(url("add"), {**TYPED, "customers": [own.pk, wrong]})
    assert refused.status_code == 422 and error_of(refused, "customers") == "Choose from the list."
    assert not Endpoint.objects.exists()


def test_a_customer_of_another_tenant_is_neither_taken_nor_shown(portal: Client, tenant: Tenant) -> None:
    foreign = CustomerFactory.create(name="Hidden Imports")
    for name, status in (("add", 422), ("search_add", 200)):
        answer = portal.post(url(name), {**TYPED, "customers": [foreign.pk], "customers_q": "hidden"})
        assert answer.status_code == status and "Hidden Imports" not in answer.content.decode()
    assert not Endpoint.objects.exists()


def test_nothing_is_saved_before_what_was_searched_for_is_shown(portal: Client, many: list[Customer]) -> None:
    """Without scripts Enter in the search box saves, and an endpoint without a customer ticked is told of all."""
    shown = pages.values(form_of(portal.get(url("add"))))
    answer = portal.post(url("add"), {**shown, **TYPED, "customers_q": "customer 007"})
    assert answer.status_code == 422 and not Endpoint.objects.exists()
    assert "1 of 230 match" in answer.content.decode() and boxes(answer) == 1
    assert error_of(answer, "customers_q").startswith("The list shows now what this matches.")
    # Whoever only searched is not told off for what is still empty.
    early = portal.post(url("add"), {**shown, "customers_q": "customer 007"})
    assert early.status_code == 422 and early.content.decode().count('aria-invalid="true"') == 1
    # Once it has been shown, or where the search was emptied, the form is saved.
    kept = pages.values(form_of(answer))
    assert kept["name"] == TYPED["name"] and kept["customers_q"] == "customer 007"
    assert portal.post(url("add"), {**kept, "customers": [many[7].pk]}).status_code == 200
    assert portal.post(url("add"), {**kept, "name": "Other", "customers_q": ""}).status_code == 200
    assert Endpoint.objects.count() == 2


@pytest.mark.parametrize("name", ["add", "search_add"])
def test_an_auth_token_that_was_typed_is_asked_for_again_and_never_sent_back(
    portal: Client, many: list[Customer], name: str
) -> None:
    answer = portal.post(url(name), {**TYPED, "url": "x", "auth_token": "of-the-receiver"})
    assert "of-the-receiver" not in answer.content.decode()
    assert help_of(answer, "auth_token") == TYPED_HELP
    answer = portal.post(url(name), {**TYPED, "url": "x"})
    assert help_of(answer, "auth_token") != TYPED_HELP


def test_the_form_of_a_channels_endpoint_has_no_search(
    portal: Client, tenant: Tenant, many: list[Customer]
) -> None:
    client_id = factories.TenantFactory.build().pk
    endpoint, _ = create_endpoint(tenant=tenant, name="Shop", url=URL, client_id=client_id, actor=ACTOR)
    for answer in (
        portal.get(url("edit", endpoint.pk)),
        portal.post(url("search_edit", endpoint.pk), {"customers_q": "customer"}),
    ):
        assert answer.status_code == 200 and "customers" not in pages.values(form_of(answer))
        assert "Search the customers" not in answer.content.decode()

"""Go live: the checklist and the summary first, then one step, once (seed 003, screens 6)."""

from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.audit.models import Entry
from apps.clients import services as clients
from apps.clients.services import ClientInput, Outdated
from apps.orders.models import Consignment, Order
from apps.sandboxes import services
from apps.usage.services import CallRecord, record_call
from tests import factories
from tests.orders.factories import make_order
from tests.world import ACTOR


@pytest.fixture
def sandbox(mug):
    return services.duplicate(
        customer=mug.customer,
        name="Blue Kettle Teas Sandbox",
        actor=ACTOR,
        with_products=True,
        starting_stock=Decimal(50),
    )


@pytest.fixture
def tester(tenant, sandbox, warehouse):
    return a_client(tenant, sandbox, warehouse, "ERP connector")


@pytest.fixture
def portal(sign_in, administrator):
    return sign_in(administrator)


def a_client(tenant, customer, warehouse, name):
    values = ClientInput(name=name, roles=["WMS_CREATE_JOBS"], customers=[customer], warehouses=[warehouse])
    return clients.create_client(tenant=tenant, actor=ACTOR, values=values)


def path(client):
    return reverse("sandboxes:go_live", args=["coastal", client.pk])


def said(sandbox, **more):
    return {"sandbox": sandbox.pk, "tested": "on", **more}


def test_the_page_shows_what_was_tried_and_what_will_happen(portal, tester, sandbox, tenant, warehouse):
    make_order(sandbox, ("MUG-12", 1))
    a_client(tenant, sandbox, warehouse, "Second connector")
    for status in (201, 201, 422):
        record_call(
            CallRecord(
                tenant_id=tenant.pk,
                client_id=tester.pk,
                client_name=tester.name,
                customer_id=sandbox.pk,
                customer_kind="sandbox",
                method="POST",
                endpoint="outbound-orders",
                status=status,
                received_at=timezone.now(),
                ms=5,
            )
        )
    text = " ".join(portal.get(path(tester)).content.decode().split())
    assert "POST outbound-orders" in text.replace("</span>", "").replace('<span class="mono">', "")
    assert "2 calls" in text and "1 order and" in text
    assert "Second connector" in text, "who else loses the sandbox is named"
    assert "Blue Kettle Teas</strong>" in text and "Tested with the customer (UAT)" in text
    assert Order.objects.filter(customer=sandbox).exists()


def test_going_live_replaces_the_sandbox_by_the_live_customer(portal, tester, sandbox, mug):
    make_order(sandbox, ("MUG-12", 1))
    make_order(mug.customer, ("MUG-12", 1))
    generation = tester.generation
    answer = portal.post(path(tester), said(sandbox))
    assert answer.status_code == 200 and str(mug.customer.pk) in answer.content.decode()
    sandbox.refresh_from_db()
    tester.refresh_from_db()
    assert not sandbox.is_active and tester.generation > generation
    assert list(tester.customers.all()) == [mug.customer]
    assert [order.customer for order in Order.objects.all()] == [mug.customer]
    assert not Consignment.objects.filter(customer=sandbox).exists()
    assert (
        "Inactive" in portal.get(reverse("customers:detail", args=["coastal", sandbox.pk])).content.decode()
    )
    entry = Entry.objects.get(action="client.went_live")
    assert entry.before == {"customer": sandbox.name} and entry.after["customer"] == mug.customer.name


def test_going_live_names_who_still_sees_the_sandbox_alone_and_leads_to_the_usage_report(
    portal, tester, sandbox, mug, tenant
):
    for name, customers in (("kim", [sandbox]), ("sam", [sandbox, mug.customer])):
        factories.MembershipFactory.create(
            tenant=tenant,
            user__email=f"{name}@kettle.example",
            role="customer",
            customer_ids=[str(customer.pk) for customer in customers],
        )
    page = portal.post(path(tester), said(sandbox)).content.decode()
    assert "kim@kettle.example" in page and "sam@kettle.example" not in page
    assert reverse("billing:usage_report", args=["coastal"]) + f"?client={tester.pk}" in page


def test_the_second_press_changes_nothing_and_says_so(portal, tester, sandbox):
    assert portal.post(path(tester), said(sandbox)).status_code == 200
    entries = Entry.objects.count()
    again = portal.post(path(tester), said(sandbox))
    assert again.status_code in (409, 422)
    assert Entry.objects.count() == entries
    with pytest.raises(Outdated):
        services.go_live(client=tester, sandbox=sandbox, actor=ACTOR)


def test_somebody_who_was_faster_makes_it_a_409(portal, tester, sandbox, monkeypatch):
    def too_late(**given):
        raise Outdated("This client has gone live already, or somebody took the sandbox from it.")

    monkeypatch.setattr(services, "go_live", too_late)
    answer = portal.post(path(tester), said(sandbox))
    assert answer.status_code == 409 and "gone live already" in answer.content.decode()


def test_a_second_client_of_the_sandbox_can_not_go_live_with_it_any_more(
    portal, tester, sandbox, tenant, warehouse
):
    second = a_client(tenant, sandbox, warehouse, "Second connector")
    portal.post(path(tester), said(sandbox))
    assert portal.post(path(second), said(sandbox)).status_code == 409
    assert "No sandbox to leave" in portal.get(path(second)).content.decode()


def test_without_the_box_it_does_not_happen(portal, tester, sandbox):
    answer = portal.post(path(tester), {"sandbox": sandbox.pk})
    assert answer.status_code == 422 and "Tick this once the customer has tested" in answer.content.decode()
    for nonsense in ({}, {"sandbox": "zz", "tested": "on"}, {"sandbox": tester.pk, "tested": "on"}):
        assert portal.post(path(tester), nonsense).status_code == 422
    sandbox.refresh_from_db()
    assert sandbox.is_active


def test_where_the_live_customer_is_gone_nothing_is_deleted(portal, tester, sandbox, mug):
    make_order(sandbox, ("MUG-12", 1))
    type(sandbox).objects.filter(pk=mug.customer.pk).update(is_active=False)
    answer = portal.post(path(tester), said(sandbox))
    assert answer.status_code == 422 and "gone or inactive" in answer.content.decode()
    assert Order.objects.filter(customer=sandbox).count() == 1
    sandbox.refresh_from_db()
    assert sandbox.is_active


def test_a_client_of_live_customers_alone_has_nothing_to_leave(portal, tenant, mug, warehouse):
    client = a_client(tenant, mug.customer, warehouse, "Live already")
    page = portal.get(path(client)).content.decode()
    assert "No sandbox to leave" in page and "Go to Live already" in page
    assert "You can go live all the same" not in page


def test_going_live_needs_both_rights(sign_in, limited_administrator, viewer, tester, sandbox):
    for person in (limited_administrator, viewer):
        answer = sign_in(person).post(path(tester), said(sandbox))
        assert answer.status_code == 403
        assert "Allow this user to edit other users" in answer.content.decode()
    sandbox.refresh_from_db()
    assert sandbox.is_active

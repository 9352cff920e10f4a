"""Customer access in a browser: invited from the customer's page, joined by the link, taken and given back."""

import re

import pytest
from django.core import mail
from playwright.sync_api import expect

from apps.customers.models import Customer
from apps.tenants.models import Membership
from tests.customers.factories import CustomerFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_developer_gets_customer_access_to_the_sandbox_and_loses_it_again(page_as, administrator, tenant):
    live = CustomerFactory.create(tenant=tenant, name="Blue Kettle Teas")
    sandbox = CustomerFactory.create(
        tenant=tenant, name="Blue Kettle Teas Sandbox", kind="sandbox", copied_from=live
    )
    page = page_as(administrator)
    page.goto(f"/t/coastal/contacts/customers/{sandbox.pk}/")
    page.get_by_role("link", name="Invite with Customer access").click()
    expect(page.get_by_role("checkbox", name="Blue Kettle Teas Sandbox SANDBOX")).to_be_checked()
    page.get_by_role("button", name="Send invitation").click()
    expect(page.get_by_label("E-mail")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("E-mail").fill("kim@kettle.example")
    page.get_by_role("button", name="Send invitation").click()
    expect(page.get_by_text("kim@kettle.example is invited with Customer access.")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("kim@kettle.example"))).to_contain_text("Invited")

    link = next(word for word in mail.outbox[-1].body.split() if "/invitation/" in word)
    guest = page_as(None)
    guest.goto("/" + link.split("/", 3)[3])
    expect(guest.get_by_text("You are invited as Customer user")).to_be_visible()
    guest.get_by_label("Your name").fill("Kim Lee")
    guest.get_by_label("Password", exact=True).fill("a long enough passphrase")
    guest.get_by_label("Password again").fill("a long enough passphrase")
    guest.get_by_role("button", name="Create my account").click()
    expect(guest.get_by_role("heading", level=1)).to_contain_text("Sign in")

    kim = page_as(Membership.objects.get(role="customer").user)
    kim.goto("/t/coastal/contacts/customers/")
    expect(kim.get_by_role("link", name="Blue Kettle Teas Sandbox")).to_be_visible()
    expect(kim.get_by_role("link", name="Blue Kettle Teas", exact=True)).to_have_count(0)

    page.reload()
    page.get_by_label("Actions for kim@kettle.example").click()
    page.get_by_role("link", name="Remove").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("It is their only one")
    dialog.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("Kim Lee no longer sees Blue Kettle Teas Sandbox.")).to_be_visible()
    assert Membership.objects.get(role="customer").customer_ids == []
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("row", name=re.compile("Kim Lee"))).to_be_visible()
    stored = Membership.objects.get(role="customer").customer_ids
    assert stored == [str(Customer.objects.get(kind="sandbox").pk)]

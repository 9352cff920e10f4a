"""Customer access: who is invited from the page of a customer, and how it is changed, taken and given back."""

from collections.abc import Callable
from smtplib import SMTPException
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.audit.models import Entry
from apps.customers.models import Customer
from apps.tenants.models import Invitation, Membership, Role, Tenant
from tests import factories, pages
from tests.customers.factories import CustomerFactory

SignIn = Callable[[User | None], Client]


def address(name: str, customer: Customer, *more: Any) -> str:
    return reverse(f"customers:{name}", args=[customer.tenant.slug, customer.pk, *more])


@pytest.fixture
def other(customer: Customer, tenant: Tenant) -> Customer:
    return CustomerFactory.create(tenant=tenant, name="Amber Roast")


@pytest.fixture
def kim(customer: Customer, tenant: Tenant) -> Membership:
    return factories.MembershipFactory.create(
        tenant=tenant,
        user__email="kim@kettle.example",
        user__name="Kim Lee",
        role=Role.CUSTOMER,
        customer_ids=[str(customer.pk)],
    )


def panel_of(answer: Any) -> str:
    (panel,) = pages.read(answer).xpath("//*[@id='customer-access']")
    return " ".join(panel.text_content().split())


def test_a_developer_is_invited_to_two_customers_and_sees_these_alone(
    customer: Customer, other: Customer, tenant: Tenant, administrator: User, sign_in: SignIn
) -> None:
    hidden = CustomerFactory.create(tenant=tenant, name="Hidden Imports")
    portal = sign_in(administrator)
    assert "Nobody has Customer access yet" in panel_of(portal.get(address("detail", customer)))
    form = pages.main_form(pages.read(portal.get(address("invite", customer))))
    assert pages.values(form)["customers"] == [str(customer.pk)]
    sent = {"email": "Kim@Kettle.example", "customers": [str(customer.pk), str(other.pk)], "role": "viewer"}
    answer = portal.post(address("invite", customer), sent, follow=True)
    assert "kim@kettle.example is invited with Customer access." in answer.content.decode()
    assert "kim@kettle.example this one and 1 more" in panel_of(answer)
    assert "Customer user" in mail.outbox[-1].body
    link = next(word for word in mail.outbox[-1].body.split() if "/invitation/" in word)
    token = link.rstrip("/").rpartition("/")[2]
    secret = "a long enough passphrase"  # typed into a form here, opens nothing
    joined = {"token": token, "name": "Kim Lee", "password1": secret, "password2": secret}
    assert Client().post("/invitation/join/", joined).status_code == 303
    membership = Membership.objects.select_related("user").get(role=Role.CUSTOMER)
    assert membership.customer_ids == [str(customer.pk), str(other.pk)]
    kim = sign_in(membership.user)
    assert kim.get(address("detail", customer)).status_code == 200
    assert kim.get(address("detail", hidden)).status_code == 404
    assert "customer-access" not in kim.get(address("detail", customer)).content.decode()
    assert "Kim Lee" in panel_of(portal.get(address("detail", other)))
    invited = Entry.objects.get(action="member.invited")
    assert invited.after["customers"] == [str(customer.pk), str(other.pk)]


def test_somebody_with_customer_access_gets_another_customer_without_a_mail(
    customer: Customer, other: Customer, kim: Membership, administrator: User, sign_in: SignIn
) -> None:
    sent = {"email": "KIM@kettle.example", "customers": [str(other.pk)]}
    answer = sign_in(administrator).post(address("invite", other), sent, follow=True)
    assert "has Customer access already, now to 2 customers." in answer.content.decode()
    kim.refresh_from_db()
    assert kim.customer_ids == [str(customer.pk), str(other.pk)] and not mail.outbox


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"email": ""}, "email", "Enter an e-mail address."),
        ({"email": "nobody"}, "email", "Enter a valid email address."),
        ({"customers": []}, "customers", "Choose at least one customer."),
        ({"customers": ["all"]}, "customers", "Choose from the list."),
    ],
)
def test_what_is_wrong_with_an_invitation_is_said_at_its_field(
    customer: Customer,
    administrator: User,
    sign_in: SignIn,
    change: dict[str, Any],
    field: str,
    words: str,
) -> None:
    sent = {"email": "kim@kettle.example", "customers": [str(customer.pk)], **change}
    answer = sign_in(administrator).post(address("invite", customer), sent)
    assert answer.status_code == 422 and not Invitation.objects.exists() and not mail.outbox
    page = pages.read(answer)
    assert page.xpath(f"//*[@name='{field}'][@aria-invalid='true']")
    assert words in page.get_element_by_id(f"id_{field}_error").text_content()


def test_other_members_foreign_customers_and_a_dead_mail_server_are_refused(
    customer: Customer,
    tenant: Tenant,
    administrator: User,
    viewer: User,
    outsider: User,
    sign_in: SignIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    portal, url = sign_in(administrator), address("invite", customer)
    sent = {"email": viewer.email, "customers": [str(customer.pk)]}
    assert "This person is a member already." in portal.post(url, sent).content.decode()
    foreign = CustomerFactory.create(tenant=Membership.objects.get(user=outsider).tenant)
    answer = portal.post(url, {"email": "kim@kettle.example", "customers": [str(foreign.pk)]})
    assert answer.status_code == 422 and "Choose from the list." in answer.content.decode()

    def dead(*args: Any, **kwargs: Any) -> None:
        raise SMTPException

    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.EmailMessage.send", dead)
        answer = portal.post(url, {"email": "kim@kettle.example", "customers": [str(customer.pk)]})
    assert answer.status_code == 503 and "nobody was invited" in answer.content.decode()
    assert not Invitation.objects.exists()
    assert (
        portal.post(url, {"email": "kim@kettle.example", "customers": [str(customer.pk)]}).status_code == 303
    )
    again = portal.post(url, {"email": "kim@kettle.example", "customers": [str(customer.pk)]})
    assert again.status_code == 422 and "is invited already" in again.content.decode()


def test_access_is_changed_taken_and_given_back(
    customer: Customer, other: Customer, kim: Membership, administrator: User, sign_in: SignIn
) -> None:
    portal, reader = sign_in(administrator), sign_in(kim.user)
    edit = address("user_edit", customer, kim.pk)
    assert pages.values(pages.main_form(pages.read(portal.get(edit))))["customers"] == [str(customer.pk)]
    assert portal.post(edit, {}).status_code == 422
    assert portal.post(edit, {"customers": [str(customer.pk), str(other.pk)]}).status_code == 303
    assert reader.get(address("detail", other)).status_code == 200
    dialog = portal.get(address("user_remove", customer, kim.pk)).content.decode()
    assert "1 other customer stays as before." in " ".join(dialog.split())
    taken = portal.post(address("user_remove", customer, kim.pk), follow=True)
    assert reader.get(address("detail", customer)).status_code == 404
    assert "Kim Lee no longer sees Blue Kettle Teas." in panel_of(taken)
    undo = pages.main_form(pages.read(taken)) is not None and pages.read(taken).xpath(
        "//form[contains(@action, '/restore/')]/@action"
    )
    assert "sees Blue Kettle Teas again." in portal.post(undo[0], follow=True).content.decode()
    assert reader.get(address("detail", customer)).status_code == 200
    changes = Entry.objects.filter(action="member.changed").order_by("sequence")
    assert [(len(row.before["customer_ids"]), len(row.after["customer_ids"])) for row in changes] == [
        (1, 2),
        (2, 1),
        (1, 2),
    ]


def test_a_person_without_any_customer_left_sees_nothing(
    customer: Customer, kim: Membership, administrator: User, sign_in: SignIn
) -> None:
    portal = sign_in(administrator)
    taken = portal.post(address("user_remove", customer, kim.pk), follow=True)
    assert "they can sign in and see nothing" in panel_of(taken)
    shown = sign_in(kim.user).get(reverse("customers:list", args=[customer.tenant.slug]))
    assert "has not given you a customer" in shown.content.decode()
    # The address alone brings the offer back, until the person sees the customer again.
    portal.post(address("user_restore", customer, kim.pk))
    later = portal.get(address("detail", customer) + f"?took={kim.pk}")
    assert "no longer sees" not in panel_of(later)
    for wrong in ("x", str(customer.pk), ""):
        assert "no longer sees" not in panel_of(portal.get(address("detail", customer) + f"?took={wrong}"))


def test_an_invitation_is_sent_again_and_withdrawn_from_the_page_of_the_customer(
    customer: Customer, administrator: User, sign_in: SignIn
) -> None:
    portal = sign_in(administrator)
    portal.post(address("invite", customer), {"email": "kim@kettle.example", "customers": [str(customer.pk)]})
    invitation = Invitation.objects.get()
    again = portal.post(address("invitation_resend", customer, invitation.pk), follow=True)
    assert "A new link is on its way" in again.content.decode() and len(mail.outbox) == 2
    gone = portal.post(address("invitation_withdraw", customer, invitation.pk), follow=True)
    assert "kim@kettle.example is withdrawn" in gone.content.decode()
    assert "Nobody has Customer access yet" in panel_of(gone)
    late = portal.post(address("invitation_withdraw", customer, invitation.pk), follow=True)
    assert "was accepted or withdrawn meanwhile" in late.content.decode()


def test_viewers_and_limited_administrators_see_who_has_access_and_no_button(
    customer: Customer, kim: Membership, viewer: User, limited_administrator: User, sign_in: SignIn
) -> None:
    for person in (viewer, limited_administrator):
        answer = sign_in(person).get(address("detail", customer) + f"?took={kim.pk}")
        assert "Kim Lee" in panel_of(answer)
        (panel,) = pages.read(answer).xpath("//*[@id='customer-access']")
        assert not panel.xpath(".//form | .//a")
        refused = sign_in(person).get(address("invite", customer))
        assert refused.status_code == 403
        assert "Allow this user to edit other users" in refused.content.decode()


def test_a_long_list_is_searched_without_losing_what_was_typed(
    customer: Customer, kim: Membership, tenant: Tenant, administrator: User, sign_in: SignIn
) -> None:
    CustomerFactory.create_batch(25, tenant=tenant)
    wanted = CustomerFactory.create(tenant=tenant, name="Zebra Foods")
    portal = sign_in(administrator)
    typed = {"email": "kim@", "customers": [str(customer.pk)], "customers_q": "zebra"}
    answer = portal.post(address("search_invite", customer), typed)
    page = pages.read(answer)
    assert answer.status_code == 200
    assert page.xpath("//input[@name='email']/@value") == ["kim@"]
    shown = page.xpath("//input[@name='customers']/@value")
    assert set(shown) == {str(customer.pk), str(wanted.pk)}
    assert page.xpath("//input[@name='customers'][@checked]/@value") == [str(customer.pk)]
    answer = portal.post(address("user_search", customer, kim.pk), typed)
    assert set(pages.read(answer).xpath("//input[@name='customers']/@value")) == set(shown)
    kim.refresh_from_db()
    assert kim.customer_ids == [str(customer.pk)]


def test_the_people_of_a_customer_cost_the_same_queries_however_many_they_are(
    customer: Customer,
    tenant: Tenant,
    administrator: User,
    sign_in: SignIn,
    django_assert_max_num_queries: Any,
) -> None:
    for number in range(12):
        factories.MembershipFactory.create(
            tenant=tenant,
            user__email=f"p{number}@kettle.example",
            role=Role.CUSTOMER,
            customer_ids=[str(customer.pk)],
        )
    portal = sign_in(administrator)
    portal.get(address("detail", customer))
    with django_assert_max_num_queries(13):
        portal.get(address("detail", customer))


def test_the_members_page_leads_to_the_customers_of_a_customer_user(
    customer: Customer, kim: Membership, administrator: User, sign_in: SignIn
) -> None:
    page = pages.read(sign_in(administrator).get(f"/t/{customer.tenant.slug}/settings/members/"))
    assert page.xpath(f"//a[@href='{address('user_edit', customer, kim.pk)}']")

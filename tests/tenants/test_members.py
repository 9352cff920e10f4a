"""Members and invitations: who gets in, with which right, and how the link stays a secret."""

from collections.abc import Callable
from datetime import timedelta
from smtplib import SMTPException
from typing import Any

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.sessions import SessionStore
from apps.audit.actors import Actor, command
from apps.audit.models import Entry
from apps.customers.models import Customer
from apps.tenants import services
from apps.tenants.models import Invitation, Membership, Role, Tenant
from tests import factories

SignIn = Callable[[User | None], Client]
PASSWORD = "a long enough passphrase"  # typed into forms here, opens nothing
ACTOR = command("test")


def members_page(tenant: Tenant, path: str = "") -> str:
    return f"/t/{tenant.slug}/settings/members/{path}"


def link_in(message: Any) -> str:
    address: str = next(word for word in message.body.split() if "/invitation/" in word)
    return "/" + address.split("/", 3)[3]


@pytest.fixture
def invited(tenant: Tenant, administrator: User, sign_in: SignIn) -> str:
    """The path of a link that was mailed to new@example.com."""
    posted = {"email": "New@Example.com", "role": "viewer"}
    response = sign_in(administrator).post(members_page(tenant, "invite/"), posted)
    assert response.status_code == 303
    return link_in(mail.outbox[-1])


def join(client: Client, link: str, **more: str) -> Any:
    fields = {"token": link.split("/")[2], "name": "Newcomer", "password1": PASSWORD, "password2": PASSWORD}
    return client.post("/invitation/join/", {**fields, **more})


def test_an_invited_person_opens_the_link_and_becomes_a_member(
    invited: str, tenant: Tenant, administrator: User
) -> None:
    client = Client()
    page = client.get(invited)
    assert page.status_code == 200 and tenant.name in page.content.decode()
    assert page["Referrer-Policy"] == "no-referrer" and page["Cache-Control"] == "no-store"
    assert join(client, invited).status_code == 303
    member = Membership.objects.get(user__email="new@example.com")
    assert (member.tenant, member.role, member.can_edit_users) == (tenant, Role.VIEWER, False)
    assert (
        client.post("/accounts/login/", {"login": "new@example.com", "password": PASSWORD}).status_code == 302
    )
    assert client.get("/", follow=True).redirect_chain[-1][0] == f"/t/{tenant.slug}/"
    actions = Entry.objects.filter(tenant_id=tenant.pk).order_by("sequence").values_list("action", flat=True)
    assert list(actions) == ["member.invited", "member.joined"]


def test_the_token_is_in_no_session_no_audit_entry_no_log_and_no_table(
    invited: str, caplog: pytest.LogCaptureFixture
) -> None:
    token = invited.split("/")[2]
    client = Client()
    client.get(invited)
    assert join(client, invited, password2="another one").status_code == 422  # typed wrong
    join(client, invited)
    client.get(invited)
    assert token not in caplog.text
    stored = [SessionStore().decode(session.session_data) for session in Session.objects.all()]
    assert token not in str(stored)
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # our own tables
            assert token not in str(cursor.fetchall()), table


def test_a_link_works_once(invited: str) -> None:
    assert join(Client(), invited).status_code == 303
    assert join(Client(), invited, name="Second").status_code == 410
    assert "no longer works" in Client().get(invited).content.decode()
    assert User.objects.filter(email="new@example.com").count() == 1


def test_a_link_runs_out_after_seven_days(invited: str) -> None:
    with time_machine.travel(timezone.now() + timedelta(days=7, minutes=1)):
        assert "no longer works" in Client().get(invited).content.decode()
        assert join(Client(), invited).status_code == 410


def test_sending_again_makes_a_new_link_and_ends_the_old_one(
    invited: str, tenant: Tenant, administrator: User, sign_in: SignIn
) -> None:
    invitation = Invitation.objects.get(email="new@example.com")
    sign_in(administrator).post(members_page(tenant, f"invitations/{invitation.pk}/resend/"))
    assert join(Client(), invited).status_code == 410
    assert join(Client(), link_in(mail.outbox[-1])).status_code == 303


def test_a_withdrawn_invitation_opens_nothing(
    invited: str, tenant: Tenant, administrator: User, sign_in: SignIn
) -> None:
    invitation = Invitation.objects.get(email="new@example.com")
    client = sign_in(administrator)
    assert Client().get(invited).status_code == 200
    client.post(members_page(tenant, f"invitations/{invitation.pk}/withdraw/"))
    assert Client().get(invited).status_code == 410
    assert join(Client(), invited).status_code == 410
    client.post(members_page(tenant, f"invitations/{invitation.pk}/resend/"))
    assert len(mail.outbox) == 1


def test_somebody_with_an_account_signs_in_and_accepts(
    tenant: Tenant, outsider: User, viewer: User, sign_in: SignIn
) -> None:
    services.invite(tenant=tenant, email=outsider.email.upper(), role=Role.VIEWER, actor=ACTOR)
    invitation = Invitation.objects.get(email=outsider.email)
    assert sign_in(viewer).post(f"/invitation/{invitation.pk}/accept/").status_code == 404
    client = sign_in(outsider)
    assert tenant.name in client.get("/").content.decode()
    assert client.post(f"/invitation/{invitation.pk}/accept/").status_code == 303
    assert client.get(f"/t/{tenant.slug}/").status_code == 200
    text = client.get("/").content.decode()
    assert "Choose an organisation" in text and tenant.name in text


def test_an_invitation_to_a_known_address_makes_no_second_account(tenant: Tenant, outsider: User) -> None:
    _, link = services.invite(tenant=tenant, email=outsider.email, role=Role.VIEWER, actor=ACTOR)
    path = "/" + link.split("/", 3)[3]
    page = Client().get(path).content.decode()
    assert "There is an account for this address" in page and 'name="password1"' not in page
    assert join(Client(), path).status_code == 410
    assert not Membership.objects.filter(tenant=tenant, user=outsider).exists()


@pytest.mark.parametrize(
    "posted",
    [
        {"email": "", "role": "viewer"},
        {"email": "not an address", "role": "viewer"},
        {"email": "a@example.com\nBcc: b@example.com", "role": "viewer"},
        {"email": "new@example.com", "role": ""},
        {"email": "new@example.com", "role": "owner"},
        {"email": "new@example.com", "role": "customer"},
        {"email": "new@example.com", "role": "viewer", "can_edit_users": "on"},
    ],
)
def test_a_bad_invitation_is_refused_beside_the_field(
    posted: dict[str, str], tenant: Tenant, administrator: User, sign_in: SignIn
) -> None:
    response = sign_in(administrator).post(members_page(tenant, "invite/"), posted)
    assert response.status_code == 422 and "field__error" in response.content.decode()
    assert not Invitation.objects.exists() and not mail.outbox


def test_members_and_invited_people_are_not_invited_again(
    invited: str, tenant: Tenant, administrator: User, viewer: User, sign_in: SignIn
) -> None:
    client = sign_in(administrator)
    for email in (viewer.email, "NEW@example.com"):
        response = client.post(members_page(tenant, "invite/"), {"email": email, "role": "viewer"})
        assert response.status_code == 422
    assert Invitation.objects.count() == 1


def test_without_a_mail_server_nobody_is_invited(
    tenant: Tenant, administrator: User, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise SMTPException("down")

    monkeypatch.setattr("django.core.mail.EmailMessage.send", refuse)
    response = sign_in(administrator).post(
        members_page(tenant, "invite/"), {"email": "new@example.com", "role": "viewer"}
    )
    assert response.status_code == 503
    assert not Invitation.objects.exists()
    assert not Entry.objects.filter(action="member.invited").exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "\u200b"},
        {"password1": "short", "password2": "short"},
        {"password1": "password1234", "password2": "password1234"},
        {"password1": "new@example.com", "password2": "new@example.com"},
        {"password2": "something else here"},
    ],
)
def test_a_bad_name_or_password_is_refused_beside_the_field(wrong: dict[str, str], invited: str) -> None:
    response = join(Client(), invited, **wrong)
    assert response.status_code == 422 and 'aria-invalid="true"' in response.content.decode()
    assert not User.objects.filter(email="new@example.com").exists()


def test_what_a_newcomer_posts_beside_the_form_is_stored_nowhere(invited: str) -> None:
    join(
        Client(),
        invited,
        role="administrator",
        can_edit_users="on",
        is_staff="on",
        is_superuser="on",
        email="x@y.z",
    )
    user = User.objects.get(email="new@example.com")
    member = Membership.objects.get(user=user)
    assert not user.is_staff and not user.is_superuser
    assert (member.role, member.can_edit_users) == (Role.VIEWER, False)


def test_a_member_gets_another_role(
    tenant: Tenant, administrator: User, viewer: User, sign_in: SignIn
) -> None:
    member = Membership.objects.get(user=viewer)
    posted = {"role": "administrator", "can_edit_users": "on", "is_staff": "on", "tenant": "x"}
    client = sign_in(administrator)
    assert client.post(members_page(tenant, f"{member.pk}/edit/"), posted).status_code == 303
    member.refresh_from_db()
    viewer.refresh_from_db()
    assert member.can_edit_users and not viewer.is_staff and member.tenant == tenant
    entry = Entry.objects.get(action="member.changed")
    assert entry.before == {"role": "viewer", "can_edit_users": False}
    assert entry.after == {"role": "administrator", "can_edit_users": True}


def test_the_last_member_who_may_edit_others_stays(
    tenant: Tenant, administrator: User, limited_administrator: User, sign_in: SignIn
) -> None:
    member = Membership.objects.get(user=administrator)
    client = sign_in(administrator)
    for path, posted in ((f"{member.pk}/edit/", {"role": "viewer"}), (f"{member.pk}/remove/", {})):
        response = client.post(members_page(tenant, path), posted)
        assert response.status_code == 422 and "last Administrator" in response.content.decode()
    member.refresh_from_db()
    assert member.can_edit_users
    assert not Entry.objects.filter(action__in=("member.changed", "member.removed")).exists()


def test_a_member_is_removed_and_gets_404_at_once(
    tenant: Tenant, administrator: User, viewer: User, sign_in: SignIn
) -> None:
    theirs = sign_in(viewer)
    assert theirs.get(f"/t/{tenant.slug}/").status_code == 200
    member = Membership.objects.get(user=viewer)
    client = sign_in(administrator)
    assert "loses access" in client.get(members_page(tenant, f"{member.pk}/remove/")).content.decode()
    assert client.post(members_page(tenant, f"{member.pk}/remove/")).status_code == 303
    assert theirs.get(f"/t/{tenant.slug}/").status_code == 404
    assert "no organisation" in theirs.get("/").content.decode()
    assert User.objects.filter(pk=viewer.pk).exists()


def test_nobody_raises_their_own_rights(tenant: Tenant, administrator: User, viewer: User) -> None:
    member = Membership.objects.get(user=viewer)
    themselves = Actor(kind="person", name=viewer.email, id=str(viewer.pk))
    with pytest.raises(services.NotYourOwnRights):
        services.change_member(
            membership=member, role=Role.ADMINISTRATOR, can_edit_users=True, actor=themselves
        )
    member.refresh_from_db()
    assert member.role == Role.VIEWER


def test_those_without_the_right_change_nobody(
    tenant: Tenant, administrator: User, viewer: User, limited_administrator: User, sign_in: SignIn
) -> None:
    member = Membership.objects.get(user=viewer)
    invitation, _ = services.invite(tenant=tenant, email="new@example.com", role="viewer", actor=ACTOR)
    before = Entry.objects.count()
    for person in (viewer, limited_administrator):
        client = sign_in(person)
        for path in (
            "invite/",
            f"{member.pk}/edit/",
            f"{member.pk}/remove/",
            f"invitations/{invitation.pk}/resend/",
            f"invitations/{invitation.pk}/withdraw/",
        ):
            posted = {"email": "x@example.com", "role": "administrator", "can_edit_users": "on"}
            assert client.post(members_page(tenant, path), posted).status_code == 403
    member.refresh_from_db()
    assert member.role == Role.VIEWER
    assert Entry.objects.count() == before


def test_a_customer_user_is_invited_with_customers_and_sees_those_alone(
    tenant: Tenant, sign_in: SignIn
) -> None:
    theirs = Customer.objects.create(tenant=tenant, name="Their Beans")
    Customer.objects.create(tenant=tenant, name="Other Beans")
    with pytest.raises(services.CannotInvite):
        services.invite(tenant=tenant, email="new@example.com", role=Role.CUSTOMER, actor=ACTOR)
    invitation, _ = services.invite(
        tenant=tenant, email="new@example.com", role=Role.CUSTOMER, customer_ids=[theirs.pk], actor=ACTOR
    )
    user = services.accept_as_new(invitation=invitation, name="New", password=PASSWORD, actor=ACTOR)
    client = sign_in(user)
    text = client.get(f"/t/{tenant.slug}/search/", {"q": "beans"}).content.decode()
    assert "Their Beans" in text and "Other Beans" not in text
    assert client.get(f"/t/{tenant.slug}/settings/members/").status_code == 403


def test_the_members_page_says_who_is_who(
    tenant: Tenant, administrator: User, viewer: User, invited: str, sign_in: SignIn
) -> None:
    factories.MembershipFactory.create(tenant=tenant, role=Role.CUSTOMER, customer_ids=["x", "y"])
    text = sign_in(viewer).get(members_page(tenant)).content.decode()
    assert "of 2 customers" in text and viewer.email in text and "new@example.com" in text
    assert "Invite a member" not in text and "Withdraw" not in text
    assert "Allow this user to edit other users" in text


@pytest.mark.django_db
def test_create_tenant_opens_an_account_with_a_plan_and_a_link() -> None:
    tenant, link = services.create_tenant(
        slug="fresh",
        name="Fresh",
        zone="Pacific/Auckland",
        currency="NZD",
        consignments=500,
        warehouse_orders=250,
        admin_email="boss@example.com",
        actor=ACTOR,
    )
    path = "/" + link.split("/", 3)[3]
    assert join(Client(), path).status_code == 303
    member = Membership.objects.get(tenant=tenant)
    assert member.can_edit_users and member.user.email == "boss@example.com"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong", [{"zone": "Mars/Olympus"}, {"currency": "dollars"}, {"slug": "no spaces"}, {"name": ""}]
)
def test_create_tenant_refuses_what_makes_no_sense(wrong: dict[str, str]) -> None:
    fields: dict[str, Any] = {"slug": "fresh", "name": "Fresh", "zone": "UTC", "currency": "NZD"}
    with pytest.raises(ValidationError):
        services.create_tenant(
            **{**fields, **wrong},
            consignments=1,
            warehouse_orders=1,
            admin_email="a@example.com",
            actor=ACTOR,
        )
    assert not Tenant.objects.exists()

"""Signing in and out, passwords, and how long a session lives."""

import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.sessions import SessionStore
from apps.audit.models import Entry
from apps.tenants.models import Tenant
from tests import factories

SignIn = Callable[[User | None], Client]
PASSWORD = "a long enough passphrase"  # typed into forms here, opens nothing
OTHER = "quite another passphrase"

PAYLOADS = [
    "https://evil.example/",
    "http://evil.example",
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/\\/evil.example",
    "/\t/evil.example",
    "\t//evil.example",
    "/\n/evil.example",
    "/%0a/evil.example",
    "/%09/evil.example",
    " //evil.example",
    "/ /evil.example",
    "\x01//evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "HTTPS://evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "ftp://evil.example",
    "//evil.example@testserver",
    "https://testserver@evil.example",
    "https://testserver.evil.example",
    "https://evil.example#testserver",
    "https://evil.example?testserver",
    "//evil%E3%80%82example",
    "//evil\u3002example",
    "/\u2028/evil.example",
    "\u2003//evil.example",
    "/;//evil.example",
    "/.//evil.example",
    "/..//evil.example",
    "//testserver:80@evil.example",
    "http://[::1]@evil.example",
    "http:\\\\evil.example",
]


@pytest.fixture
def person(viewer: User) -> User:
    viewer.set_password(PASSWORD)
    viewer.save()
    return viewer


def log_in(client: Client, email: str, password: str = PASSWORD, **more: str) -> object:
    return client.post("/accounts/login/", {"login": email, "password": password, **more})


def test_a_person_in_one_organisation_lands_in_it(person: User, tenant: Tenant) -> None:
    client = Client()
    response = client.post(
        "/accounts/login/", {"login": person.email.upper(), "password": PASSWORD}, follow=True
    )
    assert response.redirect_chain[-1][0] == f"/t/{tenant.slug}/"
    entry = Entry.objects.get(action="person.signed_in")
    assert (entry.actor_name, entry.target_id) == (person.email, str(person.pk))


@pytest.mark.django_db
def test_a_person_in_no_organisation_reads_what_to_do(sign_in: SignIn) -> None:
    text = sign_in(factories.UserFactory.create()).get("/").content.decode()
    assert "You are in no organisation yet" in text and "invite" in text


def test_a_person_in_two_organisations_chooses(person: User, tenant: Tenant, sign_in: SignIn) -> None:
    other = factories.MembershipFactory.create(user=person).tenant
    client = sign_in(person)
    text = client.get("/").content.decode()
    assert f"/t/{tenant.slug}/" in text and f"/t/{other.slug}/" in text
    assert other.name in client.get(f"/t/{tenant.slug}/").content.decode()


def test_staff_without_an_organisation_land_at_the_desk(staff: User, sign_in: SignIn) -> None:
    assert sign_in(staff).get("/")["Location"] == "/admin/"


@pytest.mark.parametrize("payload", PAYLOADS)
def test_sign_in_never_leads_to_another_origin(payload: str, person: User) -> None:
    client = Client()
    responses = [
        client.get("/accounts/login/", {"next": payload}),
        client.post("/accounts/login/", {"login": person.email, "password": PASSWORD, "next": payload}),
    ]
    responses.append(client.get("/accounts/login/", {"next": payload}))
    responses.append(client.post("/accounts/logout/", {"next": payload}))
    for response in responses:
        target = response.get("Location", "/")
        parts = urlsplit(target)
        assert not parts.netloc and not parts.scheme and re.fullmatch(r"/(?![/\\])[!-\[\]-~]*", target), (
            target
        )


def test_sign_in_goes_back_to_the_page_that_was_asked_for(person: User, tenant: Tenant) -> None:
    client = Client()
    wanted = f"/t/{tenant.slug}/more/help/?a=1"
    asked = client.get(wanted)
    assert asked["Location"].startswith("/accounts/login/?next=")
    page = client.get(asked["Location"]).content.decode()
    assert 'name="next"' in page
    response = client.post("/accounts/login/", {"login": person.email, "password": PASSWORD, "next": wanted})
    assert response["Location"] == wanted


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(person: User) -> None:
    answers = [
        Client().post("/accounts/login/", {"login": email, "password": OTHER})
        for email in (person.email, "nobody@example.com")
    ]
    assert [answer.status_code for answer in answers] == [422, 422]
    texts = [
        re.sub(r'value="[^"]*"|\{"X-CSRFToken[^}]*\}', "", answer.content.decode()) for answer in answers
    ]
    assert texts[0] == texts[1]
    refused = Entry.objects.filter(action="person.sign_in_refused")
    assert sorted(entry.target_id for entry in refused) == ["", str(person.pk)]


def test_a_stranger_who_types_wrong_passwords_locks_nobody_out(person: User) -> None:
    stranger = Client(REMOTE_ADDR="203.0.113.9")
    for _ in range(6):
        answer = stranger.post("/accounts/login/", {"login": person.email, "password": OTHER})
    assert "Too many failed login attempts" in answer.content.decode()
    right_but_throttled = stranger.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    assert right_but_throttled.status_code == 422
    home = Client(REMOTE_ADDR="198.51.100.4")
    assert home.post("/accounts/login/", {"login": person.email, "password": PASSWORD}).status_code == 302


@pytest.mark.parametrize(
    "address",
    [
        "/accounts/signup/",
        "/accounts/email/",
        "/accounts/confirm-email/",
        "/accounts/password/set/",
        "/accounts/login/code/",
        "/accounts/2fa/webauthn/",
    ],
)
def test_what_is_closed_is_not_there(address: str, person: User, sign_in: SignIn) -> None:
    for client in (Client(), sign_in(person)):
        assert client.get(address).status_code == 404
        assert client.post(address, {"email": "x@example.com"}).status_code == 404
    assert not User.objects.filter(email="x@example.com").exists()


def test_the_session_id_changes_at_sign_in_and_the_old_one_is_dead(person: User) -> None:
    client = Client()
    session = client.session
    session["planted"] = "yes"
    session.save()
    planted = client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    assert log_in(client, person.email).status_code == 302  # type: ignore[attr-defined]
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != planted
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = planted
    assert thief.get("/").status_code == 302 and "login" in thief.get("/")["Location"]


def test_a_password_change_renews_this_session_and_ends_the_others(person: User, tenant: Tenant) -> None:
    here, elsewhere = Client(), Client()
    log_in(here, person.email)
    log_in(elsewhere, person.email)
    before = here.cookies[settings.SESSION_COOKIE_NAME].value
    posted = {"oldpassword": PASSWORD, "password1": OTHER, "password2": OTHER}
    assert here.post("/accounts/password/change/", posted)["Location"] == "/"
    assert here.cookies[settings.SESSION_COOKIE_NAME].value != before
    assert here.get(f"/t/{tenant.slug}/").status_code == 200
    assert elsewhere.get(f"/t/{tenant.slug}/").status_code == 302
    stale = Client()
    stale.cookies[settings.SESSION_COOKIE_NAME] = before
    assert stale.get(f"/t/{tenant.slug}/").status_code == 302
    assert Entry.objects.filter(action="person.password_changed", target_id=str(person.pk)).count() == 1


@pytest.mark.parametrize(
    "posted",
    [
        {"oldpassword": OTHER, "password1": OTHER, "password2": OTHER},
        {"oldpassword": PASSWORD, "password1": "short", "password2": "short"},
        {"oldpassword": PASSWORD, "password1": OTHER, "password2": PASSWORD},
        {},
    ],
)
def test_a_bad_password_change_is_refused_beside_the_field(
    posted: dict[str, str], person: User, sign_in: SignIn
) -> None:
    response = sign_in(person).post("/accounts/password/change/", posted)
    assert response.status_code == 422 and 'aria-invalid="true"' in response.content.decode()
    person.refresh_from_db()
    assert person.check_password(PASSWORD)


def test_a_session_ends_after_idling_and_after_its_absolute_life(
    person: User, tenant: Tenant, settings: object
) -> None:
    address, start = f"/t/{tenant.slug}/", timezone.now()
    idle, life = settings.SESSION_IDLE_SECONDS, settings.SESSION_ABSOLUTE_SECONDS  # type: ignore[attr-defined]
    with time_machine.travel(start, tick=False) as clock:
        client = Client()
        log_in(client, person.email)
        assert client.get(address).status_code == 200
        clock.shift(timedelta(seconds=idle - 1))
        assert client.get(address).status_code == 200
        clock.shift(timedelta(seconds=idle))
        assert client.get(address).status_code == 302
        busy = Client()
        log_in(busy, person.email)
        busy.get(address)
        for _ in range(life // (idle // 2) - 1):
            clock.shift(timedelta(seconds=idle // 2))
            assert busy.get(address).status_code == 200
        clock.shift(timedelta(seconds=idle // 2))
        assert busy.get(address).status_code == 302


def test_signing_out_needs_a_post_and_kills_the_session(person: User, tenant: Tenant) -> None:
    client = Client()
    log_in(client, person.email)
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    assert client.get("/accounts/logout/").status_code == 200
    assert client.get(f"/t/{tenant.slug}/").status_code == 200
    client.post("/accounts/logout/")
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = key
    assert thief.get(f"/t/{tenant.slug}/").status_code == 302
    assert Entry.objects.filter(action="person.signed_out").exists()


def test_a_forgotten_password_is_reset_by_a_link_that_works_once(person: User, settings: object) -> None:
    settings.BASE_URL = "https://gatepass.example"  # type: ignore[attr-defined]
    client = Client()
    assert client.post("/accounts/password/reset/", {"email": person.email}).status_code == 302
    link = next(word for word in mail.outbox[-1].body.split() if "/password/reset/key/" in word)
    assert link.startswith("https://gatepass.example/")
    path = "/" + link.split("/", 3)[3]
    form = client.get(path, follow=True)
    address = form.redirect_chain[-1][0]
    assert client.post(address, {"password1": "short", "password2": "short"}).status_code == 422
    assert client.post(address, {"password1": OTHER, "password2": OTHER}).status_code == 302
    assert "no longer works" in Client().get(path, follow=True).content.decode()
    assert log_in(Client(), person.email, OTHER).status_code == 302  # type: ignore[attr-defined]
    assert Entry.objects.filter(action="person.password_reset").exists()


def test_asking_for_a_reset_says_the_same_whether_the_address_is_known_or_not(person: User) -> None:
    answers = [
        Client().post("/accounts/password/reset/", {"email": email}, follow=True)
        for email in (person.email, "nobody@example.com")
    ]
    pages = [
        re.sub(r'value="[^"]*"|\{"X-CSRFToken[^}]*\}', "", answer.content.decode()) for answer in answers
    ]
    assert pages[0] == pages[1]
    assert [message.to for message in mail.outbox] == [[person.email], ["nobody@example.com"]]


def test_somebody_who_was_stopped_from_signing_in_is_out_at_once(person: User, tenant: Tenant) -> None:
    client = Client()
    log_in(client, person.email)
    person.is_active = False
    person.save()
    assert client.get(f"/t/{tenant.slug}/").status_code == 302
    assert (
        Client()
        .post("/accounts/login/", {"login": person.email, "password": PASSWORD}, follow=True)
        .redirect_chain[-1][0]
        == "/accounts/inactive/"
    )


@pytest.mark.parametrize(
    "address",
    ["/accounts/login/", "/accounts/logout/", "/accounts/password/change/", "/accounts/password/reset/"],
)
def test_a_post_without_a_csrf_token_is_refused(address: str, person: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(person)
    assert client.post(address, {"login": person.email}).status_code == 403


def test_a_session_in_the_database_can_be_read_by_nobody_without_the_sealing_keys(
    person: User, settings: object
) -> None:
    client = Client()
    log_in(client, person.email)
    stored = Session.objects.get(pk=client.session.session_key).session_data
    assert stored.startswith("s1.") and SessionStore().decode(stored)["_auth_user_id"] == str(person.pk)
    settings.SEALING_KEYS = "other:b3RoZXIta2V5LW90aGVyLWtleS1vdGhlci1rZXktMzI="  # type: ignore[attr-defined]
    assert SessionStore().decode(stored) == {}


def test_a_change_of_password_is_told_by_mail_and_done_without_a_mail_server(
    person: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client()
    log_in(client, person.email)
    posted = {"oldpassword": PASSWORD, "password1": OTHER, "password2": OTHER}
    client.post("/accounts/password/change/", posted)
    assert mail.outbox[-1].to == [person.email] and "reset your password at once" in mail.outbox[-1].body

    def refuse(*args: object, **kwargs: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr("django.core.mail.EmailMessage.send", refuse)
    posted = {"oldpassword": OTHER, "password1": PASSWORD, "password2": PASSWORD}
    assert client.post("/accounts/password/change/", posted).status_code == 302
    asked = Client(raise_request_exception=False).post("/accounts/password/reset/", {"email": person.email})
    assert asked.status_code == 503 and asked["Retry-After"]

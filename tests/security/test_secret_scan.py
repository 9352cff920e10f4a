"""A secret is in exactly one answer and nowhere else (promises 1, 2 and 3)."""

import base64
import csv
import io
import logging
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache as django_cache
from django.db import connection
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from lxml import html

from apps.accounts.models import User
from apps.audit.models import Entry
from apps.clients.models import ApiClient
from tests import factories
from tests.access_table import TENANT_ROUTES
from tests.routes import every_route
from tests.security.conftest import Day, Recorder, at
from tests.security.scanner import Scanner, cache, database, encodings
from tests.test_access_table import address

PLANTED = "gp_cs_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrs"


# --- The scanner finds what is there ----------------------------------------------------------------------------


@pytest.mark.parametrize("form", list(encodings(PLANTED)))
@pytest.mark.parametrize("before", [b"", b"x", b"xy", b"xyz"])
def test_every_form_is_found_wherever_it_stands(form: str, before: bytes) -> None:
    scanner = Scanner([PLANTED, "another-secret-entirely-91"])
    found = scanner.search([("here", before + encodings(PLANTED)[form] + b"!")])
    assert form in {finding.form for finding in found}
    assert {finding.number for finding in found} == {0}


@pytest.mark.parametrize("offset", range(9))
def test_base64_is_found_at_each_offset_in_real_text(offset: int) -> None:
    text = b"p" * offset + PLANTED.encode() + b"tail" * offset
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        assert Scanner([PLANTED]).search([("here", encode(text))]), offset


def test_nothing_is_found_where_nothing_is() -> None:
    assert not Scanner([PLANTED]).search([("here", PLANTED[:-1] + "?"), ("there", "gp_cs_" + "0" * 49)])


@pytest.mark.django_db
def test_what_is_planted_in_the_database_is_found(day: Day) -> None:
    secret = sorted(day.secrets)[0]
    scanner = Scanner(day.secrets)
    person = factories.UserFactory.create()
    # A column of any length: some forms of a secret are six times as long as the secret.
    kept = {"expire_date": timezone.now() + timedelta(days=1)}
    for form, needle in encodings(secret).items():
        if b"\0" in needle:
            continue
        Session.objects.update_or_create(
            session_key="planted", defaults={**kept, "session_data": f"a{needle.decode()}b"}
        )
        found = scanner.search(database())
        place = "django_session.session_data"
        assert {(finding.form, finding.place) for finding in found} >= {(form, place)}, form
    Session.objects.filter(session_key="planted").delete()
    browser = day.browser(person)
    session = browser.session
    session["planted"] = "x" * 200 + secret
    session.save()
    connection.cursor().execute(
        "UPDATE django_session SET session_data = %s WHERE session_key = %s",
        [plain_session({"planted": "x" * 200 + secret}), session.session_key],
    )
    assert any(finding.place.startswith("django_session") for finding in scanner.search(database()))


def plain_session(content: dict[str, str]) -> str:
    return SessionStore().encode(content)


@pytest.mark.django_db
def test_what_is_planted_in_the_cache_the_log_a_page_or_a_mail_is_found(day: Day) -> None:
    secret = sorted(day.world.secrets)[0]
    scanner = Scanner(day.secrets)
    django_cache.set("planted", {"deep": [secret]})
    assert scanner.search(cache())
    assert scanner.search([("page", f"<td>{secret}</td>")])
    logging.getLogger("apps.planted").debug("with dashes: %s", "-".join(secret))
    assert not scanner.search([("log", day.log.getvalue())]), "the filter redacts what it knows"
    day.log.write(secret)
    assert scanner.search([("log", day.log.getvalue())])


# --- And finds none of ours -------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_every_path_made_secrets(day: Day) -> None:
    paths = {re.sub(r"^\d+ |[0-9a-f-]{36}/", "", path) for path in day.shown}
    assert len(paths) == 8, paths
    assert len(set().union(*day.shown.values())) == sum(map(len, day.shown.values()))
    assert len(day.printed) == 10 and len(day.mailed) == 2
    assert len(day.secrets) >= 30


@pytest.mark.django_db
def test_no_secret_is_in_the_database_the_sessions_the_cache_or_the_log(day: Day) -> None:
    scanner = Scanner(day.secrets)
    assert not scanner.search(database())
    assert not scanner.search(cache())
    written = day.log.getvalue()
    assert "INSERT INTO" in written and "tenants_invitation" in written, "the log was not captured"
    assert not scanner.search(("log", line) for line in written.splitlines())


@pytest.mark.django_db
def test_mails_hold_the_links_that_they_are_for_and_nothing_else(day: Day) -> None:
    texts = [(f"mail {message.subject}", message.message().as_bytes()) for message in mail.outbox]
    assert texts
    assert not Scanner(day.secrets - day.mailed).search(texts)


@pytest.mark.django_db
def test_each_secret_is_in_one_answer_that_nothing_keeps(day: Day) -> None:
    holding = {
        secret: [kept.answer for kept in day.answers if secret.encode() in kept.body]
        for secret in set().union(*day.shown.values())
    }
    assert {len(answers) for answers in holding.values()} == {1}
    for answers in holding.values():
        headers = answers[0].headers
        assert "no-store" in headers["Cache-Control"]
        if headers["Content-Type"].startswith("text/html"):
            assert headers["Referrer-Policy"] == "no-referrer"
            page = html.fromstring(answers[0].content)
            assert page.xpath("//body[@hx-history='false'] | //*[@hx-history='false']")
            assert not answers[0].cookies.get("messages")


@pytest.mark.django_db
def test_no_page_shows_a_secret_again(day: Day, staff: User, request: pytest.FixtureRequest) -> None:
    """Reload, back, second submit, every page and export, as everybody who might see one, by htmx too."""
    scanner = Scanner(day.secrets)
    day.answers.clear()
    logging.disable()  # the log is looked at elsewhere, and writing it takes longest
    request.addfinalizer(lambda: logging.disable(logging.NOTSET))
    before = Entry.objects.filter(action__contains="generated").count()
    browser = day.browser(day.world.administrator)
    for path, data in day.forms:
        for headers in ({}, {"HX-Request": "true"}):
            again = browser.post(path, data, headers=headers)
            assert again.status_code in (303, 409, 422, 200, 204), path
        browser.get(path)
        browser.get(path, headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})
    assert Entry.objects.filter(action__contains="generated").count() == before
    crawl(day, browser, whole=True)
    for person in (day.world.limited_administrator, day.world.viewer):
        crawl(day, day.browser(person))
    desk(day.browser(staff))
    assert len(day.answers) >= 500
    assert {kept.answer.status_code for kept in day.answers} >= {200, 403, 404, 405}
    assert not scanner.search((kept.place, kept.body) for kept in day.answers)
    assert not scanner.search((kept.place, str(kept.answer.headers)) for kept in day.answers)


WAYS: tuple[dict[str, str], ...] = (
    {},
    {"HX-Request": "true"},
    {"HX-Request": "true", "HX-History-Restore-Request": "true"},
)


def crawl(day: Day, browser: Recorder, whole: bool = False) -> None:
    """Every address of the organisation, and on request in the ways in which htmx asks too."""
    for route in every_route():
        if route.is_tenant and route.name in TENANT_ROUTES:
            for headers in WAYS if whole else WAYS[:1]:
                browser.get(address(route, day.world), headers=headers)
    for client in ApiClient.objects.all():
        for name in ("detail", "edit", "generate"):
            browser.get(at(f"clients:{name}", client.pk))
    browser.get(at("portal:dashboard") + "nothing-here/")


def desk(browser: Recorder) -> None:
    """Every list and every object of the support desk."""
    for path in desk_pages():
        answer = browser.get(path)
        assert answer.status_code in (200, 302, 403), f"{path}: {answer.status_code}"


def desk_pages() -> Iterator[str]:
    """The index, and for each model that is registered its list, its form and up to ten objects with their history."""
    yield reverse("admin:index")
    for model in apps.get_models():
        if not admin.site.is_registered(model):
            continue
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"{name}_changelist")
        yield reverse(f"{name}_add")
        for row in model._default_manager.all()[:10]:
            for page in ("change", "history", "delete"):
                try:
                    yield reverse(f"{name}_{page}", args=[row.pk])
                except NoReverseMatch:
                    continue


@pytest.mark.django_db
def test_no_export_holds_a_secret(day: Day) -> None:
    scanner = Scanner(day.secrets)
    browser = day.browser(day.world.administrator)
    exports = ("portal:audit_csv", "billing:usage_export")
    for path in (*map(at, exports), at("billing:statement_export", day.world.of_kwarg("monday"))):
        assert browser.get(path).status_code == 200
        body = day.answers[-1].body
        assert len(list(csv.reader(io.StringIO(body.decode())))) > 0
        assert not scanner.search([(path, body)])

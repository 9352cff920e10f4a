"""Promise 21: a session that ended at one server is dead at all of them."""

import re

import pytest
from django.conf import settings
from django.urls import reverse

from tests.promises.conftest import SERVERS, Office
from tests.promises.web import Answer, Web, cookies_of

pytestmark = pytest.mark.slow
PASSWORD, NEW_PASSWORD = "Kestrel-paper-41-lantern", "Lantern-kestrel-73-paper"
CONNECTIONS = 8 * SERVERS
OPEN, SIGN_IN, NOT_THERE = 200, 302, 404
SESSION = re.compile(rf"{settings.SESSION_COOKIE_NAME}=(\w+)")


def asked(port: int, office: Office, cookies: dict[str, str]) -> set[int]:
    """How the organisation's pages answer, over enough connections that every server is asked."""
    path = reverse("tenants:warehouses", args=[office.tenant.slug])
    said = set()
    for _ in range(CONNECTIONS):
        with Web(port, **cookies) as web:
            said.add(web.get(path).status)
    return said


def renewed(cookies: dict[str, str], answer: Answer) -> dict[str, str]:
    """What the browser sends after an answer that set another session."""
    found = SESSION.search(answer.cookies)
    assert found and found[0] not in cookies["Cookie"]
    return {**cookies, "Cookie": SESSION.sub(found[0], cookies["Cookie"])}


def test_a_password_change_ends_every_other_session_at_every_server(port: int, office: Office) -> None:
    person = office.administrator
    person.set_password(PASSWORD)
    person.save()
    here, elsewhere = cookies_of(person), cookies_of(person)
    assert asked(port, office, here) == asked(port, office, elsewhere) == {OPEN}
    form = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    with Web(port, **here) as web:
        changed = web.post(reverse("account_change_password"), form)
    assert changed.status == 302
    assert asked(port, office, renewed(here, changed)) == {OPEN}
    assert asked(port, office, here) == asked(port, office, elsewhere) == {SIGN_IN}


def test_signing_out_and_in_leaves_nothing_of_the_session_before(port: int, office: Office) -> None:
    person = office.administrator
    person.set_password(PASSWORD)
    person.save()
    before = cookies_of(person)
    with Web(port, **before) as web:
        assert web.post(reverse("account_logout"), {}).status == 302
        assert asked(port, office, before) == {SIGN_IN}
        signed_in = web.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    assert signed_in.status == 302
    assert asked(port, office, renewed(before, signed_in)) == {OPEN}
    assert asked(port, office, before) == {SIGN_IN}


def test_removing_a_member_shuts_the_organisation_at_every_server(port: int, office: Office) -> None:
    assert asked(port, office, office.cookies) == {OPEN}
    office.tenant.memberships.filter(user=office.administrator).delete()
    assert asked(port, office, office.cookies) == {NOT_THERE}

"""The second factor: for everybody who wants one, and required of support staff."""

import re
from collections.abc import Callable

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from django.test import Client

from apps.accounts import services
from apps.accounts.models import User
from apps.audit.actors import command
from apps.audit.models import Entry

# What allauth announces after the commit needs one.
pytestmark = pytest.mark.django_db(transaction=True)

SignIn = Callable[[User | None], Client]
PASSWORD = "a long enough passphrase"  # typed into forms here, opens nothing


def code(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, list(yield_hotp_counters_from_time())[1]))


def set_up(client: Client) -> tuple[str, list[str]]:
    """Set an authenticator app up; return its key and the recovery codes."""
    client.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": "/accounts/2fa/totp/activate/"})
    page = client.get("/accounts/2fa/totp/activate/").content.decode()
    found = re.search(r">([A-Z2-7]{32})<", page)
    assert found, page
    answer = client.post("/accounts/2fa/totp/activate/", {"code": code(found[1])}, follow=True)
    assert answer["Cache-Control"] and "no-store" in answer["Cache-Control"]
    return found[1], re.findall(r"(?:^|>)(\d{8})$", answer.content.decode(), re.MULTILINE)


def sign_in_by_form(user: User) -> Client:
    client = Client()
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    return client


@pytest.fixture
def agent(staff: User) -> User:
    staff.set_password(PASSWORD)
    staff.save()
    return staff


def test_staff_reach_the_desk_with_a_second_factor_only(agent: User, settings: object) -> None:
    settings.STAFF_SECOND_FACTOR = True  # type: ignore[attr-defined]
    client = sign_in_by_form(agent)
    for address in ("/admin/", "/admin/accounts/user/"):
        assert client.get(address)["Location"].startswith("/accounts/2fa/totp/activate/")
    secret, codes = set_up(client)
    assert len(codes) == 10
    assert client.get("/admin/").status_code == 200
    again = sign_in_by_form(agent)
    assert again.get("/admin/").status_code == 302
    assert again.post("/accounts/2fa/authenticate/", {"code": "000"}).status_code == 422
    cache.clear()
    assert again.post("/accounts/2fa/authenticate/", {"code": code(secret)}).status_code == 302
    assert again.get("/admin/").status_code == 200


def test_a_session_from_before_the_second_factor_has_to_prove_it(agent: User, settings: object) -> None:
    settings.STAFF_SECOND_FACTOR = True  # type: ignore[attr-defined]
    older = sign_in_by_form(agent)
    set_up(sign_in_by_form(agent))
    assert older.get("/admin/")["Location"].startswith("/accounts/2fa/reauthenticate/?next=%2Fadmin%2F")


def test_without_the_setting_a_password_is_enough(agent: User, settings: object) -> None:
    settings.STAFF_SECOND_FACTOR = False  # type: ignore[attr-defined]
    assert sign_in_by_form(agent).get("/admin/").status_code == 200


def test_the_admins_own_sign_in_is_the_one_sign_in(viewer: User, sign_in: SignIn) -> None:
    assert Client().get("/admin/login/")["Location"].startswith("/accounts/login/")
    assert Client().post("/admin/login/", {"username": "a", "password": "b"}).status_code == 302
    assert sign_in(viewer).get("/admin/login/").status_code == 403
    assert sign_in(viewer).get("/admin/").status_code in (302, 403)
    assert sign_in(viewer).get("/admin/password_change/")["Location"] == "/accounts/password/change/"


def test_the_key_is_sealed_and_in_no_page_after_its_own(viewer: User) -> None:
    viewer.set_password(PASSWORD)
    viewer.save()
    client = sign_in_by_form(viewer)
    secret, codes = set_up(client)
    stored = "".join(str(row.data) for row in Authenticator.objects.all())
    assert secret not in stored and stored.count("s1.") == 2
    for address in ("/accounts/2fa/", "/accounts/2fa/recovery-codes/", "/"):
        text = client.get(address, follow=True).content.decode()
        assert secret not in text and not any(one in text for one in codes)
    assert secret not in str(client.session.items())
    added = Entry.objects.filter(action="second_factor.added")
    assert sorted(entry.after["kind"] for entry in added) == ["recovery_codes", "totp"]


def test_a_recovery_code_signs_in_once(viewer: User) -> None:
    viewer.set_password(PASSWORD)
    viewer.save()
    _, codes = set_up(sign_in_by_form(viewer))
    first, second = sign_in_by_form(viewer), sign_in_by_form(viewer)
    assert first.post("/accounts/2fa/authenticate/", {"code": codes[0]}).status_code == 302
    assert second.post("/accounts/2fa/authenticate/", {"code": codes[0]}).status_code == 422
    assert Entry.objects.filter(action="second_factor.refused").exists()


def test_support_resets_a_lost_second_factor_with_a_reason(viewer: User) -> None:
    viewer.set_password(PASSWORD)
    viewer.save()
    set_up(sign_in_by_form(viewer))
    removed = services.reset_second_factor(viewer, reason="Phone lost", actor=command("reset_second_factor"))
    assert removed == 2 and not Authenticator.objects.exists()
    assert Entry.objects.get(action="second_factor.reset").after["reason"] == "Phone lost"


def test_staff_cannot_remove_the_second_factor_that_is_required(agent: User, settings: object) -> None:
    settings.STAFF_SECOND_FACTOR = True  # type: ignore[attr-defined]
    client = sign_in_by_form(agent)
    set_up(client)
    client.post("/accounts/2fa/totp/deactivate/")
    assert Authenticator.objects.filter(type="totp").exists()

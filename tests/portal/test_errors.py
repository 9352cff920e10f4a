"""Error pages: each says what to do next, and none needs what may be broken."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404, HttpRequest
from django.test import Client, RequestFactory
from django_htmx.middleware import HtmxDetails
from lxml import html
from pytest_django import DjangoAssertNumQueries

from apps.accounts.middleware import SEEN
from apps.accounts.models import User
from apps.accounts.sessions import SessionStore
from apps.portal import errors
from apps.tenants.access import MissingRight, Need, enter
from apps.tenants.models import Tenant


def request_of(user: User, tenant: Tenant, *, htmx: bool = False) -> HttpRequest:
    request = RequestFactory().get("/", **({"HTTP_HX_REQUEST": "true"} if htmx else {}))
    request.user = user
    request.htmx = HtmxDetails(request)
    request.access = enter(request, tenant.slug)
    return request


def refusal(request: HttpRequest) -> MissingRight:
    with pytest.raises(MissingRight) as caught:
        request.access.require(Need.MANAGE)
    return caught.value


def test_a_refused_page_names_each_missing_right_and_whom_to_ask(
    viewer: User, administrator: User, tenant: Tenant
) -> None:
    tenant.account_manager_name = "Priya Nair"
    tenant.save()
    request = request_of(viewer, tenant)
    response = errors.permission_denied(request, refusal(request))
    text = html.fromstring(response.content).xpath("//main")[0].text_content()
    assert response.status_code == 403
    assert "Allow this user to edit other users" in text
    assert administrator.email in text
    assert "Priya Nair" in text


def test_a_limited_administrator_is_told_of_the_one_right_that_is_missing(
    limited_administrator: User, tenant: Tenant
) -> None:
    request = request_of(limited_administrator, tenant)
    exception = refusal(request)
    badges = html.fromstring(errors.permission_denied(request, exception).content).xpath(
        "//main//*[contains(@class, 'badge')]"
    )
    assert [badge.text_content().strip() for badge in badges] == ["Allow this user to edit other users"]


def test_a_customer_user_is_not_told_who_works_for_the_organisation(
    customer_user: User, administrator: User, tenant: Tenant
) -> None:
    request = request_of(customer_user, tenant)
    assert administrator.email not in errors.permission_denied(request, refusal(request)).content.decode()


def test_a_fragment_that_is_refused_becomes_a_notice(viewer: User, tenant: Tenant) -> None:
    request = request_of(viewer, tenant, htmx=True)
    response = errors.permission_denied(request, refusal(request))
    assert response["HX-Retarget"] == "#toasts"
    assert "Allow this user to edit other users" in response.content.decode()
    assert "<html" not in response.content.decode()


@pytest.mark.parametrize(
    ("handler", "status", "words"),
    [
        (lambda request: errors.bad_request(request, Exception()), 400, "can't be read"),
        (lambda request: errors.permission_denied(request, PermissionDenied()), 403, "can't open"),
        (errors.csrf_failure, 403, "out of date"),
        (lambda request: errors.page_not_found(request, Http404()), 404, "not found"),
        (errors.too_many_requests, 429, "Too many"),
    ],
)
def test_each_error_has_a_page_with_a_way_on(
    viewer: User, tenant: Tenant, handler: object, status: int, words: str
) -> None:
    response = handler(request_of(viewer, tenant))  # type: ignore[operator]  # every case is a function
    page = html.fromstring(response.content)
    assert response.status_code == status
    assert words in page.xpath("//h1")[0].text_content()
    assert page.xpath("//main//a[contains(@class, 'button')]")
    assert handler(request_of(viewer, tenant, htmx=True))["HX-Retarget"] == "#toasts"  # type: ignore[operator]


def test_the_pages_of_last_resort_ask_the_database_nothing(
    db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        assert errors.server_error(RequestFactory().get("/")).status_code == 500
        assert errors.unavailable(RequestFactory().get("/"))["Retry-After"] == "30"


def test_an_address_that_is_nobodys_is_not_found(client: Client, db: None) -> None:
    response = client.get("/there-is-no-such-page/")
    assert response.status_code == 404
    assert "Page not found" in response.content.decode()


@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize("where", ["the page", "the session"])
def test_a_database_that_is_gone_is_a_clean_503_under_debug_too(
    where: str, debug: bool, viewer: User, tenant: Tenant, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*args: object, **kwargs: object) -> None:
        raise OperationalError("no connection to 10.1.2.3")

    settings.DEBUG = debug
    client = Client(raise_request_exception=False)
    client.force_login(viewer)
    if where == "the session":
        monkeypatch.setattr(SessionStore, "load", gone)
    else:
        monkeypatch.setattr("apps.tenants.access.enter", gone)
    answer = client.get(f"/t/{tenant.slug}/contacts/customers/")
    assert answer.status_code == 503
    assert answer["Retry-After"]
    assert "not available at the moment" in answer.content.decode()
    assert "10.1.2.3" not in answer.content.decode()


def test_a_session_that_can_not_be_stored_is_503_and_not_a_session_that_has_ended(
    viewer: User, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(viewer)
    session = client.session
    session[SEEN] = 1
    session.save()
    monkeypatch.setattr("apps.accounts.middleware.time.time", lambda: 100.0)

    def locked(*args: object, **kwargs: object) -> None:
        raise OperationalError("database is locked")

    with monkeypatch.context() as patch:
        patch.setattr(SessionStore.get_model_class(), "save", locked)
        assert client.get(f"/t/{tenant.slug}/").status_code == 503
    assert client.get(f"/t/{tenant.slug}/").status_code == 200


@pytest.mark.parametrize("path", ["nothing/", "warehouse/orders/00000000-0000-4000-8000-000000000000/"])
def test_under_debug_too_what_is_not_there_is_said_on_our_own_page(
    administrator: User, sign_in: Any, settings: Any, path: str
) -> None:
    settings.DEBUG = True
    answer = sign_in(administrator).get(f"/t/coastal/{path}")
    assert answer.status_code == 404
    page = html.fromstring(answer.content)
    assert page.xpath("//main//h1") and "URLconf" not in page.text_content()

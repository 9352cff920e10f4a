"""Channels, bearer tokens and access tokens on screen."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.clients import services
from apps.clients.authenticate import Refused, authenticate_bearer, authenticate_client
from apps.clients.models import ApiClient
from apps.usage.models import Call
from apps.webhooks.endpoints import create_endpoint
from apps.webhooks.models import Endpoint
from tests.clients.conftest import ACTOR
from tests.factories import WarehouseFactory
from tests.pages import read
from tests.world import a_call

SECRET = re.compile(r"gp_(?:cs|bt|at)_[0-9A-Za-z]{49}")


@pytest.fixture
def portal(sign_in, administrator, plan):
    return sign_in(administrator)


def url(name, *args):
    return reverse(f"clients:{name}", args=["coastal", *args])


def text_of(response):
    return response.content.decode()


CHANNEL = {
    "name": "Web shop",
    "configuration": "smart",
    "threshold_weight": "0.5",
    "threshold_volume": "0.01",
    "webhook_url": "https://hooks.example.com/orders",
    "auth_token": "receiver-token-1",
}


def test_channel_token_is_generated_confirmed_and_shown(portal):
    response = portal.post(url("channel_add"), {**CHANNEL, "creation_key": uuid4()})
    page = text_of(response)
    client = ApiClient.objects.get()
    password = SECRET.search(page)[0]
    assert response["Cache-Control"] == "no-store"
    assert "not saved in the system" in page
    assert 'aria-label="Username"' in page
    assert 'aria-label="Password"' in page
    with pytest.raises(Refused):
        authenticate_client(client.client_id, password, None)
    version = re.search(r'name="version" value="(\d+)"', page)[1]
    confirmed = portal.post(url("channel_confirm", client.pk), {"version": version, "saved": "on"})
    token = SECRET.search(text_of(confirmed))[0]
    assert authenticate_bearer(token, None).client_id == client.pk
    assert authenticate_client(client.client_id, password, None)
    assert Endpoint.objects.get(client_id=client.pk).url == CHANNEL["webhook_url"]
    again = portal.post(url("channel_confirm", client.pk), {"version": version, "saved": "on"})
    assert again.status_code == 409
    assert not SECRET.search(text_of(again))
    assert "Web shop" in text_of(portal.get(url("channels")))
    assert "receiver-token-1" not in text_of(portal.get(url("detail", client.pk)))


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"configuration": "magic"},
        {"threshold_weight": "1e3"},
        {"threshold_weight": "0"},
        {"threshold_volume": "-1"},
        {"threshold_volume": "１２"},
        {"webhook_url": "http://hooks.example.com/"},
        {"webhook_url": "javascript:alert(1)"},
        {"webhook_url": "https://169.254.169.254/latest/meta-data"},
        {"webhook_url": "https://127.1/orders"},
        {"webhook_url": "https://a:b@hooks.example.com/"},
        {"auth_token": "é"},
        {"auth_token": ""},
    ],
)
def test_channel_answers_that_make_no_sense_are_refused(portal, change):
    response = portal.post(url("channel_add"), {**CHANNEL, "creation_key": uuid4(), **change})
    assert response.status_code == 422
    assert 'aria-invalid="true"' in text_of(response)
    assert not ApiClient.objects.exists()


def test_channel_form_submitted_twice_creates_one(portal):
    data = {**CHANNEL, "creation_key": uuid4()}
    assert portal.post(url("channel_add"), data).status_code == 200
    again = portal.post(url("channel_add"), data)
    assert again.status_code == 409
    assert not SECRET.search(text_of(again))
    assert ApiClient.objects.count() == 1


def test_bearer_token_of_a_use_case(portal):
    response = portal.post(url("token_add"), {"name": "Order Management", "creation_key": uuid4()})
    token = SECRET.search(text_of(response))[0]
    who = authenticate_bearer(token, None)
    assert who.roles == ("WMS_CREATE_JOBS", "TMS_CREATE_JOBS")
    page = text_of(portal.get(url("tokens")))
    assert "1 of 11" in page
    assert token not in page


def test_bearer_token_of_a_chosen_use_case_is_named_after_it(portal):
    response = portal.post(url("token_add"), {"use_case": "Catalog Management", "creation_key": uuid4()})
    assert authenticate_bearer(SECRET.search(text_of(response))[0], None).name == "Catalog Management"


def test_roles_that_are_ticked_go_with_an_own_name(portal):
    data = {"name": "Robots", "use_case": "own", "roles": ["TMS_VIEW_JOBS"], "creation_key": uuid4()}
    response = portal.post(url("token_add"), data)
    assert authenticate_bearer(SECRET.search(text_of(response))[0], None).roles == ("TMS_VIEW_JOBS",)


def test_own_name_asks_for_roles(portal):
    response = portal.post(url("token_add"), {"name": "Robots", "creation_key": uuid4()})
    assert response.status_code == 422
    assert "Choose at least one API role" in text_of(response)


def test_the_token_above_the_limit_is_refused_in_words(portal, plan):
    plan.token_limit = 1
    plan.save()
    data = {"name": "Order Management", "creation_key": uuid4()}
    assert portal.post(url("token_add"), data).status_code == 200
    assert portal.post(url("token_add"), data).status_code == 409
    response = portal.post(url("token_add"), {"name": "Catalog Management", "creation_key": uuid4()})
    assert response.status_code == 409
    assert "All 1 bearer tokens of your plan are in use." in text_of(response)
    assert not SECRET.search(text_of(response))


def used(tenant, client, customer, hours_ago):
    """Let a client have called, some hours ago."""
    call = a_call(tenant, client, customer)
    Call.objects.filter(pk=call.pk).update(received_at=timezone.now() - timedelta(hours=hours_ago))


def test_at_the_limit_the_least_recently_used_tokens_are_offered_for_revoking(portal, plan, tenant, customer):
    plan.token_limit = 5
    plan.save()
    for name in ("Alpha", "Beta", "Gamma", "Delta", "Epsilon"):
        services.create_bearer(tenant=tenant, actor=ACTOR, name=name, roles=["WMS_CREATE_JOBS"])
    for hours, name in ((1, "Beta"), (200, "Gamma"), (3, "Delta"), (90, "Alpha")):
        used(tenant, ApiClient.objects.get(name=name), customer, hours)
    page = text_of(portal.get(url("tokens")))
    assert "5 of 5" in page
    offered = re.findall(r"Revoke (Alpha|Beta|Gamma|Delta|Epsilon)<", page)
    assert offered == ["Epsilon", "Gamma", "Alpha"]
    refused = portal.post(url("token_add"), {"name": "Order Management", "creation_key": uuid4()})
    assert refused.status_code == 409
    assert "Revoke Epsilon" in text_of(refused)
    least = ApiClient.objects.get(name="Epsilon")
    dialog = text_of(portal.get(url("revoke", least.pk)))
    assert "Calls, last 24 hours" in dialog and "Calls, last 7 days" in dialog and "Last call" in dialog
    portal.post(url("revoke", least.pk), {"version": least.version})
    page = text_of(portal.get(url("tokens")))
    assert "4 of 5" in page and "No token is left" not in page
    assert (
        portal.post(url("token_add"), {"name": "Order Management", "creation_key": uuid4()}).status_code
        == 200
    )


def test_prerequisites_tick_themselves(portal, tenant):
    def ticked():
        page = read(portal.get(url("tokens")))
        items = page.xpath("//h3[contains(., 'prerequisites')]/following-sibling::ul[1]/li")
        return ["Done" in item.text_content() for item in items[:2]]

    assert ticked() == [False, False]
    store = WarehouseFactory.create(tenant=tenant, name="Brisbane Depot")
    endpoint, _ = create_endpoint(tenant=tenant, name="ERP", url="https://hooks.example.com/", actor=ACTOR)
    assert ticked() == [True, False]
    Endpoint.objects.filter(pk=endpoint.pk).update(last_success_at=timezone.now())
    assert ticked() == [True, True]
    Endpoint.objects.filter(pk=endpoint.pk).update(failing_since=timezone.now())
    store.is_active = False
    store.save()
    assert ticked() == [False, False]


def test_the_page_says_how_to_integrate_in_the_words_of_the_seed(portal, tenant, settings):
    settings.API_REGIONS = {"Oceania": "https://au.api.example", "Europe": "https://eu.api.example"}
    page = " ".join(read(portal.get(url("tokens"))).text_content().split())
    for words in (
        "How to integrate",
        "Integration prerequisites",
        "What do you need to develop to complete the integration?",
        "Token management and access",
        "Accessing production endpoints",
        "orders of the past 60 days",
        f"https://au.api.example/tenants/{tenant.pk}/outbound-orders?from=",
        "https://eu.api.example",
        "Authorization: Bearer gp_bt_",
        "Tokens never expire",
        "never share them with other people, even our support team",
        "valid for all your stores",
        "alex@gatepass.example",
    ):
        assert words in page, words


ACCESS = {"username": "ship.team", "password": "a fairly long one 7", "roles": ["ORDER_API_ACCESS"]}


def test_access_token_is_created_shown_and_revoked_at_once(portal):
    response = portal.post(url("access_token_add"), {**ACCESS, "creation_key": uuid4()})
    page = text_of(response)
    token = SECRET.search(page)[0]
    assert ACCESS["password"] not in page
    client = ApiClient.objects.get()
    assert authenticate_bearer(token, None).client_id == client.pk
    listed = text_of(portal.get(url("access_tokens")))
    assert "ship.team" in listed
    assert "Delete" in listed
    dialog = text_of(portal.get(url("revoke", client.pk)))
    assert "immediately be disabled" in dialog
    response = portal.post(url("revoke", client.pk), {"version": client.version})
    assert response.url == url("access_tokens")
    with pytest.raises(Refused):
        authenticate_bearer(token, None)
    listed = text_of(portal.get(url("access_tokens")))
    assert f"/{client.pk}/" not in listed
    assert portal.get(url("detail", client.pk)).status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        {"username": "a"},
        {"username": "with space"},
        {"username": "gpc_" + "a" * 20},
        {"password": "short"},
        {"password": "ship.team-ship.team"},
        {"password": "password1234"},
        {"roles": []},
        {"roles": ["API_FULL_ACCESS"]},
    ],
)
def test_weak_or_impossible_access_is_refused(portal, change):
    response = portal.post(url("access_token_add"), {**ACCESS, "creation_key": uuid4(), **change})
    assert response.status_code == 422
    assert not ApiClient.objects.exists()


def test_a_password_left_empty_is_made_and_shown_once(portal):
    data = {**ACCESS, "password": "", "creation_key": uuid4()}
    page = read(portal.post(url("access_token_add"), data))
    (shown,) = page.xpath("//*[@role='group' and @aria-label='Password']//code")
    password = shown.text_content().strip()
    assert len(password) >= 32
    assert authenticate_client("ship.team", password, None)
    assert password not in text_of(portal.get(url("detail", ApiClient.objects.get().pk)))


def test_a_password_typed_twice_differently_is_refused(portal):
    data = {**ACCESS, "again": "a fairly long one 8", "creation_key": uuid4()}
    refused = portal.post(url("access_token_add"), data)
    assert refused.status_code == 422
    assert "The two differ." in text_of(refused)
    assert portal.post(url("access_token_add"), {**data, "again": ACCESS["password"]}).status_code == 200


def test_one_role_or_both_but_not_none(portal):
    for number, roles in enumerate(
        (["ORDER_API_ACCESS"], ["PRODUCT_API_ACCESS"], ["ORDER_API_ACCESS", "PRODUCT_API_ACCESS"])
    ):
        data = {**ACCESS, "username": f"ship.team{number}", "roles": roles, "creation_key": uuid4()}
        token = SECRET.search(text_of(portal.post(url("access_token_add"), data)))[0]
        assert set(authenticate_bearer(token, None).roles) == set(roles)


def test_everything_that_can_call_the_api_is_in_one_list(portal, make_client, tenant):
    make_client()
    portal.post(url("channel_add"), {**CHANNEL, "creation_key": uuid4()})
    portal.post(url("token_add"), {"name": "Order Management", "creation_key": uuid4()})
    portal.post(url("access_token_add"), {**ACCESS, "creation_key": uuid4()})
    page = read(portal.get(url("list")))
    rows = page.xpath("//main//tbody/tr")
    kinds = {row.xpath("string(.//td[@data-label='Kind'])").strip() for row in rows}
    assert kinds == {"API client", "Channel", "Bearer token", "Access token"}
    for row in rows:
        (link,) = row.xpath(".//th//a/@href")
        assert portal.get(link).status_code == 200
    for name in ("channels", "tokens", "access_tokens"):
        assert f'href="{url("list")}">Everything that can call the API' in text_of(portal.get(url(name)))


def test_username_of_another_tenant_is_not_available(portal, outsider, sign_in, plan):
    portal.post(url("access_token_add"), {**ACCESS, "creation_key": uuid4()})
    response = portal.post(
        url("access_token_add"), {**ACCESS, "username": "SHIP.Team", "creation_key": uuid4()}
    )
    assert response.status_code == 422
    assert "This username is not available." in text_of(response)


def test_without_the_plan_the_page_says_what_it_lacks(portal, plan):
    plan.api_integration = False
    plan.save()
    page = text_of(portal.get(url("access_tokens")))
    assert "Your plan does not include API Integration" in page
    assert "alex@gatepass.example" in page
    response = portal.post(url("access_token_add"), {**ACCESS, "creation_key": uuid4()})
    assert response.status_code == 409
    assert "alex@gatepass.example" in text_of(response)
    assert "Create Access Token" not in text_of(portal.get(url("access_token_add")))
    assert not ApiClient.objects.exists()

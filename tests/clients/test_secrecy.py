"""A secret is in one answer and nowhere else: searched for in every table, page, log line and session."""

import base64
import logging
import re
from datetime import timedelta
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.core import serializers
from django.urls import reverse

from apps.clients import access_tokens, services
from apps.clients.authenticate import authenticate_client
from apps.clients.models import ApiClient
from apps.core import secrets
from tests.clients.conftest import ACTOR
from tests.clients.test_pages import form_data, tick, url

SECRET = re.compile(r"(?:gp_(?:cs|bt|at)_[0-9A-Za-z]{49}|whsec_[0-9A-Za-z+/=]{20,})")


def forms_of(secret):
    raw = secret.encode()
    return {secret, base64.b64encode(raw).decode()[:24], raw.hex(), quote(secret, safe="")}


def dump():
    """Every row of every table, sessions decoded too."""
    text = serializers.serialize(
        "json", [row for model in apps.get_models() for row in model._base_manager.all()]
    )
    return text + "".join(str(session.get_decoded()) for session in Session.objects.all())


def found_in(text, every):
    return [secret for secret in every if any(form in text for form in forms_of(secret))]


@pytest.fixture
def issued(sign_in, administrator, plan, customer, warehouse):
    """One secret through every page that makes one."""
    portal = sign_in(administrator)
    portal.post(url("add"), form_data(customer, warehouse))
    client = ApiClient.objects.get()
    pages = [portal.post(url("generate", client.pk), tick(client))]
    client.refresh_from_db()
    pages.append(portal.post(url("generate", client.pk), tick(client, overlap="24h")))
    channel = {
        "name": "Shop", "configuration": "manual", "threshold_weight": "1", "threshold_volume": "1",
        "webhook_url": "https://hooks.example.com/x", "auth_token": "receiver-token-12345678",
        "creation_key": uuid4(),
    }  # fmt: skip
    pages.append(portal.post(url("channel_add"), channel))
    created = ApiClient.objects.get(kind="channel")
    pages.append(portal.post(url("channel_confirm", created.pk), {"version": created.version, "saved": "on"}))
    pages.append(portal.post(url("token_add"), {"name": "Order Management", "creation_key": uuid4()}))
    access = {
        "username": "ship.team", "password": "a fairly long one 7", "roles": ["ORDER_API_ACCESS"],
        "creation_key": uuid4(),
    }  # fmt: skip
    pages.append(portal.post(url("access_token_add"), access))
    found = {secret for page in pages for secret in SECRET.findall(page.content.decode())}
    assert len(found) == 7
    assert all(page["Cache-Control"] == "no-store" for page in pages)
    return portal, {*found, "a fairly long one 7", "receiver-token-12345678"}


def test_the_search_finds_what_is_planted(issued, make_client):
    _, every = issued
    secret = sorted(every)[0]
    for planted in forms_of(secret):
        make_client(f"Planted {uuid4()}", is_active=True)
        ApiClient.objects.filter(name__startswith="Planted").update(created_by=planted)
        assert found_in(dump(), every) == [secret]


def test_no_secret_is_in_the_database_or_a_session(issued):
    _, every = issued
    assert found_in(dump(), every) == []


def test_no_secret_is_on_any_page_afterwards(issued, sign_in, staff, settings):
    settings.STAFF_SECOND_FACTOR = False
    portal, every = issued
    clients = list(ApiClient.objects.all())
    pages = [url(name) for name in ("list", "add", "channels", "tokens", "access_tokens")]
    pages += [url(name, client.pk) for client in clients for name in ("detail", "edit", "generate", "revoke")]
    for page in pages:
        for headers in ({}, {"HX-Request": "true"}):
            assert found_in(portal.get(page, headers=headers).content.decode(), every) == [], page
    desk = sign_in(staff)
    for page in [reverse("admin:clients_apiclient_changelist")] + [
        reverse("admin:clients_apiclient_change", args=[client.pk]) for client in clients
    ]:
        response = desk.get(page, follow=True)
        assert found_in(response.content.decode(), every) == [], page


def test_no_secret_is_in_the_log_even_under_debug(issued, caplog):
    portal, every = issued
    with caplog.at_level(logging.DEBUG):
        client = ApiClient.objects.filter(kind="client").get()
        client.refresh_from_db()
        data = tick(client, overlap="now")
        page = portal.post(url("generate", client.pk), data).content.decode()
        portal.post(url("generate", client.pk), data)
        every |= set(SECRET.findall(page))
    assert found_in(caplog.text, every) == []


def test_what_is_handed_back_does_not_show_its_secrets(make_client):
    issued = services.generate_credentials(client=make_client(), actor=ACTOR, retire_after=timedelta(hours=1))
    assert issued.client_secret not in f"{issued} {issued!r}"
    who = authenticate_client(issued.client_id, issued.client_secret, None)
    token, _ = access_tokens.issue(who)
    assert token not in repr(who)


def test_a_million_is_not_needed_to_see_the_format(make_client):
    issued = services.generate_credentials(client=make_client(), actor=ACTOR)
    assert secrets.kind_of(issued.client_secret) is secrets.SecretKind.CLIENT_SECRET
    assert issued.client.credentials.get().digest == secrets.digest(issued.client_secret)


def test_support_staff_deactivate_and_revoke_in_the_admin(sign_in, staff, make_client, settings):
    settings.STAFF_SECOND_FACTOR = False
    desk = sign_in(staff)
    first, second = make_client("First"), make_client("Second")
    address = reverse("admin:clients_apiclient_changelist")
    desk.post(address, {"action": "deactivate", "_selected_action": [first.pk]})
    first.refresh_from_db()
    assert not first.is_active
    asked = desk.post(address, {"action": "revoke", "_selected_action": [second.pk]})
    assert "for good" in asked.content.decode()
    second.refresh_from_db()
    assert second.revoked_at is None
    desk.post(address, {"action": "revoke", "_selected_action": [second.pk], "confirmed": "yes"})
    second.refresh_from_db()
    assert second.revoked_at is not None
    assert desk.get(reverse("admin:clients_apiclient_add")).status_code == 403

"""A day in the life of an organisation: every path that makes a secret, with all answers, log lines and mails kept."""

import io
import json
import logging
import logging.config
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from apps.clients.models import ApiClient
from apps.webhooks.models import Endpoint
from tests import factories, world
from tests.partner_api.conftest import FORM, basic
from tests.world import WEBHOOK, World

SECRET = re.compile(r"gp_(?:cs|bt|at|in)_[0-9A-Za-z]{40,}|whsec_[0-9A-Za-z+/=]{20,}")
CHOSEN_PASSWORD = "Kestrel-paper-41-lantern"
AUTH_TOKENS = ("Bearer hook-of-the-erp-7Hq2", "channel-hook-token-9Lw4", "Basic aG9vazpvZi10aGUtY2hhbm5lbA==")


@dataclass
class Kept:
    """An answer with the request that it answers, streams read to their end."""

    place: str
    answer: HttpResponse
    body: bytes


class Recorder(Client):
    """A browser that keeps every answer."""

    def __init__(self, answers: list[Kept], **options: Any) -> None:
        super().__init__(raise_request_exception=False, **options)
        self.answers = answers

    def request(self, **request: Any) -> Any:
        """Ask as usual, and keep the answer."""
        answer = super().request(**request)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        self.answers.append(Kept(f"{request['REQUEST_METHOD']} {request['PATH_INFO']}", answer, body))
        return answer


@dataclass
class Day:
    """What happened: the world, the answers in their order, the secrets by the path that made them."""

    world: World
    answers: list[Kept] = field(default_factory=list)
    shown: dict[str, set[str]] = field(default_factory=dict)
    printed: set[str] = field(default_factory=set)
    log: io.StringIO = field(default_factory=io.StringIO)
    mailed: set[str] = field(default_factory=set)
    forms: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    @property
    def secrets(self) -> set[str]:
        """Everything that must be nowhere now."""
        on_screen = set().union(*self.shown.values())
        return on_screen | self.printed | self.mailed | {CHOSEN_PASSWORD, *AUTH_TOKENS, *self.world.secrets}

    def browser(self, user: Any) -> Recorder:
        """A browser of a person."""
        client = Recorder(self.answers)
        client.force_login(user)
        return client

    def send(self, browser: Recorder, path: str, data: dict[str, Any]) -> Any:
        """Post a form whose answer shows secrets, and keep both."""
        answer = browser.post(path, data)
        found = set(SECRET.findall(answer.content.decode()))
        assert found, f"{path}: {answer.status_code} shows no secret"
        self.shown[f"{len(self.forms)} {path}"] = found
        self.forms.append((path, data))
        return answer


@pytest.fixture
def debug_log(db: None) -> Iterator[io.StringIO]:
    """What the configured handler writes, with every logger at DEBUG and each query logged."""
    stream = io.StringIO()
    handler = next(found for found in logging.getLogger().handlers if type(found) is logging.StreamHandler)
    names = ("", "django", "django.db.backends", "django.request", "apps")
    levels = {name: logging.getLogger(name).level for name in names}
    before = handler.setStream(stream)
    for name in names:
        logging.getLogger(name).setLevel(logging.DEBUG)
    connection.force_debug_cursor = True
    yield stream
    connection.force_debug_cursor = False
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)
    handler.setStream(before)


@pytest.fixture
def day(db: None, debug_log: io.StringIO, settings: Any) -> Day:
    """Go through every path that makes a secret."""
    settings.STAFF_SECOND_FACTOR = False
    lived = Day(world.build("coastal"), log=debug_log)
    api_clients(lived)
    other_kinds(lived)
    webhooks(lived)
    machines(lived)
    commands(lived)
    invitations(lived)
    return lived


def at(name: str, *args: Any) -> str:
    """The address of a page of the organisation."""
    return reverse(name, args=["coastal", *args])


def api_clients(day: Day) -> None:
    """Add a client, generate, rotate at once and with an overlap."""
    browser = day.browser(day.world.administrator)
    form = {
        "name": "Scanned",
        "customers": [day.world.customer.pk],
        "warehouses": [day.world.warehouse.pk],
        "roles": ["WMS_CREATE_JOBS"],
        "is_active": "on",
        "creation_key": uuid4(),
    }
    assert browser.post(at("clients:add"), form).status_code == 303
    client = ApiClient.objects.get(name="Scanned")
    for overlap in ("now", "now", "24h"):
        client.refresh_from_db()
        ticked = {"version": client.version, "understood": "on", "stored": "on", "overlap": overlap}
        day.send(browser, at("clients:generate", client.pk), ticked)


def other_kinds(day: Day) -> None:
    """A channel with its Confirm, a bearer token, an access token."""
    browser = day.browser(day.world.administrator)
    channel = {
        "name": "Scanned shop",
        "configuration": "manual",
        "threshold_weight": "1",
        "threshold_volume": "1",
        "webhook_url": WEBHOOK,
        "auth_token": AUTH_TOKENS[1],
        "creation_key": uuid4(),
    }
    day.send(browser, at("clients:channel_add"), channel)
    created = ApiClient.objects.get(name="Scanned shop")
    day.send(browser, at("clients:channel_confirm", created.pk), {"version": created.version, "saved": "on"})
    bearer = {"name": "Catalog Management", "creation_key": uuid4()}
    day.send(browser, at("clients:token_add"), bearer)
    access = {
        "username": "scanned.team",
        "password": CHOSEN_PASSWORD,
        "roles": ["ORDER_API_ACCESS"],
        "creation_key": uuid4(),
    }
    day.send(browser, at("clients:access_token_add"), access)


def webhooks(day: Day) -> None:
    """An endpoint with its signing key, and the key rotated."""
    browser = day.browser(day.world.limited_administrator)
    form = {"name": "Scanned hook", "url": WEBHOOK, "auth_token": AUTH_TOKENS[0]}
    day.send(browser, at("webhooks:add"), form)
    endpoint = Endpoint.objects.get(name="Scanned hook")
    day.send(browser, at("webhooks:rotate_key", endpoint.pk), {"number": endpoint.key_number})


def machines(day: Day) -> None:
    """Take access tokens, in the ways that clients really do, and use them, also where they don't belong."""
    machine = Recorder(day.answers)
    client, secret = day.world.client.client_id, day.world.client_secret
    leaky = {"X-CLIENT-ID": client, "X-CLIENT-SECRET": secret, "Authorization": basic(client, secret)}
    answer = machine.post(
        f"/uaa/oauth/token?client_id={client}&client_secret={secret}",
        "grant_type=client_credentials",
        content_type=FORM,
        headers=leaky,
    )
    token = answer.json()["access_token"]
    day.shown["token"] = {token}
    path = f"/tenants/{day.world.tenant.pk}/customers"
    for headers in ({"Authorization": f"Bearer {token}"}, {"Authorization": f"Bearer {token}x"}, leaky):
        machine.get(f"{path}?client_secret={secret}", headers={"Accept-Version": "1", **headers})
        machine.get(f"{path}/{token}?access_token={token}", headers={"Accept-Version": "1", **headers})
        machine.post(
            path, json.dumps({"name": token}), "application/json", headers={"Accept-Version": "1", **headers}
        )
    wrong = f"grant_type=client_credentials&client_secret={secret}x"
    machine.post("/uaa/oauth/token", wrong, content_type=FORM)
    machine.get("/t/coastal/", headers={"Authorization": f"Bearer {token}"})
    machine.post(
        "/uaa/oauth/revoke",
        f"token={token}",
        content_type=FORM,
        headers={"Authorization": leaky["Authorization"]},
    )


def commands(day: Day) -> None:
    """`issue_credentials` of every kind; what it prints is the one place of its secrets."""
    for kind in ("client", "channel", "bearer", "access"):
        out = io.StringIO()
        options = ["--tenant", "coastal", "--kind", kind, "--name", f"By command {kind}", "--json"]
        options += ["--roles", "WMS_CREATE_JOBS", "--webhook-url", WEBHOOK, "--webhook-token", AUTH_TOKENS[2]]
        call_command("issue_credentials", *options, stdout=out)
        answer = json.loads(out.getvalue())
        keys = ("client_secret", "password", "bearer_token", "webhook_secret")
        day.printed |= {answer[key] for key in keys if key in answer}


def invitations(day: Day) -> None:
    """An invitation, sent again; its link is in the mail, which is what the mail is for."""
    browser = day.browser(day.world.administrator)
    invited = {"email": "scanned@example.com", "role": "viewer"}
    assert browser.post(at("tenants:invite"), invited).status_code == 303
    browser.post(at("tenants:invitation_resend", day.world.invitation.pk))
    for message in mail.outbox:
        day.mailed |= set(SECRET.findall(message.body))
    assert len(day.mailed) == 2
    joined = factories.UserFactory.create(email="scanned2@example.com")
    day.browser(joined).get("/")

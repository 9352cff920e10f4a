"""Promises 1, 2 and 4 at their figures: many secrets through every path, looked for everywhere, and no way back in."""

import io
import json
import logging
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import cycle
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache as django_cache
from django.core.mail import EmailMessage
from django.core.management import call_command
from django.utils import timezone

from apps.accounts.models import User
from apps.clients import services
from apps.clients.authenticate import Refused, authenticate_bearer, authenticate_client
from apps.clients.models import ApiClient, Attempt, Credential
from apps.clients.services import ClientInput
from apps.clients.views import channels, credentials, tokens
from apps.core import secrets
from apps.core.secrets import SecretKind
from apps.tenants.models import Plan, Tenant
from apps.webhooks.models import Endpoint
from tests import factories
from tests.figures import figure
from tests.partner_api.conftest import FORM, basic
from tests.promises.callers import ACTOR, channel_input
from tests.security.conftest import SECRET, Day, Recorder, at
from tests.security.scanner import Scanner, cache, database, encodings
from tests.security.test_secret_scan import crawl, desk
from tests.world import WEBHOOK

SECRETS = figure(1_000, 70)
LATER_REQUESTS = figure(500, 150)
TICKS = {"understood": "on", "stored": "on", "overlap": "now"}
Path = Callable[[Day, Recorder, str], None]


# --- Every path that makes a secret ------------------------------------------------------------------------------


def generate(day: Day, browser: Recorder, client: ApiClient) -> None:
    """Generate Credentials on a client's page."""
    client.refresh_from_db()
    day.send(browser, at("clients:generate", client.pk), {"version": client.version, **TICKS})


def rotate_a_channel(day: Day, browser: Recorder, name: str) -> None:
    client = day.world.channel
    generate(day, browser, client)
    client.refresh_from_db()
    day.send(browser, at("clients:channel_confirm", client.pk), {"version": client.version, "saved": "on"})


def make_a_channel(day: Day, browser: Recorder, name: str) -> None:
    form = {"name": name, "configuration": "manual", "threshold_weight": "1", "threshold_volume": "1"}
    hook = {"webhook_url": WEBHOOK, "auth_token": chosen(day), "creation_key": uuid4()}
    day.send(browser, at("clients:channel_add"), form | hook)
    client = ApiClient.objects.get(name=name)
    day.send(browser, at("clients:channel_confirm", client.pk), {"version": client.version, "saved": "on"})


def make_a_bearer_token(day: Day, browser: Recorder, name: str) -> None:
    form = {"name": name, "use_case": "own", "roles": "WMS_CREATE_JOBS", "creation_key": uuid4()}
    day.send(browser, at("clients:token_add"), form)


def make_an_access_token(day: Day, browser: Recorder, name: str) -> None:
    form = {"username": name.lower(), "password": chosen(day), "roles": "ORDER_API_ACCESS"}
    day.send(browser, at("clients:access_token_add"), {**form, "creation_key": uuid4()})


def make_and_rotate_a_webhook_key(day: Day, browser: Recorder, name: str) -> None:
    day.send(browser, at("webhooks:add"), {"name": name, "url": WEBHOOK, "auth_token": chosen(day)})
    endpoint = Endpoint.objects.get(name=name)
    day.send(browser, at("webhooks:rotate_key", endpoint.pk), {"number": endpoint.key_number})


def exchange_for_an_access_token(day: Day, browser: Recorder, name: str) -> None:
    headers = {"Authorization": basic(day.world.sandbox_client.client_id, day.world.secrets[1])}
    machine = Recorder(day.answers)
    answer = machine.post(
        "/uaa/oauth/token", "grant_type=client_credentials", content_type=FORM, headers=headers
    )
    day.shown[f"token {name}"] = {answer.json()["access_token"]}


def issue_by_command(day: Day, browser: Recorder, name: str) -> None:
    for kind in ("client", "channel", "bearer", "access"):
        out = io.StringIO()
        options = ["--tenant", "coastal", "--kind", kind, "--name", f"{name} {kind}", "--json"]
        options += ["--roles", "WMS_CREATE_JOBS", "--webhook-url", WEBHOOK, "--webhook-token", chosen(day)]
        call_command("issue_credentials", *options, stdout=out)
        answer = json.loads(out.getvalue())
        keys = ("client_secret", "password", "bearer_token", "webhook_secret")
        day.printed |= {answer[key] for key in keys if key in answer}


def invite(day: Day, browser: Recorder, name: str) -> None:
    address = f"{name.lower()}@example.com"
    assert browser.post(at("tenants:invite"), {"email": address, "role": "viewer"}).status_code == 303
    day.mailed |= set(SECRET.findall(mail.outbox[-1].body))


def chosen(day: Day) -> str:
    """A secret that a person or another system chose."""
    text = f"chosen-{uuid4().hex}-Zx9"
    day.printed.add(text)
    return text


PATHS: dict[str, Path] = {
    "client": lambda day, browser, name: generate(day, browser, day.world.client),
    "channel": make_a_channel,
    "channel rotated": rotate_a_channel,
    "bearer": make_a_bearer_token,
    "bearer rotated": lambda day, browser, name: generate(day, browser, day.world.bearer),
    "access": make_an_access_token,
    "access rotated": lambda day, browser, name: generate(day, browser, day.world.access),
    "webhook keys": make_and_rotate_a_webhook_key,
    "token endpoint": exchange_for_an_access_token,
    "issue_credentials": issue_by_command,
    "invitation": invite,
}


@pytest.fixture
def issued(day: Day) -> Day:
    """The day of the other tests, and after it every path again and again until there are enough secrets."""
    Plan.objects.filter(tenant=day.world.tenant).update(token_limit=10_000)
    browser = day.browser(day.world.administrator)
    rounds = cycle(PATHS.values())
    for number in range(10 * SECRETS):
        next(rounds)(day, browser, f"Made-{number}")
        if len(day.secrets) >= SECRETS and number >= len(PATHS):
            break
    assert len(day.secrets) >= SECRETS
    return day


def places(day: Day) -> Iterator[tuple[str, str | bytes]]:
    """Everything that a copy of the system's data, its log and its mails would hold."""
    yield from database()
    yield from cache()
    yield from (("log", line) for line in day.log.getvalue().splitlines())


@pytest.mark.django_db
@pytest.mark.slow
def test_none_of_many_secrets_is_anywhere_afterwards(
    issued: Day, staff: User, request: pytest.FixtureRequest
) -> None:
    day, scanner = issued, Scanner(issued.secrets)
    held = [kept.body for kept in day.answers]
    for secret in set().union(*day.shown.values()):
        assert sum(secret.encode() in body for body in held) == 1
    assert not scanner.search(places(day))
    mails = [(f"mail {message.subject}", message.message().as_bytes()) for message in mail.outbox]
    assert not Scanner(day.secrets - day.mailed).search(mails)
    logging.disable()  # what is asked for now is looked at itself, and writing the log takes longest
    request.addfinalizer(lambda: logging.disable(logging.NOTSET))
    day.answers.clear()
    browser = day.browser(day.world.administrator)
    for path, data in day.forms[-50:]:
        browser.post(path, data)
        browser.get(path)
    for export in ("portal:audit_csv", "billing:usage_export"):
        assert browser.get(at(export)).status_code == 200
    desk(day.browser(staff))
    while len(day.answers) < LATER_REQUESTS:
        crawl(day, browser)
    assert not scanner.search((kept.place, kept.body) for kept in day.answers)
    assert not scanner.search((kept.place, str(kept.answer.headers)) for kept in day.answers)


# --- A fault in the very moment ----------------------------------------------------------------------------------

# Not a variable of the test: the page that Django shows under DEBUG has those of every frame.
SEEN: set[str] = set()


@pytest.mark.django_db
@pytest.mark.parametrize("debug", [False, True], ids=["production", "DEBUG"])
def test_a_fault_while_a_secret_is_shown_tells_nobody(
    day: Day, settings: Any, monkeypatch: pytest.MonkeyPatch, debug: bool
) -> None:
    def break_down(request: Any, issued: Any, values: list[Any], *more: Any) -> None:
        SEEN.update(filter(None, (issued.client_secret, issued.password, issued.bearer_token)))
        raise RuntimeError("as a fault of ours would")

    for module in (channels, credentials, tokens):
        monkeypatch.setattr(module, "show_once", break_down)
    SEEN.clear()
    settings.DEBUG = debug
    browser = day.browser(day.world.administrator)
    day.answers.clear()
    for client in (day.world.client, day.world.channel, day.world.bearer, day.world.access):
        client.refresh_from_db()
        form = {"version": client.version, **TICKS}
        assert browser.post(at("clients:generate", client.pk), form).status_code == 500
    form = {"name": "Broken", "use_case": "own", "roles": "WMS_CREATE_JOBS", "creation_key": uuid4()}
    assert browser.post(at("clients:token_add"), form).status_code == 500
    assert len(SEEN) == 5
    assert b"as a fault of ours would" in day.answers[-1].body or not debug
    scanner = Scanner(SEEN)
    assert not scanner.search((kept.place, kept.body) for kept in day.answers)
    assert "as a fault of ours would" in day.log.getvalue()
    assert not scanner.search(places(day))


# --- The scanner finds every one that is there -------------------------------------------------------------------


@pytest.mark.django_db
def test_every_one_of_many_planted_secrets_is_found() -> None:
    planted = [secrets.generate(kind) for kind, _ in zip(cycle(SecretKind), range(SECRETS), strict=False)]
    forms = list(encodings(planted[0]))
    texts: list[tuple[str, bytes]] = []
    for number, secret in enumerate(planted):
        needle = encodings(secret)[forms[number % len(forms)]]
        text = needle.decode("latin-1")
        place = number % 5
        if place == 0 and b"\0" not in needle:
            kept = {"session_data": f"a{text}b", "expire_date": timezone.now() + timedelta(days=1)}
            Session.objects.create(session_key=f"planted{number}", **kept)
        elif place == 1:
            django_cache.set(f"planted-{number}", {"deep": [text]})
        elif place == 2 and needle.isascii() and b"\0" not in needle:
            texts.append(("mail", EmailMessage("x", f"before {text} after").message().as_bytes()))
        else:
            texts.append(("page", b"<td>" + needle + b"</td>"))
    found = Scanner(planted).search([*database(), *cache(), *texts])
    assert {finding.number for finding in found} == set(range(SECRETS))


# --- What is stored or shown of a secret opens nothing -----------------------------------------------------------


@pytest.fixture
def hundred(tenant: Tenant) -> dict[str, set[str]]:
    """The secrets of one client of each kind by its id, a hundred in all."""
    factories.PlanFactory.create(tenant=tenant, api_integration=True)
    given: dict[str, Any] = {"tenant": tenant, "actor": ACTOR}
    reach: dict[str, Any] = {"roles": ["WMS_CREATE_JOBS"], "all_customers": True, "all_warehouses": True}
    client = services.create_client(**given, values=ClientInput(name="Connector", **reach))
    channel = services.create_channel(**given, values=channel_input("Shop"))
    bearer = services.create_bearer(**given, name="Robot", roles=["WMS_CREATE_JOBS"])
    access = services.create_access(**given, username="ship.team", roles=["ORDER_API_ACCESS"])
    issued = [channel, bearer, access]
    for row in (client, client, bearer.client, access.client) * 19:
        issued.append(services.generate_credentials(client=row, actor=ACTOR))
    for _ in range(10):
        issued.append(services.confirm_channel(client=channel.client, actor=ACTOR))
        issued.append(services.generate_credentials(client=channel.client, actor=ACTOR))
    found: dict[str, set[str]] = {}
    for each in issued:
        texts = {each.client_secret, each.password, each.bearer_token} - {""}
        found.setdefault(each.client_id, set()).update(texts)
    assert sum(map(len, found.values())) == 100
    return found


def test_no_stored_or_masked_form_of_a_hundred_secrets_authenticates(hundred: dict[str, set[str]]) -> None:
    for row in Credential.objects.select_related("client"):
        stored = {row.digest, row.encoded, row.encoded.rpartition("$")[2], str(row.reference), str(row.pk)}
        hundred[row.client.client_id] |= {f"stored {form}" for form in stored if form}
    for client_id, texts in hundred.items():
        shown = {form for text in texts if secrets.kind_of(text) for form in cut_down(text)}
        stored = {text.removeprefix("stored ") for text in texts if text.startswith("stored ")}
        for form in shown | stored:
            Attempt.objects.all().delete()  # the brake would refuse what the proof itself has to
            assert refuses(authenticate_client, client_id, form)
            assert refuses(authenticate_bearer, form)


def cut_down(secret: str) -> set[str]:
    """A prefix, the masks, the digest and other spellings of a secret."""
    return {
        secret[:12],
        secret[:-1],
        secret[6:],
        secrets.mask(secret),
        secrets.redact(secret),
        secrets.digest(secret),
        secret.lower(),
        re.sub(r"gp_.._", "gp_at_", secret) if "gp_at_" not in secret else secret.replace("gp_at_", "gp_bt_"),
    }


def refuses(how: Callable[..., Any], *proof: str) -> bool:
    try:
        how(*proof, None)
    except Refused:
        return True
    return False

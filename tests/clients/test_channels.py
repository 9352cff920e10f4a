"""The wizard of channels, what may be changed later, and the rotation of their credentials."""

import base64
import os
import re
import socket
from datetime import timedelta
from ipaddress import ip_network
from uuid import uuid4

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from apps.audit.models import Entry
from apps.clients import jobs, services
from apps.clients.authenticate import Refused, authenticate_bearer, authenticate_client
from apps.clients.models import ApiClient, ChannelDraft, Configuration, Credential
from apps.clients.services import ChannelInput
from apps.clients.services.drafts import token_for
from apps.webhooks.models import Endpoint
from apps.webhooks.sealed import unseal
from tests.clients.conftest import ACTOR
from tests.clients.test_other_kinds import CHANNEL, SECRET, text_of, url
from tests.pages import read
from tests.webhooks.receivers import Receiver


@pytest.fixture
def portal(sign_in, administrator, plan):
    return sign_in(administrator)


@pytest.fixture
def channel(tenant):
    """A channel that works, with its password and its API token."""
    pending = services.create_channel(
        tenant=tenant,
        actor=ACTOR,
        values=ChannelInput(
            name="Web shop",
            configuration=Configuration.SMART,
            threshold_weight="0.500",
            threshold_volume="0.010",
            webhook_url="https://hooks.example.com/orders",
            auth_token="receiver-token-1",
        ),
    )
    confirmed = services.confirm_channel(client=pending.client, actor=ACTOR)
    return ApiClient.objects.get(), pending.password, confirmed.bearer_token


def answers(**more):
    return {**CHANNEL, "draft": uuid4(), "creation_key": uuid4(), **more}


def resumed(draft):
    return reverse("clients:channel_draft", args=["coastal", draft.pk])


def hidden(page, name):
    return re.search(rf'name="{name}" value="([^"]*)"', page)[1]


# --- Steps, Back, later ----------------------------------------------------------------------------------------


def test_the_wizard_shows_its_steps_and_its_questions_in_the_order_of_the_seed(portal):
    page = text_of(portal.get(url("channel_add")))
    labels = ["Channel Name", "Configuration", "Smart Allocation", "Manual", "Minimum Threshold"]
    labels += ["Package weight", "Package volume", "Webhook URL", "Auth Token", "Generate Token</button>"]
    places = [page.index(label) for label in labels]
    assert places == sorted(places)
    assert re.search(r'aria-current="step"[^>]*>\s*Settings', page)
    assert page.index("Settings") < page.index("Credentials") < page.index("API token")


def test_going_back_loses_no_answer_and_ends_the_credentials_that_were_shown(portal):
    first = text_of(portal.post(url("channel_add"), answers()))
    password, draft = SECRET.search(first)[0], ChannelDraft.objects.get()
    before = ApiClient.objects.get()
    assert resumed(draft) in first
    page = text_of(portal.get(resumed(draft)))
    for value in ("Web shop", "0.5", "0.01", CHANNEL["webhook_url"]):
        assert f'value="{value}"' in page
    assert re.search(r'value="smart"[^>]*checked', page)
    assert CHANNEL["auth_token"] not in page
    again = {**CHANNEL, "auth_token": "", "threshold_weight": "2"}
    again |= {"draft": hidden(page, "draft"), "creation_key": hidden(page, "creation_key")}
    second = text_of(portal.post(url("channel_add"), again))
    client = ApiClient.objects.present().get()
    assert client.pk != before.pk and client.channel.threshold_weight == 2
    portal.post(url("channel_confirm", client.pk), {"version": client.version, "saved": "on"})
    assert authenticate_client(client.client_id, SECRET.search(second)[0], None)
    with pytest.raises(Refused):
        authenticate_client(before.client_id, password, None)
    endpoint = Endpoint.objects.get(client_id=client.pk)
    assert unseal(endpoint, "auth_token") == CHANNEL["auth_token"]
    assert not ChannelDraft.objects.exists()


def test_a_reload_of_the_credentials_leads_back_to_the_settings(portal):
    data = answers()
    portal.post(url("channel_add"), data)
    again = portal.post(url("channel_add"), data)
    assert again.status_code == 409
    draft = ChannelDraft.objects.get()
    assert resumed(draft) in text_of(again)
    changed = portal.post(url("channel_add"), {**data, "threshold_weight": "3"})
    assert changed.status_code == 409
    assert 'value="3"' in text_of(portal.get(resumed(draft)))
    client = ApiClient.objects.get()
    portal.post(url("channel_confirm", client.pk), {"version": client.version, "saved": "on"})
    later = portal.post(url("channel_add"), data)
    assert later.status_code == 409
    assert not ChannelDraft.objects.exists()


def test_answers_are_kept_for_later_and_nothing_of_them_works(portal):
    data = {**answers(), "configuration": "", "threshold_weight": "", "threshold_volume": ""}
    saved = portal.post(url("channel_save"), data)
    assert saved.status_code == 303
    draft = ChannelDraft.objects.get()
    assert draft.answers == {"name": "Web shop", "webhook_url": CHANNEL["webhook_url"]}
    assert CHANNEL["auth_token"] not in draft.auth_token_sealed
    assert not ApiClient.objects.exists()
    page = text_of(portal.get(url("channels")))
    assert "Not finished" in page and resumed(draft) in page
    portal.post(reverse("clients:channel_discard", args=["coastal", draft.pk]))
    assert not ChannelDraft.objects.exists()
    assert Entry.objects.filter(action="channel.draft_discarded", target_name="Web shop").exists()


@pytest.mark.parametrize("change", [{"name": ""}, {"threshold_weight": "1e3"}, {"webhook_url": "http://x/"}])
def test_what_makes_no_sense_is_said_when_it_is_saved_too(portal, change):
    data = {"name": "Web shop", "draft": uuid4(), **change}
    if not change.get("name", "x"):
        data.pop("name")
    answer = portal.post(url("channel_save"), data)
    assert answer.status_code == 422
    (name,) = change
    assert ChannelDraft.objects.filter(answers__has_key=name).count() == 0


def test_a_refused_form_keeps_the_auth_token_sealed(portal):
    data = answers(threshold_weight="heavy")
    refused = portal.post(url("channel_add"), data)
    assert refused.status_code == 422
    page = text_of(refused)
    assert CHANNEL["auth_token"] not in page and "One is stored." in page
    corrected = {**data, "threshold_weight": "1", "auth_token": ""}
    assert portal.post(url("channel_add"), corrected).status_code == 200
    assert ApiClient.objects.get().channel.webhook_token_sealed


def test_a_typed_auth_token_that_no_draft_could_keep_is_asked_for_again(portal):
    # It is kept for one receiver, and the address of this one was refused.
    page = portal.post(
        url("channel_add"), answers(webhook_url="http://10.0.0.1/x", auth_token="receiver-token-9")
    )
    assert page.status_code == 422 and "receiver-token-9" not in text_of(page)
    assert "Enter it again: no page sends back what was typed here." in text_of(page)
    assert "Enter it again" not in text_of(portal.get(url("channel_add")))


def test_another_webhook_url_asks_for_the_auth_token_anew_in_a_draft_too(portal):
    data = answers()
    portal.post(url("channel_save"), data)
    moved = {**data, "auth_token": "", "webhook_url": "https://elsewhere.example.com/"}
    refused = portal.post(url("channel_add"), moved)
    assert refused.status_code == 422
    assert "enter its Auth Token anew" in text_of(refused)
    assert ChannelDraft.objects.get().auth_token_sealed == ""
    tested = portal.post(url("channel_test"), moved)
    assert tested.status_code == 422


def test_drafts_and_channels_that_nobody_goes_on_with_are_removed(portal, administrator):
    portal.post(url("channel_save"), answers())
    portal.post(url("channel_add"), answers(name="Market"))
    client = ApiClient.objects.get()
    with time_machine.travel(timezone.now() + timedelta(minutes=16), tick=False):
        late = portal.post(url("channel_confirm", client.pk), {"version": client.version, "saved": "on"})
        assert late.status_code == 409
        assert jobs.remove_abandoned_channels() == 1
        assert not ApiClient.objects.present().exists()
        # The answers outlive the credentials: the person may still go on with them.
        draft = ChannelDraft.objects.get(answers__name="Market")
        assert not draft.waits
        portal.force_login(administrator)
        assert 'value="Market"' in text_of(portal.get(resumed(draft)))
    with time_machine.travel(timezone.now() + timedelta(hours=25), tick=False):
        assert jobs.remove_abandoned_channels() == 2
    assert not ChannelDraft.objects.exists()


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["whole page", "htmx"])
def test_without_its_box_nothing_is_confirmed_and_nothing_is_shown_again(portal, headers):
    password = SECRET.search(text_of(portal.post(url("channel_add"), answers())))[0]
    client, draft = ApiClient.objects.get(), ChannelDraft.objects.get()
    ends = Credential.objects.get().ends
    for data in ({}, {"saved": ""}, {"saved": "false"}):
        refused = portal.post(
            url("channel_confirm", client.pk), {"version": client.version, **data}, headers=headers
        )
        page = text_of(refused)
        assert refused.status_code == 422
        box = read(refused).xpath("//input[@name='saved']")[0]
        assert box.get("aria-invalid") == "true" and box.get("checked") is None
        assert (
            "Tick this box to go on."
            in read(refused).xpath("//*[@id=$id]", id=box.get("aria-describedby"))[0].text_content()
        )
        assert "Nothing was activated." in page and resumed(draft) in page
        assert password not in page and not SECRET.search(page)
    assert [(row.state, row.ends) for row in Credential.objects.all()] == [("pending", ends)]
    with pytest.raises(Refused):
        authenticate_client(client.client_id, password, None)
    assert not Endpoint.objects.exists() and not Entry.objects.filter(action="channel.confirmed").exists()
    # What the page offers is what confirms.
    again = {"version": hidden(page, "version"), "saved": "on"}
    assert SECRET.search(text_of(portal.post(url("channel_confirm", client.pk), again)))
    assert authenticate_client(client.client_id, password, None)


def test_on_the_channels_own_page_the_box_is_asked_for_too(portal):
    portal.post(url("channel_add"), answers())
    client = ApiClient.objects.get()
    (form,) = read(portal.get(url("detail", client.pk))).xpath("//form[contains(@action, '/confirm/')]")
    (box,) = form.xpath(".//input[@name='saved']")
    assert box.get("required") is not None and box.get("checked") is None


def test_an_unticked_box_that_comes_too_late_or_from_an_older_page_is_told_so(portal):
    portal.post(url("channel_add"), answers())
    client = ApiClient.objects.get()
    assert portal.post(url("channel_confirm", client.pk), {"version": client.version + 1}).status_code == 409
    with time_machine.travel(timezone.now() + timedelta(minutes=16), tick=False):
        late = portal.post(url("channel_confirm", client.pk), {"version": client.version})
        assert late.status_code == 409 and "within 15 minutes" in text_of(late)


def test_a_draft_of_another_tenant_is_not_found_by_its_key(portal, outsider, sign_in):
    portal.post(url("channel_save"), answers())
    draft = ChannelDraft.objects.get()
    slug = outsider.memberships.get().tenant.slug
    stranger = sign_in(outsider)
    data = {**answers(name="Mine", auth_token=""), "draft": draft.key}
    refused = stranger.post(reverse("clients:channel_add", args=[slug]), data)
    assert refused.status_code == 422
    assert "Enter the Auth Token" in text_of(refused)
    draft.refresh_from_db()
    assert draft.answers["name"] == "Web shop"


def test_the_token_of_a_draft_opens_in_its_own_row_alone_and_outlives_a_sealing_key(portal, tenant, settings):
    kept = services.save_draft(
        tenant=tenant,
        actor=ACTOR,
        key=uuid4(),
        answers={"webhook_url": "https://a.example/"},
        auth_token="mine",
    )
    new = f"new:{base64.b64encode(os.urandom(32)).decode()}"
    settings.SEALING_KEYS = f"{new},{settings.SEALING_KEYS}"
    assert services.reseal() == 1
    settings.SEALING_KEYS = new
    kept.refresh_from_db()
    assert token_for(kept, "https://a.example/") == "mine"
    moved = ChannelDraft(tenant=tenant, key=uuid4(), answers=kept.answers)
    moved.auth_token_sealed = kept.auth_token_sealed
    with pytest.raises(ValidationError, match="Enter the Auth Token"):
        token_for(moved, "https://a.example/")
    with pytest.raises(ValidationError, match="anew"):
        token_for(kept, "https://b.example/")


# --- Names -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["WEB SHOP", "Web\u200bshop", "Ｗｅｂ shop", "Web-Shop", "W\u0435b sh\u043ep", "Wéb shop", "Web sh0p"],
)
def test_a_name_like_that_of_another_channel_is_refused_and_names_it(portal, name):
    portal.post(url("channel_add"), answers())
    refused = portal.post(url("channel_add"), answers(name=name))
    assert refused.status_code == 422
    assert "“Web shop”" in text_of(refused)
    assert ApiClient.objects.count() == 1


@pytest.mark.parametrize("name", ["Web shop 2", "Web shop B", "Webshop.com.au", "Магазин"])
def test_a_name_that_differs_is_taken(portal, name):
    portal.post(url("channel_add"), answers())
    assert portal.post(url("channel_add"), answers(name=name)).status_code == 200


# --- The test of the webhook -----------------------------------------------------------------------------------


@pytest.fixture
def _open_door(settings):
    settings.WEBHOOK_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]
    settings.WEBHOOK_ALLOW_HTTP = True


@pytest.mark.usefixtures("_open_door")
@pytest.mark.parametrize(
    ("status", "words"),
    [
        (200, "It works."),
        (302, "a redirect, which is not followed"),
        (401, "It did not accept the Auth Token."),
        (404, "There is nothing at this path"),
        (500, "It has a fault of its own"),
    ],
)
def test_a_test_shows_in_plain_words_what_the_webhook_answered(portal, status, words):
    with Receiver(lambda request: (status, {}, b"<b>hello</b> receiver-token-1")) as receiver:
        data = {"webhook_url": receiver.url, "auth_token": "receiver-token-1", "draft": uuid4()}
        for headers in ({}, {"HX-Request": "true"}):
            answer = portal.post(url("channel_test"), data, headers=headers)
            page = text_of(answer)
            assert answer.status_code == 200
            assert f"Your webhook answered {status}" in page and words in page
            assert "&lt;b&gt;hello" in page and "receiver-token-1" not in page
            assert ("<html" in page) is not bool(headers)
    sent = receiver.received[0]["headers"]
    assert sent["Authorization"] == "receiver-token-1"
    assert sent["Gatepass-Test"] == "1"
    assert Entry.objects.filter(action="channel.webhook_tested").count() == 2


def test_a_test_goes_to_no_address_inside_and_says_what_is_missing(portal):
    for missing in ({"auth_token": "x"}, {"webhook_url": "https://hooks.example.com/"}):
        answer = portal.post(url("channel_test"), {**missing, "draft": uuid4()})
        assert answer.status_code == 422
    inside = {"webhook_url": "https://169.254.169.254/", "auth_token": "x", "draft": uuid4()}
    assert portal.post(url("channel_test"), inside).status_code == 422
    assert not Entry.objects.filter(action="channel.webhook_tested").exists()


@pytest.mark.usefixtures("_open_door")
def test_nobody_at_the_other_end_is_said_in_words(portal):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    data = {"webhook_url": f"http://127.0.0.1:{port}/x", "auth_token": "x", "draft": uuid4()}
    page = text_of(portal.post(url("channel_test"), data))
    assert "The test did not get through" in page
    assert f"Nothing answers at 127.0.0.1, port {port}." in page


# --- Later -----------------------------------------------------------------------------------------------------


def edit(portal, client, **change):
    data = {
        "name": "Web shop",
        "configuration": "smart",
        "threshold_weight": "0.5",
        "threshold_volume": "0.01",
        "webhook_url": "https://hooks.example.com/orders",
        "auth_token": "",
        **change,
    }
    return portal.post(url("channel_edit", client.pk), data)


def test_settings_are_changed_without_a_new_token(portal, channel):
    client, _, token = channel
    answer = edit(portal, client, name="Web shop Perth", configuration="manual", threshold_weight="2.5")
    assert answer.status_code == 303
    client = ApiClient.objects.get()
    assert (client.name, client.channel.configuration) == ("Web shop Perth", "manual")
    endpoint = Endpoint.objects.get()
    assert endpoint.name == "Web shop Perth"
    assert unseal(endpoint, "auth_token") == "receiver-token-1"
    assert authenticate_bearer(token, None).client_id == client.pk
    assert str(client.channel.threshold_weight) == "2.500"
    entry = Entry.objects.get(action="channel.updated")
    assert entry.before == {"configuration": "smart", "threshold_weight": "0.5"}


def test_another_webhook_url_asks_for_the_auth_token_anew(portal, channel):
    client, *_ = channel
    moved = {"webhook_url": "https://elsewhere.example.com/"}
    refused = edit(portal, client, **moved)
    assert refused.status_code == 422
    assert "enter its Auth Token anew" in text_of(refused)
    assert Endpoint.objects.get().url == "https://hooks.example.com/orders"
    assert edit(portal, client, **moved, auth_token="other").status_code == 303
    endpoint = Endpoint.objects.get()
    assert (endpoint.url, unseal(endpoint, "auth_token")) == (moved["webhook_url"], "other")
    assert "other" not in text_of(portal.get(url("channel_edit", client.pk)))


def test_what_makes_no_sense_changes_nothing(portal, channel):
    client, *_ = channel
    for change in (
        {"webhook_url": ""},
        {"webhook_url": "https://10.0.0.1/", "auth_token": "x"},
        {"threshold_volume": "0"},
        {"name": ""},
    ):
        assert edit(portal, client, **change).status_code == 422
    assert not Entry.objects.filter(action__in=("channel.updated", "webhook.updated")).exists()


def test_a_channel_that_waits_for_confirm_is_changed_too(portal):
    portal.post(url("channel_add"), answers())
    client = ApiClient.objects.get()
    moved = {"webhook_url": "https://elsewhere.example.com/", "auth_token": "other"}
    assert edit(portal, client, **moved).status_code == 303
    assert not Endpoint.objects.exists()
    portal.post(url("channel_confirm", client.pk), {"version": client.version, "saved": "on"})
    endpoint = Endpoint.objects.get()
    assert (endpoint.url, unseal(endpoint, "auth_token")) == (moved["webhook_url"], "other")


def test_a_channel_without_a_webhook_gets_one_and_shows_its_signing_key_once(portal, tenant):
    values = ChannelInput(
        name="Web shop",
        configuration=Configuration.MANUAL,
        threshold_weight="1",
        threshold_volume="1",
    )
    client = services.create_channel(tenant=tenant, actor=ACTOR, values=values).client
    services.confirm_channel(client=client, actor=ACTOR)
    assert edit(portal, client, webhook_url="").status_code == 303
    shown = edit(portal, client, auth_token="mine")
    assert re.search(r"whsec_[0-9A-Za-z+/=]{20,}", text_of(shown))
    assert shown["Cache-Control"] == "no-store"
    assert Endpoint.objects.get().client_id == client.pk


def test_a_threshold_is_written_as_people_write_numbers(portal, channel):
    client = channel[0]
    assert edit(portal, client, threshold_weight="10", threshold_volume="200").status_code == 303
    for page in (portal.get(url("channels")), portal.get(url("detail", client.pk))):
        assert "10 kg, 200 m³" in text_of(page)
    after = Entry.objects.filter(action="channel.updated").latest("id").after
    assert (after["threshold_weight"], after["threshold_volume"]) == ("10", "200")


def test_rotated_credentials_end_the_old_ones_at_confirm_and_not_before(portal, channel):
    client, password, token = channel
    data = {"version": client.version, "understood": "on", "stored": "on"}
    generated = portal.post(url("generate", client.pk), data)
    assert re.search(r'aria-current="step"[^>]*>\s*Save and confirm', text_of(generated))
    assert "The old ones go on working until then." in text_of(generated)
    new = SECRET.search(text_of(generated))[0]
    assert authenticate_client(client.client_id, password, None)
    assert authenticate_bearer(token, None)
    with pytest.raises(Refused):
        authenticate_client(client.client_id, new, None)
    client.refresh_from_db()
    refused = portal.post(url("channel_confirm", client.pk), {"version": client.version})
    assert refused.status_code == 422 and "Save and confirm" in text_of(refused)
    assert url("generate", client.pk) in text_of(refused)
    assert authenticate_client(client.client_id, password, None) and authenticate_bearer(token, None)
    confirmed = text_of(
        portal.post(url("channel_confirm", client.pk), {"version": client.version, "saved": "on"})
    )
    assert re.search(r'aria-current="step"[^>]*>\s*API token', confirmed)
    assert "Save and confirm" in confirmed
    assert authenticate_client(client.client_id, new, None)
    assert authenticate_bearer(SECRET.search(confirmed)[0], None)
    for dead in (
        lambda: authenticate_client(client.client_id, password, None),
        lambda: authenticate_bearer(token, None),
    ):
        with pytest.raises(Refused):
            dead()
    assert Endpoint.objects.count() == 1


def test_a_rotation_that_nobody_confirms_leaves_the_old_credentials(portal, channel):
    client, password, token = channel
    data = {"version": client.version, "understood": "on", "stored": "on"}
    new = SECRET.search(text_of(portal.post(url("generate", client.pk), data)))[0]
    with time_machine.travel(timezone.now() + timedelta(minutes=16), tick=False):
        jobs.settle()
        assert jobs.remove_abandoned_channels() == 0
        assert authenticate_client(client.client_id, password, None)
        assert authenticate_bearer(token, None)
        with pytest.raises(Refused):
            authenticate_client(client.client_id, new, None)

"""Settings > Webhooks as people use it: endpoints, the log in words, resending, keys shown once."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.audit.models import Entry
from apps.tenants.models import Role
from apps.webhooks import snippets
from apps.webhooks.endpoints import create_endpoint, disable, pause, rotate_signing_key
from apps.webhooks.models import Attempt, Delivery, DeliveryState, Endpoint, EndpointState, Event
from apps.webhooks.sealed import unseal
from tests import factories
from tests.webhooks.conftest import ACTOR

pytestmark = pytest.mark.django_db

URL = "https://hooks.example.com/gatepass"


def page(name, tenant, *args):
    return reverse(f"webhooks:{name}", args=[tenant.slug, *args])


def fields(**more):
    return {"name": "Warehouse system", "url": URL, "auth_token": "", **more}


@pytest.fixture
def stored(tenant):
    """An endpoint with an Auth Token, and its signing key."""
    return create_endpoint(
        tenant=tenant, name="Warehouse system", url=URL, auth_token="Bearer abc", actor=ACTOR
    )


@pytest.fixture
def failed(stored, tell):
    """A delivery with two attempts: 500, then no answer; given up."""
    tell()
    row = Delivery.objects.get()
    at = timezone.now() - timedelta(hours=2)
    common = {"delivery": row, "endpoint": row.endpoint}
    Attempt.objects.create(
        number=1, at=at, ms=120, status=500, answer="<b>out of order</b>", address="203.0.113.9",
        request_headers={"webhook-id": row.event.message_id}, retry_at=at + timedelta(minutes=5), **common
    )  # fmt: skip
    Attempt.objects.create(
        number=2, at=at + timedelta(seconds=290), error="There was no complete answer in time.", **common
    )
    Delivery.objects.update(state=DeliveryState.FAILED, due=None, tries=2, attempt=2, finished_at=at)
    return row


def test_the_signing_key_is_shown_once_when_an_endpoint_is_added(tenant, administrator, sign_in):
    client = sign_in(administrator)
    answer = client.post(page("add", tenant), fields(auth_token="Bearer of it"))
    endpoint = Endpoint.objects.get()
    key = unseal(endpoint, "signing_key")
    assert key in answer.content.decode() and answer["Cache-Control"] == "no-store"
    again = client.post(page("add", tenant), fields())
    assert again.status_code == 422 and "Another endpoint has this name" in again.content.decode()
    for address in (
        page("detail", tenant, endpoint.pk),
        page("edit", tenant, endpoint.pk),
        page("list", tenant),
    ):
        text = client.get(address).content.decode()
        assert key not in text and "Bearer of it" not in text
    assert key not in str(list(Entry.objects.values())) and "Bearer of it" not in str(
        list(Entry.objects.values())
    )


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://[::1]/",
        "ftp://x.example/",
        "x",
    ],
)
def test_a_forbidden_url_is_refused_beside_its_field_and_typed_values_are_kept(
    tenant, administrator, sign_in, url
):
    answer = sign_in(administrator).post(page("add", tenant), fields(url=url))
    text = answer.content.decode()
    assert answer.status_code == 422 and 'aria-invalid="true"' in text and "Warehouse system" in text
    assert not Endpoint.objects.exists()


def test_a_new_url_needs_the_auth_token_anew(tenant, administrator, sign_in, stored):
    endpoint, _ = stored
    client, address = sign_in(administrator), page("edit", tenant, endpoint.pk)
    moved = fields(url="https://other.example.com/")
    answer = client.post(address, moved)
    assert answer.status_code == 422 and "enter its Auth Token" in answer.content.decode()
    both = client.post(address, {**moved, "auth_token": "x", "no_auth_token": "on"})
    assert both.status_code == 422
    assert client.post(address, {**moved, "auth_token": "Bearer new"}).status_code == 303
    endpoint.refresh_from_db()
    assert endpoint.url == "https://other.example.com/" and unseal(endpoint, "auth_token") == "Bearer new"
    assert client.post(address, {**moved, "no_auth_token": "on"}).status_code == 303
    endpoint.refresh_from_db()
    assert unseal(endpoint, "auth_token") == ""


def test_other_changes_keep_the_auth_token(tenant, administrator, sign_in, stored):
    endpoint, _ = stored
    values = fields(name="Renamed", events=["outbound-order.created"], strict_order="on")
    sign_in(administrator).post(page("edit", tenant, endpoint.pk), values)
    endpoint.refresh_from_db()
    assert (endpoint.name, endpoint.strict_order) == ("Renamed", True)
    assert unseal(endpoint, "auth_token") == "Bearer abc"


def test_a_channels_endpoint_may_have_a_name_that_an_endpoint_of_the_tenant_has(tenant, stored):
    client_id = factories.TenantFactory.build().pk
    channel, _ = create_endpoint(
        tenant=tenant, name="Warehouse system", url=URL, client_id=client_id, actor=ACTOR
    )
    assert channel.client_id == client_id


def test_a_channels_endpoint_is_edited_without_name_and_customers(tenant, administrator, sign_in):
    client_id = factories.TenantFactory.build().pk
    endpoint, _ = create_endpoint(tenant=tenant, name="Shop", url=URL, client_id=client_id, actor=ACTOR)
    client = sign_in(administrator)
    text = client.get(page("edit", tenant, endpoint.pk)).content.decode()
    assert 'name="name"' not in text and 'name="customers"' not in text
    assert (
        client.post(page("edit", tenant, endpoint.pk), {"url": URL, "strict_order": "on"}).status_code == 303
    )
    endpoint.refresh_from_db()
    assert endpoint.name == "Shop" and endpoint.strict_order


def test_the_log_says_in_words_what_happened(tenant, viewer, sign_in, failed):
    text = sign_in(viewer).get(page("delivery", tenant, failed.pk)).content.decode()
    assert "The receiver answered 500 after 120 ms; tried again 5 minutes later." in text
    assert "There was no complete answer in time; given up after this attempt." in text
    assert "It did not arrive: 2 attempts failed" in text
    assert "&lt;b&gt;out of order&lt;/b&gt;" in text and "<b>out of order" not in text
    assert "Resend" not in text


def test_deliveries_are_found_by_order_endpoint_and_state(tenant, viewer, sign_in, failed, tell):
    tell(reference="SO-2002")
    client, address = sign_in(viewer), page("deliveries", tenant)

    def rows(**query):
        return client.get(address, query).content.decode().count("/settings/webhooks/deliveries/")

    everything = rows()
    assert rows(q="2002") == rows(state="pending") == everything - 1
    assert rows(q="SO-") == everything == rows(endpoint=str(failed.endpoint_id)) == rows(state="nonsense")
    assert "Nothing matches" in client.get(address, {"q": "none"}).content.decode()


def test_a_customer_user_sees_deliveries_about_their_customers_only(tenant, sign_in, failed, tell):
    mine = factories.TenantFactory.build().pk
    tell(reference="SO-MINE", customer_id=mine)
    member = factories.MembershipFactory.create(tenant=tenant, role=Role.CUSTOMER, customer_ids=[str(mine)])
    client = sign_in(member.user)
    text = client.get(page("deliveries", tenant)).content.decode()
    assert "SO-MINE" in text and "SO-1001" not in text
    assert client.get(page("delivery", tenant, failed.pk)).status_code == 404
    assert client.get(page("list", tenant)).status_code == 403


def test_resending_what_failed_shows_the_count_first(tenant, administrator, sign_in, failed):
    client, address = sign_in(administrator), page("resend_failed", tenant, failed.endpoint_id)
    since = (timezone.now() + timedelta(hours=10) - timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M")
    assert "Resend 1 event" in client.get(address, {"since": since}).content.decode()
    assert client.get(address, {"since": "yesterday"}).status_code == 422
    failed.refresh_from_db()
    assert failed.state == DeliveryState.FAILED
    assert client.post(address, {"since": since}).status_code == 303
    failed.refresh_from_db()
    assert failed.state == DeliveryState.PENDING
    assert "Nothing to send again" in client.get(address, {"since": since}).content.decode()


def test_a_disabled_endpoint_says_why_and_when_and_resume_replays(
    tenant, administrator, sign_in, stored, tell
):
    endpoint, _ = stored
    tell()
    disable(endpoint=endpoint, reason="No delivery succeeded for 5 days.", actor=ACTOR)
    Endpoint.objects.update(disabled_at="2026-11-20T14:05:00Z")
    client = sign_in(administrator)
    text = client.get(page("detail", tenant, endpoint.pk)).content.decode()
    assert "Nothing is sent here" in text and "No delivery succeeded for 5 days." in text
    assert "It was disabled on Saturday 21 November 2026, 00:05 AEST" in text
    assert "and 1 held back" in text
    answer = client.post(page("resume", tenant, endpoint.pk), follow=True)
    assert "go out now: 1." in answer.content.decode()
    assert Delivery.objects.get().state == DeliveryState.PENDING


def test_a_failing_endpoint_says_when_it_will_be_disabled(tenant, viewer, sign_in, stored):
    endpoint, _ = stored
    Endpoint.objects.update(failing_since="2026-11-20T02:00:00Z")
    text = sign_in(viewer).get(page("detail", tenant, endpoint.pk)).content.decode()
    assert "this endpoint is disabled on Wednesday 25 November 2026, 12:00 AEST" in text


def test_the_end_of_a_rotation_stands_in_the_tenants_zone(tenant, viewer, sign_in, stored):
    endpoint, _ = stored
    rotate_signing_key(endpoint=endpoint, expected_number=1, actor=ACTOR)
    address = page("detail", tenant, endpoint.pk)
    assert "Australia/Brisbane" in sign_in(viewer).get(address).content.decode()
    Endpoint.objects.update(previous_key_until=timezone.now() - timedelta(seconds=1))
    assert "signs beside" not in sign_in(viewer).get(address).content.decode()


def test_a_key_is_rotated_once_however_often_the_form_is_sent(tenant, administrator, sign_in, stored):
    endpoint, old = stored
    client, address = sign_in(administrator), page("rotate_key", tenant, endpoint.pk)
    first = client.post(address, {"number": 1})
    endpoint.refresh_from_db()
    assert unseal(endpoint, "signing_key") in first.content.decode() and first["Cache-Control"] == "no-store"
    assert unseal(endpoint, "previous_key") == old
    assert client.post(address, {"number": 1}).status_code == 303
    assert client.post(address, {"number": "١"}).status_code == 303
    endpoint.refresh_from_db()
    assert endpoint.key_number == 2


def test_viewers_see_no_button_that_changes_and_are_refused(tenant, viewer, sign_in, stored, failed):
    client, endpoint = sign_in(viewer), stored[0]
    text = client.get(page("detail", tenant, endpoint.pk)).content.decode()
    assert "Send test event" not in text and "Rotate" not in text
    for name in ("test", "pause", "resume", "remove", "rotate_key", "edit", "resend_failed"):
        assert client.post(page(name, tenant, endpoint.pk)).status_code == 403
    assert client.post(page("resend", tenant, failed.pk)).status_code == 403


def test_the_list_and_the_page_count_the_same_failures_and_no_test(tenant, viewer, sign_in, stored, failed):
    client, endpoint = sign_in(viewer), stored[0]

    def counted(name, *args, pattern):
        text = re.sub(r"\s+", " ", client.get(page(name, tenant, *args)).content.decode())
        return re.search(pattern, text)[1]

    in_list, on_page = r'data-label="Failed">(\d+)<', r">Failed</\w+> ?<[^>]*>(\d+)<"
    for is_test, expected in ((False, "1"), (True, "0")):
        Event.objects.update(is_test=is_test)
        assert counted("list", pattern=in_list) == counted("detail", endpoint.pk, pattern=on_page) == expected


def test_outsiders_find_nothing(tenant, outsider, sign_in, stored, failed):
    client = sign_in(outsider)
    other = outsider.memberships.get().tenant
    for where in (tenant, other):
        assert client.get(page("detail", where, stored[0].pk)).status_code == 404
        assert client.get(page("delivery", where, failed.pk)).status_code == 404
        assert client.post(page("test", where, stored[0].pk)).status_code == 404


def test_pausing_a_disabled_endpoint_changes_nothing(tenant, administrator, sign_in, stored):
    endpoint, _ = stored
    disable(endpoint=endpoint, reason="It was gone.", actor=ACTOR)
    assert not pause(endpoint=endpoint, actor=ACTOR)
    sign_in(administrator).post(page("pause", tenant, endpoint.pk))
    endpoint.refresh_from_db()
    assert endpoint.state == EndpointState.DISABLED


@pytest.mark.parametrize("language", snippets.LANGUAGES)
def test_the_page_for_the_receivers_developer_has_the_endpoints_facts_and_no_secret(
    tenant, viewer, sign_in, stored, language
):
    endpoint, key = stored
    answer = sign_in(viewer).get(page("verify", tenant, endpoint.pk), {"language": language})
    text = answer.content.decode()
    assert "/gatepass" in text and "WEBHOOK_AUTH_TOKEN" in text
    assert key not in text and "Bearer abc" not in text


def test_support_staff_read_deliveries_and_no_key(staff, client, tenant, stored, failed, settings):
    settings.STAFF_SECOND_FACTOR = False
    client.force_login(staff)
    endpoint, key = stored
    endpoint.refresh_from_db()
    for address in (
        "/admin/webhooks/delivery/", f"/admin/webhooks/delivery/{failed.pk}/change/", "/admin/webhooks/endpoint/",
        f"/admin/webhooks/endpoint/{endpoint.pk}/change/", f"/admin/webhooks/event/{failed.event_id}/change/",
        "/admin/webhooks/event/?q=SO-1001", "/admin/webhooks/delivery/?q=SO-1001",
    ):  # fmt: skip
        answer = client.get(address)
        text = answer.content.decode()
        assert answer.status_code == 200, address
        for secret in (key, endpoint.signing_key_sealed, endpoint.auth_token_sealed, "Bearer abc"):
            assert secret not in text
    assert "out of order" in client.get(f"/admin/webhooks/delivery/{failed.pk}/change/").content.decode()

"""After the secret is shown: a text to hand over, and a notice that turns by itself with the first call."""

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.clients.models import ApiClient
from apps.usage.services import CallRecord, record_call


@pytest.fixture
def portal(sign_in, administrator, plan):
    return sign_in(administrator)


def called(client, endpoint, status=200, **more):
    record_call(
        CallRecord(
            tenant_id=client.tenant_id,
            client_id=client.pk,
            client_name=client.name,
            method="GET",
            endpoint=endpoint,
            status=status,
            received_at=timezone.now(),
            ms=4,
            address="203.0.113.9",
            **more,
        )
    )


def test_the_notice_turns_with_the_first_call_and_then_stops_asking(portal, make_client):
    client = make_client()
    address = reverse("clients:first_call", args=["coastal", client.pk])
    agreed = {"understood": "on", "stored": "on", "version": "0"}
    shown = portal.post(reverse("clients:generate", args=["coastal", client.pk]), agreed).content.decode()
    assert "Waiting for the first call" in shown
    assert f'hx-get="{address}"' in shown
    called(client, "token", token_request=True)
    called(client, "customers", status=401)
    waiting = portal.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "Waiting for the first call" in waiting
    assert 'hx-trigger="every 3s"' in waiting
    assert "<html" not in waiting
    called(client, "customers")
    turned = portal.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "First call received" in turned
    assert "GET customers" in turned
    assert "hx-trigger" not in turned


def test_nobody_waits_for_the_first_call_of_an_inactive_client(portal, make_client):
    client = make_client(is_active=False)
    agreed = {"understood": "on", "stored": "on", "version": "0"}
    shown = portal.post(reverse("clients:generate", args=["coastal", client.pk]), agreed).content.decode()
    assert "This client is INACTIVE" in shown
    assert "Waiting for the first call" not in shown
    page = portal.get(reverse("clients:detail", args=["coastal", client.pk])).content.decode()
    assert "Every call that uses it is refused until it is ACTIVE." in page
    ApiClient.objects.filter(pk=client.pk).update(is_active=True)
    called_page = portal.get(reverse("clients:first_call", args=["coastal", client.pk])).content.decode()
    assert "Waiting for the first call" in called_page and "INACTIVE" not in called_page


def test_the_text_to_hand_over_has_the_ids_and_no_secret(portal, make_client, customer, tenant):
    client = make_client()
    agreed = {"understood": "on", "stored": "on", "version": "0"}
    shown = portal.post(reverse("clients:generate", args=["coastal", client.pk]), agreed)
    page = shown.content.decode()
    text = page.partition('id="handover-text" tabindex="0">')[2].partition("</pre>")[0]
    for value in (client.client_id, str(tenant.pk), str(customer.pk)):
        assert value in text
    assert shown.context["issued"].client_secret not in text
    assert page.count(shown.context["issued"].client_secret) == 1
    assert ApiClient.objects.count() == 1


def test_the_page_of_a_client_leads_to_its_calls_and_its_usage(portal, make_client):
    client = make_client()
    called(client, "customers")
    page = portal.get(reverse("clients:detail", args=["coastal", client.pk])).content.decode()
    for name in ("usage:calls", "billing:usage_report"):
        address = reverse(name, args=["coastal"]) + f"?client={client.pk}"
        assert f'href="{address}"' in page
        assert portal.get(address).status_code == 200

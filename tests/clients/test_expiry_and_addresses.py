"""A client may have an end, of which administrators are told, and addresses that it may call from."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from apps.audit.models import Entry
from apps.clients import access_tokens, jobs, services
from apps.clients.authenticate import Reason, Refused, authenticate_bearer, authenticate_client
from apps.clients.expiry import step_before
from apps.clients.models import ApiClient
from apps.clients.networks import allows, parse
from apps.usage.services import CallRecord, record_call
from apps.webhooks import endpoints
from apps.webhooks.models import Event
from tests.clients.conftest import ACTOR

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def portal(sign_in, administrator, plan):
    return sign_in(administrator)


def url(name, client):
    return reverse(f"clients:{name}", args=["coastal", client.pk])


def form_of(client, **more):
    return {
        "name": client.name,
        "customers": [row.pk for row in client.customers.all()],
        "warehouses": [row.pk for row in client.warehouses.all()],
        "roles": client.roles,
        "is_active": "on",
        **more,
    }


def save(portal, client, **more):
    """Edit a client and confirm what changes; returns the page that asked, and the client as it is then."""
    asked = portal.post(url("edit", client), form_of(client, **more))
    if asked.status_code == 200:
        seal = asked.context["form"]["confirmed"].value()
        portal.post(url("edit", client), form_of(client, confirmed=seal, **more))
    return asked, ApiClient.objects.get(pk=client.pk)


def called(client, address, status=200, times=1):
    for _ in range(times):
        record_call(
            CallRecord(
                tenant_id=client.tenant_id,
                client_id=client.pk,
                client_name=client.name,
                method="GET",
                endpoint="customers",
                status=status,
                received_at=timezone.now(),
                ms=4,
                address=address,
            )
        )


def test_an_end_is_typed_at_the_tenant_s_place_and_holds_to_the_second(portal, make_client):
    issued = services.generate_credentials(client=make_client(), actor=ACTOR)
    token = access_tokens.issue(authenticate_client(issued.client_id, issued.client_secret, None))[0]
    ends = timezone.now() + timedelta(minutes=30)
    local = ends + timedelta(hours=10)
    asked, client = save(portal, issued.client, expires=f"{local:%Y-%m-%dT%H:%M}")
    assert "(Australia/Brisbane)" in asked.content.decode()
    assert client.expires == ends.replace(second=0, microsecond=0)
    assert access_tokens.issue(authenticate_client(issued.client_id, issued.client_secret, None))[1] <= 1800
    for page in ("detail", "edit"):
        assert f"{local:%H:%M}" in portal.get(url(page, client)).content.decode()
    with time_machine.travel(client.expires, tick=False):
        for proof in ((issued.client_id, issued.client_secret, None), (token, None)):
            with pytest.raises(Refused) as refused:
                (authenticate_client if len(proof) == 3 else authenticate_bearer)(*proof)
            assert refused.value.reason is Reason.EXPIRED
    asked, client = save(portal, client, expires="")
    assert client.expires is None


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("2020-01-01T10:00", "lies ahead"),
        ("tomorrow", "Enter a date and a time"),
        ("2026-02-30T10:00", "Enter a date and a time"),
        ("9999-99-99T10:00", "Enter a date and a time"),
        ("２０３０-01-01T10:00", "Enter a date and a time"),
    ],
)
def test_an_end_that_makes_no_sense_is_refused_beside_its_field(portal, make_client, typed, words):
    asked, client = save(portal, make_client(), expires=typed)
    assert asked.status_code == 422
    assert words in asked.content.decode()
    assert client.expires is None


def test_an_hour_that_the_clocks_skip_is_refused(portal, tenant, make_client):
    tenant.zone = "Australia/Sydney"
    tenant.save()
    with time_machine.travel("2026-09-01T00:00:00Z"):
        portal.force_login(tenant.memberships.get().user)
        asked, _ = save(portal, make_client(), expires="2026-10-04T02:30")
    assert "put forward" in asked.content.decode()


def test_administrators_are_told_30_7_and_1_days_before_once_each(
    tenant, make_client, administrator, limited_administrator, viewer, django_capture_on_commit_callbacks
):
    endpoints.create_endpoint(
        tenant=tenant,
        name="Ops",
        url="https://hooks.example.com/x",
        actor=ACTOR,
        events=["credential.expiring"],
    )
    client = make_client(expires=NOW + timedelta(days=40))
    told = []
    with django_capture_on_commit_callbacks(execute=True):
        for day in range(42):
            with time_machine.travel(NOW + timedelta(days=day), tick=False):
                told += [day] * (jobs.warn_of_expiry() + jobs.warn_of_expiry())
    assert told == [10, 33, 39]
    assert len(mail.outbox) == 3
    assert sorted(mail.outbox[0].to) == sorted([administrator.email, limited_administrator.email])
    assert client.client_id in mail.outbox[0].body
    assert "10 Apr 2026, 22:00 (Australia/Brisbane)" in mail.outbox[0].subject
    assert list(Event.objects.order_by("id").values_list("sequence", flat=True)) == [1, 24, 30]
    assert Event.objects.filter(name="credential.expiring", entity_id=client.pk).count() == 3


def test_moving_the_end_starts_the_warnings_anew(portal, make_client):
    client = make_client(expires=timezone.now() + timedelta(days=5))
    assert jobs.warn_of_expiry() == 1
    local = timezone.now() + timedelta(days=6, hours=10)
    save(portal, client, expires=f"{local:%Y-%m-%dT%H:%M}")
    assert (jobs.warn_of_expiry(), jobs.warn_of_expiry()) == (1, 0)
    services.revoke_client(client=client, actor=ACTOR)
    ApiClient.objects.update(expiry_told=None)
    assert jobs.warn_of_expiry() == 0


def test_the_steps_are_reached_to_the_second():
    day = timedelta(days=1)
    assert step_before(NOW + 30 * day + timedelta(seconds=1), NOW) is None
    assert [step_before(NOW + days * day, NOW) for days in (30, 8, 7, 2, 1)] == [30, 30, 7, 7, 1]
    assert step_before(NOW, NOW) is None


@pytest.mark.parametrize(
    ("text", "address", "passes"),
    [
        ("", None, True),
        ("", "198.51.100.1", True),
        ("203.0.113.7", "203.0.113.7", True),
        ("203.0.113.7", "203.0.113.8", False),
        ("203.0.113.0/24 2001:db8::/32", "203.0.113.255", True),
        ("203.0.113.0/24 2001:db8::/32", "2001:db8::9", True),
        ("203.0.113.0/24 2001:db8::/32", "2001:db9::9", False),
        ("203.0.113.0/24", "::ffff:203.0.113.5", True),
        ("203.0.113.0/24", None, False),
        ("203.0.113.0/24", "no address", False),
    ],
)
def test_an_address_passes_where_the_list_names_it(text, address, passes):
    assert allows(text, address) is passes


def test_addresses_are_kept_in_one_spelling():
    assert parse("203.0.113.7/32, 2001:DB8:0::/32\n203.0.113.7\r\n::ffff:198.51.100.1") == [
        "203.0.113.7",
        "2001:db8::/32",
        "198.51.100.1",
    ]
    for wrong in (
        "203.0.113.7/24",
        "300.1.1.1",
        "example.com",
        "1",
        " ".join(f"10.0.0.{n}" for n in range(101)),
    ):
        with pytest.raises(ValueError, match=r"written 203\.0\.113\.0/24|is no address|at most 100"):
            parse(wrong)


def test_every_way_in_is_held_to_the_list_without_a_query_more(
    portal, make_client, tenant, plan, django_assert_num_queries
):
    issued = services.generate_credentials(client=make_client(), actor=ACTOR)
    secret = (issued.client_id, issued.client_secret)
    token = access_tokens.issue(authenticate_client(*secret, None))[0]
    bearer = services.create_bearer(tenant=tenant, actor=ACTOR, name="Shop", roles=["WMS_CREATE_JOBS"])
    _, client = save(portal, issued.client, networks="203.0.113.0/24")
    ApiClient.objects.filter(pk=bearer.client.pk).update(allowed_networks="203.0.113.0/24")
    with django_assert_num_queries(2):
        assert authenticate_client(*secret, "203.0.113.9").client_id == client.pk
    for address in ("198.51.100.1", None):
        for attempt in (
            lambda address=address: authenticate_client(*secret, address),
            lambda address=address: authenticate_bearer(token, address),
            lambda address=address: authenticate_bearer(bearer.bearer_token, address),
        ):
            with pytest.raises(Refused) as refused:
                attempt()
            assert refused.value.reason is Reason.IP_NOT_ALLOWED
    assert authenticate_bearer(token, "203.0.113.9").client_id == client.pk
    assert Entry.objects.get(action="client.updated").after == {"allowed_addresses": ["203.0.113.0/24"]}


def test_an_edit_that_locks_present_callers_out_says_so_first(portal, make_client):
    client = make_client()
    called(client, "203.0.113.9", times=3)
    called(client, "198.51.100.1")
    called(client, "192.0.2.66", status=401)
    asked, stored = save(portal, client, networks="203.0.113.0/24")
    page = asked.content.decode()
    assert "locks out: 198.51.100.1 (1 calls)" in page
    assert "192.0.2.66 (" not in page
    assert stored.allowed_networks == "203.0.113.0/24"
    asked, _ = save(portal, stored, networks="203.0.113.0/24\n198.51.100.1")
    assert "locks out" not in asked.content.decode()


def test_the_form_offers_the_addresses_of_the_client_s_own_traffic(portal, make_client):
    client = make_client()
    called(client, "203.0.113.9")
    called(client, "2001:db8::9")
    page = portal.get(url("edit", client)).content.decode()
    assert "203.0.113.9" in page
    filled = portal.post(url("fill_addresses", client), form_of(client, networks="192.0.2.1"))
    offered = filled.context["form"]["networks"].value().split()
    assert sorted(offered) == ["192.0.2.1", "2001:db8::9", "203.0.113.9"]
    assert ApiClient.objects.get().allowed_networks == ""
    assert save(portal, client, networks="203.0.113.300")[0].status_code == 422

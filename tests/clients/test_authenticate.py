"""Who is let in, who is refused and why, and that refusals look alike from outside."""

import time
from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from apps.clients import access_tokens, brake, services
from apps.clients.authenticate import Reason, Refused, authenticate_bearer, authenticate_client
from apps.clients.models import Attempt, Configuration, Kind, RevokedToken
from apps.clients.roles import Permission
from apps.core import secrets
from apps.core.secrets import SecretKind
from apps.tenants.models import Plan, Tenant
from tests.clients.conftest import ACTOR

pytestmark = pytest.mark.django_db


def reason_of(client_id, secret, address=None):
    with pytest.raises(Refused) as refused:
        authenticate_client(client_id, secret, address)
    return refused.value.reason


def reason_of_bearer(token):
    with pytest.raises(Refused) as refused:
        authenticate_bearer(token, None)
    return refused.value.reason


@pytest.fixture
def issued(make_client, plan):
    return services.generate_credentials(client=make_client(), actor=ACTOR)


def test_client_id_and_secret_prove_the_client(issued, tenant, customer, warehouse):
    who = authenticate_client(issued.client_id, issued.client_secret, "203.0.113.9")
    assert who.client_id == issued.client.pk
    assert who.tenant_id == tenant.pk
    assert who.customer_ids == {customer.pk}
    assert who.warehouse_ids == {warehouse.pk}
    assert who.orders_per_minute == 45
    assert who.may(Permission.OUTBOUND_ORDERS)
    assert not who.may(Permission.CONSIGNMENTS_VIEW)
    assert not who.only_sandboxes


def test_a_client_of_sandboxes_alone_says_so(issued, customer):
    customer.kind = "sandbox"
    customer.save()
    assert authenticate_client(issued.client_id, issued.client_secret, None).only_sandboxes


def test_all_customers_means_no_list(make_client):
    client = make_client(all_customers=True, all_warehouses=True, customers=(), warehouses=())
    issued = services.generate_credentials(client=client, actor=ACTOR)
    who = authenticate_client(issued.client_id, issued.client_secret, None)
    assert who.customer_ids is None
    assert who.warehouse_ids is None


def test_mistyped_secret_costs_no_query(issued, django_assert_num_queries):
    wrong = issued.client_secret[:-1] + ("a" if issued.client_secret[-1] != "a" else "b")
    with django_assert_num_queries(0):
        assert reason_of(issued.client_id, wrong) is Reason.MALFORMED
        assert reason_of_bearer(wrong) is Reason.MALFORMED
        assert reason_of_bearer(issued.client_secret) is Reason.MALFORMED
        assert reason_of(issued.client_id, "hunter2") is Reason.MALFORMED


def test_a_secret_costs_at_most_two_queries(issued, django_assert_num_queries):
    with django_assert_num_queries(2):
        authenticate_client(issued.client_id, issued.client_secret, None)


def test_wrong_secret_and_unknown_id_are_equal(issued, django_assert_num_queries):
    other = secrets.generate(SecretKind.CLIENT_SECRET)
    for client_id in (issued.client_id, secrets.generate_client_id()):
        with django_assert_num_queries(1):
            assert reason_of(client_id, other) is Reason.UNKNOWN


def test_a_secret_proves_no_other_client(issued, make_client):
    other = make_client("Second")
    assert reason_of(other.client_id, issued.client_secret) is Reason.UNKNOWN


def test_a_stored_digest_proves_nothing(issued):
    digest = issued.client.credentials.get().digest
    assert reason_of(issued.client_id, digest) is Reason.MALFORMED
    assert reason_of_bearer(digest) is Reason.MALFORMED


@pytest.mark.parametrize("client_id", ["", "x" * 101, "a\x00b", "\ud800"])
def test_impossible_ids_are_malformed(client_id):
    assert reason_of(client_id, "whatever") in (Reason.MALFORMED, Reason.UNKNOWN)


def test_inactive_client_is_refused_at_once_and_works_when_active_again(issued):
    services.set_active(client=issued.client, actor=ACTOR, active=False)
    assert reason_of(issued.client_id, issued.client_secret) is Reason.INACTIVE
    services.set_active(client=issued.client, actor=ACTOR, active=True)
    assert authenticate_client(issued.client_id, issued.client_secret, None)


def test_suspended_tenant_is_refused(issued, tenant):
    Tenant.objects.filter(pk=tenant.pk).update(suspended_at=timezone.now())
    assert reason_of(issued.client_id, issued.client_secret) is Reason.TENANT_SUSPENDED


def test_expired_client_is_refused(issued):
    issued.client.expires = timezone.now()
    issued.client.save()
    assert reason_of(issued.client_id, issued.client_secret) is Reason.EXPIRED


def test_revoked_client_is_refused_for_good(issued):
    token, _ = access_tokens.issue(authenticate_client(issued.client_id, issued.client_secret, None))
    services.revoke_client(client=issued.client, actor=ACTOR)
    assert reason_of(issued.client_id, issued.client_secret) is Reason.REVOKED
    assert reason_of_bearer(token) is Reason.REVOKED
    with pytest.raises(services.Outdated):
        services.set_active(client=issued.client, actor=ACTOR, active=True)
    with pytest.raises(services.Outdated):
        services.generate_credentials(client=issued.client, actor=ACTOR)


def test_access_token_lives_an_hour_without_a_row(issued):
    who = authenticate_client(issued.client_id, issued.client_secret, None)
    now = timezone.now()
    with time_machine.travel(now, tick=False):
        token, expires_in = access_tokens.issue(who)
        assert expires_in == 3600
        assert token.startswith("gp_at_")
        assert access_tokens.issue(who)[0] != token
        assert authenticate_bearer(token, None) == who
    with time_machine.travel(now + timedelta(minutes=59, seconds=58), tick=False):
        assert authenticate_bearer(token, None)
    with time_machine.travel(now + timedelta(minutes=60, seconds=1), tick=False):
        assert reason_of_bearer(token) is Reason.EXPIRED


def test_no_two_access_tokens_of_one_second_are_the_same(issued):
    who = authenticate_client(issued.client_id, issued.client_secret, None)
    with time_machine.travel(timezone.now(), tick=False):
        tokens = {access_tokens.issue(who)[0] for _ in range(3000)}
    assert len(tokens) == 3000


def test_altered_access_token_is_refused_before_any_query(issued, django_assert_num_queries):
    token, _ = access_tokens.issue(authenticate_client(issued.client_id, issued.client_secret, None))
    content = bytearray(secrets.to_bytes(token, secrets.SecretKind.ACCESS_TOKEN))
    for place in range(len(content)):
        forged = bytearray(content)
        forged[place] ^= 1
        with django_assert_num_queries(0):
            assert (
                reason_of_bearer(secrets.from_bytes(SecretKind.ACCESS_TOKEN, bytes(forged))) is Reason.UNKNOWN
            )
    with django_assert_num_queries(0):
        assert reason_of_bearer(secrets.generate(SecretKind.ACCESS_TOKEN)) in (
            Reason.UNKNOWN,
            Reason.MALFORMED,
        )


def test_narrowing_and_deactivating_end_access_tokens_for_good(issued, customer, warehouse):
    token, _ = access_tokens.issue(authenticate_client(issued.client_id, issued.client_secret, None))
    values = services.ClientInput(
        name="ERP connector", roles=["TMS_VIEW_JOBS"], customers=[customer], warehouses=[warehouse]
    )
    services.update_client(client=issued.client, actor=ACTOR, values=values)
    assert reason_of_bearer(token) is Reason.SUPERSEDED
    token, _ = access_tokens.issue(authenticate_client(issued.client_id, issued.client_secret, None))
    services.set_active(client=issued.client, actor=ACTOR, active=False)
    assert reason_of_bearer(token) is Reason.INACTIVE
    services.set_active(client=issued.client, actor=ACTOR, active=True)
    assert reason_of_bearer(token) is Reason.SUPERSEDED


def test_widening_leaves_access_tokens_alone_and_applies_at_once(issued, customer, warehouse):
    token, _ = access_tokens.issue(authenticate_client(issued.client_id, issued.client_secret, None))
    values = services.ClientInput(
        name="ERP connector",
        roles=["WMS_CREATE_JOBS", "TMS_CREATE_JOBS"],
        all_customers=True,
        warehouses=[warehouse],
    )
    services.update_client(client=issued.client, actor=ACTOR, values=values)
    who = authenticate_bearer(token, None)
    assert who.customer_ids is None
    assert who.may(Permission.CONSIGNMENTS_VIEW)


def test_access_token_given_back_is_refused_and_pruned_after_its_end(issued):
    who = authenticate_client(issued.client_id, issued.client_secret, None)
    token, _ = access_tokens.issue(who)
    other, _ = access_tokens.issue(who)
    access_tokens.revoke(token)
    access_tokens.revoke(token)
    access_tokens.revoke("no token at all")
    assert reason_of_bearer(token) is Reason.DENY_LISTED
    assert authenticate_bearer(other, None)
    assert access_tokens.prune() == 0
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        assert access_tokens.prune() == 1
    assert not RevokedToken.objects.exists()


def test_overlap_keeps_two_secrets_until_the_announced_end(issued):
    now = timezone.now()
    with time_machine.travel(now, tick=False):
        again = services.generate_credentials(
            client=issued.client, actor=ACTOR, retire_after=timedelta(hours=1)
        )
        assert again.client_id == issued.client_id
        old = authenticate_client(issued.client_id, issued.client_secret, None)
        assert authenticate_client(issued.client_id, again.client_secret, None)
    with time_machine.travel(now + timedelta(minutes=30), tick=False):
        token, expires_in = access_tokens.issue(old)
        assert expires_in == 1800
    with time_machine.travel(now + timedelta(hours=1), tick=False):
        assert reason_of(issued.client_id, issued.client_secret) is Reason.EXPIRED
        assert reason_of_bearer(token) is Reason.EXPIRED
        assert authenticate_client(issued.client_id, again.client_secret, None)


def test_rotation_at_once_ends_the_old_secret_and_its_access_tokens(issued):
    token, _ = access_tokens.issue(authenticate_client(issued.client_id, issued.client_secret, None))
    again = services.generate_credentials(client=issued.client, actor=ACTOR)
    assert reason_of(issued.client_id, issued.client_secret) is Reason.EXPIRED
    assert reason_of_bearer(token) is Reason.EXPIRED
    assert authenticate_client(issued.client_id, again.client_secret, None)


def test_finish_now_and_keep_the_old_one(issued):
    second = services.generate_credentials(client=issued.client, actor=ACTOR, retire_after=timedelta(hours=1))
    services.keep_old(client=issued.client, actor=ACTOR)
    assert authenticate_client(issued.client_id, issued.client_secret, None)
    assert reason_of(issued.client_id, second.client_secret) is Reason.REVOKED
    third = services.generate_credentials(client=issued.client, actor=ACTOR, retire_after=timedelta(days=7))
    services.finish_rotation(client=issued.client, actor=ACTOR)
    assert reason_of(issued.client_id, issued.client_secret) is Reason.EXPIRED
    assert authenticate_client(issued.client_id, third.client_secret, None)
    with pytest.raises(services.Outdated):
        services.keep_old(client=issued.client, actor=ACTOR)


def test_form_submitted_twice_mints_once(issued):
    version = issued.client.version
    services.generate_credentials(client=issued.client, actor=ACTOR, expected_version=version)
    with pytest.raises(services.Outdated):
        services.generate_credentials(client=issued.client, actor=ACTOR, expected_version=version)
    assert issued.client.credentials.count() == 2


def test_channel_works_after_confirm_alone(tenant, plan):
    values = services.ChannelInput(
        name="Web shop",
        configuration=Configuration.SMART,
        threshold_weight=Decimal("0.5"),
        threshold_volume=Decimal("0.01"),
        webhook_url="https://hooks.example.com/orders",
        auth_token="receiver-token-1",
    )
    first = services.create_channel(tenant=tenant, actor=ACTOR, values=values)
    assert reason_of(first.username, first.password) is Reason.PENDING
    assert "receiver-token-1" not in first.client.channel.webhook_token_sealed
    confirmed = services.confirm_channel(client=first.client, actor=ACTOR)
    assert confirmed.webhook_secret.startswith("whsec_")
    assert authenticate_client(first.username, first.password, None).kind == Kind.CHANNEL
    assert authenticate_bearer(confirmed.bearer_token, None).roles == ("ORDER_API_ACCESS",)
    with pytest.raises(services.Outdated):
        services.confirm_channel(client=first.client, actor=ACTOR)
    again = services.generate_credentials(client=first.client, actor=ACTOR)
    assert authenticate_client(first.username, first.password, None)
    assert reason_of(first.username, again.client_secret) is Reason.PENDING
    services.confirm_channel(client=first.client, actor=ACTOR)
    assert reason_of(first.username, first.password) is Reason.EXPIRED
    assert reason_of_bearer(confirmed.bearer_token) is Reason.EXPIRED
    assert authenticate_client(first.username, again.client_secret, None)


def test_abandoned_channel_leaves_nothing_and_frees_its_name(tenant, plan):
    values = services.ChannelInput(
        name="Web shop",
        configuration=Configuration.MANUAL,
        threshold_weight=Decimal(1),
        threshold_volume=Decimal(1),
    )
    first = services.create_channel(tenant=tenant, actor=ACTOR, values=values)
    with time_machine.travel(timezone.now() + timedelta(minutes=15)):
        assert reason_of(first.username, first.password) is Reason.EXPIRED
        with pytest.raises(services.Outdated):
            services.confirm_channel(client=first.client, actor=ACTOR)
        second = services.create_channel(tenant=tenant, actor=ACTOR, values=values)
    first.client.refresh_from_db()
    assert first.client.deleted_at is not None
    assert second.client.name == "Web shop"


def test_bearer_tokens_stop_at_the_plan_limit(tenant, plan):
    plan.token_limit = 2
    plan.save()
    first = services.create_bearer(tenant=tenant, actor=ACTOR, name="Catalog", roles=["WMS_ADD_PRODUCT"])
    services.create_bearer(tenant=tenant, actor=ACTOR, name="Orders", roles=["WMS_CREATE_JOBS"])
    assert authenticate_bearer(first.bearer_token, None).warehouse_ids is None
    with pytest.raises(services.LimitReached):
        services.create_bearer(tenant=tenant, actor=ACTOR, name="Third", roles=["WMS_CREATE_JOBS"])
    services.revoke_client(client=first.client, actor=ACTOR)
    assert services.create_bearer(tenant=tenant, actor=ACTOR, name="Catalog", roles=["WMS_ADD_PRODUCT"])


def test_chosen_username_and_password_and_the_token_prove_the_same_client(tenant, plan):
    issued = services.create_access(
        tenant=tenant,
        actor=ACTOR,
        username="Ship.Team",
        password="a fairly long one 7",
        roles=["ORDER_API_ACCESS"],
    )
    assert issued.username == "ship.team"
    assert authenticate_client("SHIP.team", "a fairly long one 7", None).client_id == issued.client.pk
    assert authenticate_bearer(issued.bearer_token, None).client_id == issued.client.pk
    assert reason_of("ship.team", "a fairly long one 8") is Reason.UNKNOWN
    assert reason_of("nobody", "a fairly long one 8") is Reason.UNKNOWN


def test_an_unknown_username_is_hashed_like_a_known_one(tenant, plan, monkeypatch, django_assert_num_queries):
    services.create_access(
        tenant=tenant,
        actor=ACTOR,
        username="known",
        password="a fairly long one 7",
        roles=["ORDER_API_ACCESS"],
    )
    hashed = []
    monkeypatch.setattr(
        "apps.clients.authenticate.check_password", lambda password, encoded: hashed.append(encoded) or False
    )
    for number, client_id in enumerate(("known", "unknown")):
        with django_assert_num_queries(4):
            assert reason_of(client_id, "guess", f"203.0.113.{number}") is Reason.UNKNOWN
    assert len(hashed) == 2
    assert reason_of("gpc_" + "a" * 20, "guess") is Reason.MALFORMED
    assert len(hashed) == 2


def test_guessing_is_braked_per_name_and_address_without_locking_others_out(tenant, plan):
    services.create_access(
        tenant=tenant,
        actor=ACTOR,
        username="known",
        password="a fairly long one 7",
        roles=["ORDER_API_ACCESS"],
    )
    now = int(time.time()) // 60 * 60 + 5
    with time_machine.travel(now, tick=False):
        for _ in range(brake.FAILURES_PER_NAME):
            assert reason_of("known", "guess", "203.0.113.1") is Reason.UNKNOWN
        assert reason_of("known", "guess", "203.0.113.1") is Reason.THROTTLED
        assert authenticate_client("known", "a fairly long one 7", "203.0.113.2")
    with time_machine.travel(now + 60, tick=False):
        assert reason_of("known", "guess", "203.0.113.1") is Reason.UNKNOWN
    with time_machine.travel(now + 240, tick=False):
        assert brake.prune() == 2 * 1 + 0
        assert not Attempt.objects.exists()


@pytest.mark.parametrize("encode", [make_password, lambda text: "sha256$" + secrets.digest(text)])
def test_key_from_before_the_portal_works_and_can_be_regenerated(tenant, customer, warehouse, plan, encode):
    client = services.import_legacy(
        tenant=tenant,
        actor=ACTOR,
        client_id="ERP-Old/7",
        encoded=encode("old secret"),
        values=services.ClientInput(
            name="Old ERP", roles=["WMS_CREATE_JOBS"], customers=[customer], warehouses=[warehouse]
        ),
    )
    assert authenticate_client("ERP-Old/7", "old secret", None).client_id == client.pk
    assert reason_of("ERP-Old/7", "old secreT") is Reason.UNKNOWN
    again = services.generate_credentials(client=client, actor=ACTOR, retire_after=timedelta(hours=1))
    assert again.client_id == "ERP-Old/7"
    assert authenticate_client("ERP-Old/7", again.client_secret, None)
    assert authenticate_client("ERP-Old/7", "old secret", None)
    services.finish_rotation(client=client, actor=ACTOR)
    assert reason_of("ERP-Old/7", "old secret") is Reason.UNKNOWN


def test_plan_of_tomorrow_does_not_count_today(issued, tenant):
    with time_machine.travel("2026-03-04T03:00:00Z"):
        Plan.objects.create(tenant=tenant, valid_from=date(2026, 3, 5), orders_per_minute=90)
        who = authenticate_client(issued.client_id, issued.client_secret, None)
        assert who.orders_per_minute == 45
    with time_machine.travel("2026-03-04T15:00:00Z"):
        who = authenticate_client(issued.client_id, issued.client_secret, None)
        assert who.orders_per_minute == 90

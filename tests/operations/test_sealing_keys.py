"""A new sealing key: everything opens before, during and after, and the old key may go."""

import base64
import os
from datetime import timedelta
from decimal import Decimal

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.utils import decrypt
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.actors import command
from apps.audit.models import Entry
from apps.clients.models import Channel, Configuration
from apps.clients.services import ChannelInput, confirm_channel, create_channel
from apps.core.sealing import key_id
from apps.tenants.models import Tenant
from apps.webhooks.models import Endpoint
from apps.webhooks.sealed import unseal
from tests.factories import PlanFactory
from tests.operations.test_commands import answer, refused, run

pytestmark = pytest.mark.django_db
ACTOR = command("tests")


def key(name: str) -> str:
    """A fresh entry for SEALING_KEYS."""
    return f"{name}:{base64.b64encode(os.urandom(32)).decode()}"


def a_channel(tenant: Tenant, name: str) -> Channel:
    """A channel with a webhook, waiting for Confirm."""
    values = ChannelInput(
        name=name,
        configuration=Configuration.SMART,
        threshold_weight=Decimal(1),
        threshold_volume=Decimal("0.01"),
        webhook_url="https://hooks.example.com/",
        auth_token=f"token of {name}",
    )
    return create_channel(tenant=tenant, actor=ACTOR, values=values).client.channel


def test_after_a_rotation_everything_opens_without_the_old_key(
    tenant: Tenant, administrator: User, settings
) -> None:
    PlanFactory.create(tenant=tenant)
    waiting = a_channel(tenant, "waits")
    confirm_channel(client=a_channel(tenant, "works").client, actor=ACTOR)
    totp = TOTP.activate(administrator, "JBSWY3DPEHPK3PXP").instance
    codes = RecoveryCodes.activate(administrator)
    shown = codes.generate_codes()
    endpoint = Endpoint.objects.get()
    signing_key = unseal(endpoint, "signing_key")

    old, new = settings.SEALING_KEYS, key("new")
    settings.SEALING_KEYS = f"{new},{old}"
    assert unseal(endpoint, "auth_token") == "token of works"
    assert answer("rotate_sealing_key") == {"webhook_secrets": 2, "channel_tokens": 1, "second_factors": 2}
    assert answer("rotate_sealing_key") == {"webhook_secrets": 0, "channel_tokens": 0, "second_factors": 0}

    settings.SEALING_KEYS = new
    endpoint.refresh_from_db()
    waiting.refresh_from_db()
    assert (unseal(endpoint, "signing_key"), unseal(endpoint, "auth_token")) == (
        signing_key,
        "token of works",
    )
    assert key_id(waiting.webhook_token_sealed) == "new"
    confirm_channel(client=waiting.client, actor=ACTOR)
    totp.refresh_from_db()
    assert decrypt(totp.data["secret"]) == "JBSWY3DPEHPK3PXP"
    assert RecoveryCodes(Authenticator.objects.get(type="recovery_codes")).generate_codes() == shown


def test_what_does_not_open_is_named_without_any_part_of_it(tenant: Tenant, settings) -> None:
    PlanFactory.create(tenant=tenant)
    channel = a_channel(tenant, "waits")
    settings.SEALING_KEYS = key("new")
    error = refused("rotate_sealing_key")
    assert f"{channel.pk}" in error and "Add it again" in error
    assert channel.webhook_token_sealed not in error


def test_a_second_factor_is_removed_for_a_reason(administrator: User) -> None:
    TOTP.activate(administrator, "JBSWY3DPEHPK3PXP")
    assert "required" in refused("reset_second_factor", administrator.email)
    assert "say why" in refused("reset_second_factor", administrator.email, "--reason", " ")
    assert "no account" in refused("reset_second_factor", "nobody@example.com", "--reason", "Lost phone")
    found = answer("reset_second_factor", administrator.email.upper(), "--reason", "Lost phone, called back")
    assert found == {"email": administrator.email, "removed": 1}
    assert not Authenticator.objects.exists()
    entry = Entry.objects.get(action="second_factor.reset")
    assert entry.after == {"removed": 1, "reason": "Lost phone, called back"}


def test_pruning_by_hand_removes_what_the_worker_would(tenant: Tenant, settings) -> None:
    PlanFactory.create(tenant=tenant)
    channel = a_channel(tenant, "never confirmed")
    channel.client.credentials.update(ends=timezone.now() - timedelta(minutes=1))
    assert run("prune") == ""
    channel.client.refresh_from_db()
    assert channel.client.deleted_at is not None

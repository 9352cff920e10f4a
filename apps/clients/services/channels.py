"""Channels: created pending, working after Confirm (seed 000)."""

from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.audit.actors import Actor
from apps.audit.services import record
from apps.clients.lifecycle import State, effective
from apps.clients.models import ApiClient, Channel, Configuration, Credential, CredentialKind, Kind
from apps.clients.roles import CHANNEL_ROLES
from apps.clients.services.clients import (
    ClientInput,
    create_client,
    created_by_form,
    delete_client,
    lock,
    lock_tenant,
    refuse_revoked,
)
from apps.clients.services.credentials import advance, confirm, end_all, expect, mint
from apps.clients.services.problems import AlreadyDone, Outdated
from apps.clients.services.results import Issued
from apps.core import sealing
from apps.tenants.models import Tenant
from apps.webhooks.endpoints import create_endpoint, refuse_forbidden_url


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelInput:
    """What the wizard asks for."""

    name: str
    configuration: Configuration
    threshold_weight: Decimal
    threshold_volume: Decimal
    webhook_url: str = ""
    auth_token: str = field(default="", repr=False)


@transaction.atomic
def create_channel(
    *,
    tenant: Tenant,
    actor: Actor,
    values: ChannelInput,
    reach: ClientInput | None = None,
    creation_key: UUID | None = None,
) -> Issued:
    """Add a channel with its username and password, which work after `confirm_channel` within 15 minutes.

    Raises ValidationError beside `webhook_url` for one that is never dialled: Confirm must not fail over it.
    """
    if values.webhook_url:
        refuse_forbidden_url(values.webhook_url, field="webhook_url")
    lock_tenant(tenant)
    if creation_key and created_by_form(tenant, creation_key):
        raise AlreadyDone("This channel was created before, and its password was shown then.")
    remove_abandoned(tenant=tenant, actor=actor)
    client = create_client(
        tenant=tenant,
        actor=actor,
        values=reach
        or ClientInput(name=values.name, roles=CHANNEL_ROLES, all_customers=True, all_warehouses=True),
        kind=Kind.CHANNEL,
        creation_key=creation_key,
    )
    Channel.objects.create(
        client=client,
        configuration=values.configuration,
        threshold_weight=values.threshold_weight,
        threshold_volume=values.threshold_volume,
        webhook_url=values.webhook_url,
        webhook_token_sealed=sealing.seal(values.auth_token, context=_context(client))
        if values.auth_token
        else "",
    )
    credential, password = mint(client, CredentialKind.SECRET, actor, pending_from=timezone.now())
    advance(client)
    return Issued(client=client, client_secret=password, password=password, confirm_until=credential.ends)


@transaction.atomic
def confirm_channel(*, client: ApiClient, actor: Actor, expected_version: int | None = None) -> Issued:
    """Let a channel's pending credentials work, end the ones before, and issue its API token."""
    client = lock(client)
    refuse_revoked(client)
    expect(client, expected_version)
    now = timezone.now()
    pending = Credential.objects.filter(client=client, state=State.PENDING).first()
    if pending is None or effective(State.PENDING, pending.ends, now) is not State.PENDING:
        raise Outdated("These credentials were not confirmed within 15 minutes. Generate new ones.")
    end_all(client, CredentialKind.SECRET, now, states=(State.ACTIVE, State.RETIRING))
    confirm(pending, now)
    end_all(client, CredentialKind.BEARER, now)
    _, bearer = mint(client, CredentialKind.BEARER, actor)
    webhook_secret = _open_endpoint(client, actor)
    advance(client)
    record(
        "channel.confirmed",
        actor=actor,
        tenant_id=client.tenant_id,
        target=client,
        after={"credential": f"{pending.kind} {pending.number}"},
    )
    return Issued(client=client, bearer_token=bearer, webhook_secret=webhook_secret)


def remove_abandoned(*, tenant: Tenant, actor: Actor) -> int:
    """Delete channels whose credentials were never confirmed in time, so that their names are free again."""
    now = timezone.now()
    working = Credential.objects.exclude(activated=None).values("client")
    waiting = Credential.objects.filter(state=State.PENDING, ends__gt=now).values("client")
    abandoned = (
        ApiClient.objects.of(tenant)
        .present()
        .of_kind(Kind.CHANNEL)
        .exclude(pk__in=working)
        .exclude(pk__in=waiting)
    )
    found = list(abandoned)
    for client in found:
        delete_client(client=client, actor=actor)
    return len(found)


def reseal() -> int:
    """Seal the Auth Tokens that wait for Confirm with the first key of SEALING_KEYS; return how many were older."""
    waiting = Channel.objects.select_related("client")
    return sealing.reseal(waiting, "webhook_token_sealed", lambda channel: _context(channel.client))


def _open_endpoint(client: ApiClient, actor: Actor) -> str:
    """Make the webhook endpoint that waited for Confirm; its signing key is shown with the API token."""
    channel = client.channel
    if not channel.webhook_token_sealed and not channel.webhook_url:
        return ""
    token = (
        sealing.unseal(channel.webhook_token_sealed, context=_context(client))
        if channel.webhook_token_sealed
        else ""
    )
    _, key = create_endpoint(
        tenant=client.tenant,
        name=client.name,
        url=channel.webhook_url,
        actor=actor,
        auth_token=token,
        client_id=client.pk,
    )
    channel.webhook_url = ""
    channel.webhook_token_sealed = ""
    channel.save(update_fields=["webhook_url", "webhook_token_sealed"])
    return key


def _context(client: ApiClient) -> tuple[str, ...]:
    return (str(client.tenant_id), "clients_channel", str(client.pk))

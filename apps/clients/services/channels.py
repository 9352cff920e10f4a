"""Channels: created pending, working after Confirm, changed later (seed 000)."""

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from apps.audit.actors import Actor
from apps.audit.services import record
from apps.clients.lifecycle import State, effective
from apps.clients.models import (
    ApiClient,
    Channel,
    ChannelDraft,
    Configuration,
    Credential,
    CredentialKind,
    Kind,
)
from apps.clients.roles import CHANNEL_ROLES
from apps.clients.services.clients import (
    ClientInput,
    create_client,
    created_by_form,
    delete_client,
    input_of,
    lock,
    lock_tenant,
    refuse_revoked,
    update_client,
)
from apps.clients.services.credentials import advance, confirm, end_all, expect, mint
from apps.clients.services.drafts import (
    ANSWERS,
    ENTER_TOKEN,
    ENTER_TOKEN_ANEW,
    end_unconfirmed,
    reseal_drafts,
    save_draft,
    token_for,
)
from apps.clients.services.problems import AlreadyDone, Outdated
from apps.clients.services.results import Issued
from apps.core import sealing
from apps.core.jsontext import plain_number
from apps.tenants.models import Tenant
from apps.webhooks.endpoints import create_endpoint, refuse_forbidden_url, update_endpoint
from apps.webhooks.models import Endpoint

_MADE_BEFORE = "This form was sent before: the channel is there, and its password was shown then, once."


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
    draft_key: UUID | None = None,
) -> Issued:
    """Add a channel with its username and password, which work after `confirm_channel` within 15 minutes.

    Under a `draft_key` the answers are kept until then. Where credentials wait for Confirm already, somebody went
    back: those end, and an Auth Token that was not typed again is the draft's. Raises ValidationError beside
    `webhook_url` for one that is never dialled: Confirm must not fail over it.
    """
    if values.webhook_url:
        refuse_forbidden_url(values.webhook_url, field="webhook_url")
    lock_tenant(tenant)
    if creation_key and created_by_form(tenant, creation_key):
        raise AlreadyDone(_MADE_BEFORE)
    remove_abandoned(tenant=tenant, actor=actor)
    auth_token, draft = values.auth_token, None
    if draft_key is not None:
        answers = {name: str(getattr(values, name)) for name in ANSWERS}
        draft = save_draft(tenant=tenant, actor=actor, key=draft_key, answers=answers, auth_token=auth_token)
        end_unconfirmed(draft, actor)
        auth_token = auth_token or token_for(draft, values.webhook_url)
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
        webhook_token_sealed=_sealed(client, auth_token),
    )
    credential, password = mint(client, CredentialKind.SECRET, actor, pending_from=timezone.now())
    advance(client)
    if draft is not None:
        draft.client = client
        draft.save(update_fields=["client", "modified"])
    return Issued(client=client, client_secret=password, password=password, confirm_until=credential.ends)


@transaction.atomic
def confirm_channel(*, client: ApiClient, actor: Actor, expected_version: int | None = None) -> Issued:
    """Let a channel's pending credentials work, end the ones before, and issue its API token."""
    lock_tenant(client.tenant)
    client = lock(client)
    refuse_revoked(client)
    expect(client, expected_version)
    now = timezone.now()
    pending = unconfirmed(client)
    end_all(client, CredentialKind.SECRET, now, states=(State.ACTIVE, State.RETIRING))
    confirm(pending, now)
    end_all(client, CredentialKind.BEARER, now)
    _, bearer = mint(client, CredentialKind.BEARER, actor)
    webhook_secret = _open_endpoint(client, actor)
    ChannelDraft.objects.filter(client=client).delete()
    advance(client)
    record(
        "channel.confirmed",
        actor=actor,
        tenant_id=client.tenant_id,
        target=client,
        after={"credential": f"{pending.kind} {pending.number}"},
    )
    return Issued(client=client, bearer_token=bearer, webhook_secret=webhook_secret)


def unconfirmed(client: ApiClient) -> Credential:
    """The credentials of a channel that wait for Confirm; raises `Outdated` where none do, or do no longer."""
    pending = Credential.objects.filter(client=client, state=State.PENDING).first()
    if pending is None or effective(State.PENDING, pending.ends, timezone.now()) is not State.PENDING:
        raise Outdated("These credentials were not confirmed within 15 minutes. Generate new ones.")
    return pending


@transaction.atomic
def update_channel(*, client: ApiClient, actor: Actor, values: ChannelInput) -> str:
    """Change a channel's name, order processing and webhook; an empty `auth_token` keeps the one that is sealed.

    Returns the signing key of a webhook where the channel had none before, else an empty text. Raises ValidationError
    beside the field for a name that is taken, a URL that is never dialled, and a new URL without its token.
    """
    lock_tenant(client.tenant)
    client = lock(client)
    refuse_revoked(client)
    # Before the audit chain, as whoever edits or pauses an endpoint takes it.
    endpoint = _lock_endpoint(client)
    if client.name != values.name:
        update_client(client=client, actor=actor, values=replace(input_of(client), name=values.name))
        client = lock(client)
    channel = client.channel
    before = _described(channel)
    channel.configuration = values.configuration
    channel.threshold_weight = values.threshold_weight
    channel.threshold_volume = values.threshold_volume
    key = _change_webhook(client, endpoint, actor, values)
    channel.save()
    after = _described(channel)
    changed = [name for name in after if after[name] != before[name]]
    if changed:
        record(
            "channel.updated",
            actor=actor,
            tenant_id=client.tenant_id,
            target=client,
            before={name: before[name] for name in changed},
            after={name: after[name] for name in changed},
        )
    return key


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
    resealed = sealing.reseal(waiting, "webhook_token_sealed", lambda channel: _context(channel.client))
    return resealed + reseal_drafts()


def _lock_endpoint(client: ApiClient) -> Endpoint | None:
    rows = Endpoint.objects.of(client.tenant).kept().filter(client_id=client.pk)
    return rows.select_for_update(no_key=True).first()


def _change_webhook(client: ApiClient, endpoint: Endpoint | None, actor: Actor, values: ChannelInput) -> str:
    """Store a channel's webhook, at the endpoint or, before Confirm, at the channel; the key if an endpoint is new."""
    channel, url, token = client.channel, values.webhook_url, values.auth_token
    was = endpoint.url if endpoint else channel.webhook_url
    if url == was and not token and (endpoint is None or endpoint.name == client.name):
        return ""
    if not url:
        raise ValidationError(
            {"webhook_url": "A channel keeps its webhook. Pause it under Webhooks instead."}
        )
    if url != was:
        refuse_forbidden_url(url, field="webhook_url")
        if not token:
            raise ValidationError({"auth_token": ENTER_TOKEN_ANEW if was else ENTER_TOKEN})
    if endpoint is not None:
        update_endpoint(
            endpoint=endpoint,
            name=client.name,
            url=url,
            events=endpoint.events,
            customer_ids=[],
            actor=actor,
            auth_token=token or None,
        )
        return ""
    channel.webhook_url = url
    channel.webhook_token_sealed = _sealed(client, token) if token else channel.webhook_token_sealed
    has_worked = Credential.objects.filter(client=client).exclude(activated=None).exists()
    # Before the first Confirm nothing is sent, so there is no endpoint either.
    return _open_endpoint(client, actor) if has_worked else ""


def _described(channel: Channel) -> dict[str, Any]:
    return {
        "configuration": str(channel.configuration),
        "threshold_weight": plain_number(channel.threshold_weight),
        "threshold_volume": plain_number(channel.threshold_volume),
    }


def _sealed(client: ApiClient, token: str) -> str:
    return sealing.seal(token, context=_context(client)) if token else ""


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

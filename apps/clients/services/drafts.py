"""The wizard of channels before there is a channel: its answers are kept, tried out, and forgotten (seed 000)."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from apps.audit.actors import Actor
from apps.audit.services import record
from apps.clients.models import ChannelDraft, Credential
from apps.clients.services.clients import delete_client, lock_tenant
from apps.core import sealing
from apps.core.sealing import SealError
from apps.tenants.models import Tenant
from apps.webhooks import trial
from apps.webhooks.trial import Trial

KEPT = timedelta(hours=24)
ANSWERS = ("name", "configuration", "threshold_weight", "threshold_volume", "webhook_url")
ENTER_TOKEN = "Enter the Auth Token that your webhook expects."
ENTER_TOKEN_ANEW = "The Webhook URL is new: enter its Auth Token anew."


@transaction.atomic
def save_draft(
    *, tenant: Tenant, actor: Actor, key: UUID, answers: Mapping[str, str], auth_token: str = ""
) -> ChannelDraft:
    """Keep what was answered so far under the key of its page; an empty `auth_token` keeps the one that is sealed.

    A token was meant for one receiver: it goes where the Webhook URL is another and no token comes with it.
    """
    lock_tenant(tenant)
    draft = ChannelDraft.objects.of(tenant).filter(key=key).first()
    if draft is None:
        draft = ChannelDraft(tenant=tenant, key=key, created_by=actor.name)
    if draft.answers.get("webhook_url") != answers.get("webhook_url"):
        draft.auth_token_sealed = ""
    draft.answers = dict(answers)
    if auth_token:
        draft.auth_token_sealed = sealing.seal(auth_token, context=_context(draft))
    draft.save()
    record(
        "channel.draft_saved",
        actor=actor,
        tenant_id=tenant.pk,
        target=draft,
        after={**draft.answers, "auth_token_entered": bool(auth_token)},
    )
    return draft


def try_webhook(*, draft: ChannelDraft, actor: Actor) -> Trial:
    """Send a test to the webhook of a draft and say what came of it. Waits for the answer with no transaction open.

    One at a time in a tenant: each holds a thread of the web server for as long as the other end takes.
    """
    url = draft.answers.get("webhook_url", "")
    token = token_for(draft, url)
    turn = f"clients.trial.{draft.tenant_id}"
    if not cache.add(turn, "taken", timeout=2 * trial.DEADLINE):
        return Trial(False, "Another test is under way. Wait for its answer, then try again.")
    try:
        with transaction.atomic():
            record(
                "channel.webhook_tested",
                actor=actor,
                tenant_id=draft.tenant_id,
                target=draft,
                after={"webhook_url": url},
            )
        return trial.send(url=url, auth_token=token, name=str(draft))
    finally:
        cache.delete(turn)


def token_for(draft: ChannelDraft, url: str) -> str:
    """The sealed Auth Token of a draft, for the URL that it was entered with; ValidationError for another one."""
    token = ""
    if draft.auth_token_sealed:
        if draft.answers.get("webhook_url") != url:
            raise ValidationError({"auth_token": ENTER_TOKEN_ANEW})
        try:
            token = sealing.unseal(draft.auth_token_sealed, context=_context(draft))
        except SealError:
            # Its key is not among SEALING_KEYS any more, so nobody can read it.
            token = ""
    if not token:
        raise ValidationError({"auth_token": ENTER_TOKEN})
    return token


@transaction.atomic
def discard_draft(*, draft: ChannelDraft, actor: Actor) -> None:
    """Forget a draft, and the channel that was made of it as long as nobody has confirmed it."""
    lock_tenant(draft.tenant)
    end_unconfirmed(draft, actor)
    record("channel.draft_discarded", actor=actor, tenant_id=draft.tenant_id, target=draft)
    draft.delete()


def end_unconfirmed(draft: ChannelDraft, actor: Actor) -> None:
    """Delete the channel of a draft whose credentials never worked; one that was confirmed stays."""
    client = draft.client
    if client is None or Credential.objects.filter(client=client).exclude(activated=None).exists():
        return
    delete_client(client=client, actor=actor)
    draft.client = None


def remove_old_drafts() -> int:
    """Forget drafts that nobody has touched for a day; what waits for Confirm ends by itself after 15 minutes."""
    removed, _ = ChannelDraft.objects.filter(modified__lt=timezone.now() - KEPT).delete()
    return removed


def reseal_drafts() -> int:
    """Seal the Auth Tokens of drafts with the first key of SEALING_KEYS; return how many were older."""
    return sealing.reseal(ChannelDraft.objects.all(), "auth_token_sealed", _context)


def _context(draft: ChannelDraft) -> tuple[str, ...]:
    return (str(draft.tenant_id), "clients_channeldraft", str(draft.pk))

"""The one way to write the audit record."""

import hashlib
import json
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.utils import timezone

from apps.audit.actors import Actor
from apps.audit.models import ChainHead, Entry


def record(
    action: str,
    *,
    actor: Actor,
    tenant_id: UUID | None,
    target: models.Model | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> Entry:
    """Append one entry inside the caller's transaction, so that an act and its record stand or fall together.

    `action` is "<noun>.<verb in the past>", such as "client.created". `before` and `after` hold the fields that
    changed, never a secret. Entries of one tenant are chained by SHA-256: each digest covers the one before it.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError(
            "audit.record() belongs inside the transaction of the act."
        )
    head = _lock_head(tenant_id) if tenant_id else None
    entry = Entry(
        tenant_id=tenant_id,
        sequence=head.sequence + 1 if head else 0,
        at=timezone.now(),
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_name=actor.name,
        action=action,
        target_type=target._meta.label_lower if target else "",
        target_id=str(target.pk) if target else "",
        target_name=str(target)[:255] if target else "",
        before=_plain(before),
        after=_plain(after),
        address=actor.address,
        request_id=actor.request_id,
        previous_digest=head.digest if head else "",
    )
    entry.digest = digest_of(entry)
    entry.save(force_insert=True)
    if head:
        ChainHead.objects.filter(pk=head.pk).update(sequence=entry.sequence, digest=entry.digest)
    return entry


def digest_of(entry: Entry) -> str:
    """SHA-256 over everything the entry says and the digest of the entry before it, as hex."""
    fields = {
        f.attname: getattr(entry, f.attname) for f in Entry._meta.fields if f.attname not in ("id", "digest")
    }
    fields["at"] = entry.at.isoformat()
    text = json.dumps(fields, sort_keys=True, default=str, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _lock_head(tenant_id: UUID) -> ChainHead:
    ChainHead.objects.bulk_create([ChainHead(tenant_id=tenant_id)], ignore_conflicts=True)
    return ChainHead.objects.select_for_update().get(tenant_id=tenant_id)


def _plain(values: dict[str, Any] | None) -> dict[str, Any]:
    """JSON as the database gives it back, so that a digest can be checked against a stored row."""
    plain: dict[str, Any] = json.loads(json.dumps(values or {}, default=str))
    return plain

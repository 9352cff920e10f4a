"""Secrets: made, rotated with or without an overlap, finished, kept.

The old secret's end and the new one's beginning are one transaction, so no reader sees both working, or none, longer
than was asked for.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from apps.audit.actors import Actor
from apps.audit.services import record
from apps.clients.lifecycle import CONFIRM_WITHIN, ENDED, Event, State, after, effective
from apps.clients.models import ApiClient, Credential, CredentialKind, Kind
from apps.clients.services.clients import lock, refuse_revoked
from apps.clients.services.problems import Outdated
from apps.clients.services.results import Issued
from apps.core import secrets
from apps.core.secrets import SecretKind

OVERLAPS: dict[str, timedelta | None] = {
    "now": None,
    "1h": timedelta(hours=1),
    "24h": timedelta(hours=24),
    "3d": timedelta(days=3),
    "7d": timedelta(days=7),
}
_SHOWN_BEFORE = (
    "These credentials have changed since this page was opened: the form was submitted before, or somebody else was "
    "faster. Nothing was generated now, and a secret that was shown is not shown again."
)
_SECRET_OF = {CredentialKind.SECRET: SecretKind.CLIENT_SECRET, CredentialKind.BEARER: SecretKind.BEARER_TOKEN}


@transaction.atomic
def generate_credentials(
    *,
    client: ApiClient,
    actor: Actor,
    retire_after: timedelta | None = None,
    expected_version: int | None = None,
) -> Issued:
    """Make a client's first secret, or its next one; the Client ID never changes.

    `retire_after` is how long the old secret goes on working; None ends it at once, with the access tokens that it
    obtained. A channel's new secret works after Confirm, and its old one until then. `expected_version` is the version
    that the form was made for; a form for another one raises `Outdated` and mints nothing.
    """
    client = lock(client)
    refuse_revoked(client)
    expect(client, expected_version)
    kind = CredentialKind.BEARER if client.kind in (Kind.BEARER, Kind.ACCESS) else CredentialKind.SECRET
    now = timezone.now()
    waits = client.kind == Kind.CHANNEL
    old_ends = None
    if waits:
        end_all(client, kind, now, states=(State.PENDING,))
    else:
        old_ends = _retire(client, kind, now, retire_after)
    credential, plain = mint(client, kind, actor, pending_from=now if waits else None)
    advance(client)
    record(
        "client.credentials_generated",
        actor=actor,
        tenant_id=client.tenant_id,
        target=client,
        after={"credential": f"{kind.value} {credential.number}", "old_ends": old_ends},
    )
    return Issued(
        client=client,
        client_secret=plain if kind is CredentialKind.SECRET else "",
        bearer_token=plain if kind is CredentialKind.BEARER else "",
        old_ends=old_ends,
        confirm_until=credential.ends,
    )


@transaction.atomic
def finish_rotation(*, client: ApiClient, actor: Actor, expected_version: int | None = None) -> None:
    """End the overlap now: the retiring secret stops working."""
    client = lock(client)
    expect(client, expected_version)
    now = timezone.now()
    old = _retiring(client, now)
    _move(old, Event.FINISH, now)
    advance(client)
    record(
        "client.rotation_finished",
        actor=actor,
        tenant_id=client.tenant_id,
        target=client,
        after={"ended": f"{old.kind} {old.number}"},
    )


@transaction.atomic
def keep_old(*, client: ApiClient, actor: Actor, expected_version: int | None = None) -> None:
    """Undo a rotation while both secrets work: the old one stays, the new one is revoked."""
    client = lock(client)
    refuse_revoked(client)
    expect(client, expected_version)
    now = timezone.now()
    old = _retiring(client, now)
    new = Credential.objects.filter(client=client, kind=old.kind, state=State.ACTIVE).first()
    if new is not None:
        _move(new, Event.REVOKE, now)
    _move(old, Event.KEEP, now)
    advance(client)
    record(
        "client.rotation_undone",
        actor=actor,
        tenant_id=client.tenant_id,
        target=client,
        after={
            "kept": f"{old.kind} {old.number}",
            "revoked": f"{new.kind} {new.number}" if new is not None else "",
        },
    )


@transaction.atomic
def revoke_credential(*, credential: Credential, actor: Actor) -> bool:
    """End one credential for good, with the access tokens that it obtained; False if it has ended already."""
    client = lock(credential.client)
    found = Credential.objects.get(pk=credential.pk, client=client)
    now = timezone.now()
    if effective(State(found.state), found.ends, now) in ENDED:
        return False
    _move(found, Event.REVOKE, now)
    advance(client)
    record(
        "client.credential_revoked",
        actor=actor,
        tenant_id=client.tenant_id,
        target=client,
        after={"credential": f"{found.kind} {found.number}"},
    )
    return True


def expect(client: ApiClient, version: int | None) -> None:
    """Refuse a form that was made for another version of the client's credentials."""
    if version is not None and version != client.version:
        raise Outdated(_SHOWN_BEFORE)


def advance(client: ApiClient) -> None:
    """Note that the credentials changed, so that forms made before act no more."""
    client.version += 1
    client.save(update_fields=["version"])


def mint(
    client: ApiClient, kind: CredentialKind, actor: Actor, pending_from: datetime | None = None
) -> tuple[Credential, str]:
    """Store a new random secret of a client, and hand the secret back for the one answer that shows it."""
    plain = secrets.generate(_SECRET_OF[kind])
    credential = store(
        client,
        kind,
        actor,
        digest=secrets.digest(plain),
        state=State.PENDING if pending_from else State.ACTIVE,
        ends=pending_from + CONFIRM_WITHIN if pending_from else None,
    )
    return credential, plain


def store(
    client: ApiClient,
    kind: CredentialKind,
    actor: Actor,
    *,
    digest: str | None = None,
    encoded: str = "",
    state: State = State.ACTIVE,
    ends: datetime | None = None,
) -> Credential:
    """Store a credential under the next number of its kind."""
    last = Credential.objects.filter(client=client, kind=kind).aggregate(last=Max("number"))["last"] or 0
    return Credential.objects.create(
        client=client,
        kind=kind,
        number=last + 1,
        state=state,
        digest=digest,
        encoded=encoded,
        ends=ends,
        activated=timezone.now() if state is State.ACTIVE else None,
        created_by=actor.name,
    )


def end_all(
    client: ApiClient,
    kind: CredentialKind,
    now: datetime,
    states: tuple[State, ...] = (State.PENDING, State.ACTIVE, State.RETIRING),
) -> None:
    """End a client's credentials of a kind and of these states at once."""
    for credential in Credential.objects.filter(client=client, kind=kind, state__in=states):
        _move(credential, Event.REPLACE, now)


def confirm(credential: Credential, now: datetime) -> None:
    """Let a pending credential work."""
    credential.ends = None
    credential.activated = now
    _move(credential, Event.CONFIRM, now)


def _retire(
    client: ApiClient, kind: CredentialKind, now: datetime, retire_after: timedelta | None
) -> datetime | None:
    """Give the current secret its end. One that retires already ends now: at most two ever work."""
    if retire_after is None:
        end_all(client, kind, now)
        return None
    end_all(client, kind, now, states=(State.PENDING, State.RETIRING))
    current = Credential.objects.filter(client=client, kind=kind, state=State.ACTIVE).first()
    if current is None:
        return None
    current.ends = now + retire_after
    _move(current, Event.RETIRE, now)
    return current.ends


def _retiring(client: ApiClient, now: datetime) -> Credential:
    found = Credential.objects.filter(client=client, state=State.RETIRING).first()
    if found is None or effective(State(found.state), found.ends, now) is not State.RETIRING:
        raise Outdated("The overlap is over: there is no old secret any more.")
    return found


def _move(credential: Credential, event: Event, now: datetime) -> None:
    """Take a credential through the one table of the lifecycle and store what follows from it."""
    state = after(State(credential.state), event)
    credential.state = state
    if state is State.REVOKED:
        credential.revoked = now
    elif state in ENDED:
        # What ran out before keeps the instant at which it did.
        credential.ends = min(now, credential.ends) if credential.ends else now
    elif state is State.ACTIVE:
        credential.ends = None
    credential.save(update_fields=["state", "ends", "revoked", "activated"])

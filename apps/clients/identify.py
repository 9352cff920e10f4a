"""Whose a credential is, for an administrator who found one somewhere. Nothing of it is stored, logged or shown."""

import re
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils import timezone

from apps.clients import access_tokens
from apps.clients.lifecycle import State, effective
from apps.clients.models import Credential
from apps.clients.principals import Refused
from apps.core import secrets
from apps.core.secrets import SecretKind
from apps.tenants.models import Tenant

# What people paste is often a whole header or a line of a configuration.
_OURS = re.compile(r"gp_(?:cs|bt|at)_[0-9A-Za-z]{49}")


@dataclass(frozen=True, slots=True)
class Found:
    """A credential of the tenant, and whether what was pasted is an access token that it obtained."""

    credential: Credential
    is_access_token: bool

    @property
    def state(self) -> str:
        """Where the credential stands now."""
        return effective(State(self.credential.state), self.credential.ends, timezone.now()).value


def identify(tenant: Tenant, pasted: str) -> Found | None:
    """The tenant's credential behind a pasted text; somebody else's is as unknown as one that does not exist."""
    match = _OURS.search(pasted)
    text = match.group() if match else pasted.strip()
    credentials = Credential.objects.select_related("client", "client__tenant").filter(
        client__tenant=tenant, client__deleted_at=None
    )
    if secrets.kind_of(text) is SecretKind.ACCESS_TOKEN:
        try:
            reference = access_tokens.reference_of(text)
        except Refused:
            return None
        credential = credentials.filter(reference=reference).first()
    else:
        digest = secrets.digest(text)
        credential = credentials.filter(digest=digest).first() or _imported(credentials, digest)
    return Found(credential, secrets.kind_of(text) is SecretKind.ACCESS_TOKEN) if credential else None


def _imported(credentials: QuerySet[Credential], digest: str) -> Credential | None:
    """One from before the portal that is stored as SHA-256; slow encodings can't be found by the secret alone."""
    encodings = [f"sha256${digest}", f"sha256${digest.upper()}"]
    return credentials.filter(client__is_legacy=True, encoded__in=encodings).first()

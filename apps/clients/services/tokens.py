"""Bearer tokens (seed 001) and access tokens with a chosen username and password (seed 002)."""

import re
import secrets as random
from collections.abc import Sequence
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Lower

from apps.audit.actors import Actor
from apps.clients.models import ApiClient, CredentialKind, Kind
from apps.clients.services.clients import ClientInput, create_client, created_by_form, lock_tenant
from apps.clients.services.credentials import advance, mint, store
from apps.clients.services.problems import AlreadyDone, LimitReached, NotIncluded
from apps.clients.services.results import Issued
from apps.core import secrets
from apps.tenants.models import Tenant
from apps.tenants.selectors import current_plan

_USERNAME = re.compile(r"[a-z0-9._-]{3,64}")
_SHOWN_BEFORE = "This token was generated before, and it was shown then. It can't be shown again."
DEFAULT_TOKEN_LIMIT = 11


@transaction.atomic
def create_bearer(
    *, tenant: Tenant, actor: Actor, name: str, roles: Sequence[str], creation_key: UUID | None = None
) -> Issued:
    """Make a bearer token without expiry that reaches all customers and warehouses, if the plan's limit allows."""
    lock_tenant(tenant)
    if creation_key and created_by_form(tenant, creation_key):
        raise AlreadyDone(_SHOWN_BEFORE)
    plan = current_plan(tenant)
    limit = plan.token_limit if plan else DEFAULT_TOKEN_LIMIT
    if bearer_tokens_in_use(tenant) >= limit:
        raise LimitReached(limit)
    client = create_client(
        tenant=tenant,
        actor=actor,
        values=ClientInput(name=name, roles=roles, all_customers=True, all_warehouses=True),
        kind=Kind.BEARER,
        creation_key=creation_key,
    )
    _, token = mint(client, CredentialKind.BEARER, actor)
    advance(client)
    return Issued(client=client, bearer_token=token)


def bearer_tokens_in_use(tenant: Tenant) -> int:
    """How many of the plan's bearer tokens exist; one that is switched off can be switched on again, so it counts."""
    return ApiClient.objects.of(tenant).present().filter(kind=Kind.BEARER, revoked_at=None).count()


def create_access(
    *,
    tenant: Tenant,
    actor: Actor,
    username: str,
    password: str | None = None,
    roles: Sequence[str],
    name: str = "",
    reach: ClientInput | None = None,
    creation_key: UUID | None = None,
) -> Issued:
    """Make an access token with a username and password chosen by a person; without a password one is generated."""
    username = clean_username(username)
    generated = password is None
    if password is None:
        password = random.token_urlsafe(24)
    else:
        _check_password(username, password)
    # Slow on purpose, so it happens before the transaction that holds the tenant's lock.
    encoded = make_password(password)
    with transaction.atomic():
        lock_tenant(tenant)
        if creation_key and created_by_form(tenant, creation_key):
            raise AlreadyDone(_SHOWN_BEFORE)
        plan = current_plan(tenant)
        if plan is None or not plan.api_integration:
            raise NotIncluded("Your plan does not include API Integration.")
        if is_taken(username):
            raise ValidationError({"username": "This username is not available."})
        values = reach or ClientInput(
            name=name or username, roles=roles, all_customers=True, all_warehouses=True
        )
        client = create_client(
            tenant=tenant,
            actor=actor,
            values=values,
            kind=Kind.ACCESS,
            client_id=username,
            creation_key=creation_key,
        )
        store(client, CredentialKind.PASSWORD, actor, encoded=encoded)
        _, token = mint(client, CredentialKind.BEARER, actor)
        advance(client)
    return Issued(client=client, bearer_token=token, password=password if generated else "")


def is_taken(client_id: str) -> bool:
    """Whether anybody in the installation has this id, in any letter case."""
    return ApiClient.objects.annotate(key=Lower("client_id")).filter(key=client_id.lower()).exists()


def clean_username(text: str) -> str:
    """A username in the form in which it is stored; ValidationError where it can't be one."""
    username = text.strip().casefold()
    if not _USERNAME.fullmatch(username):
        raise ValidationError(
            {"username": "Use 3 to 64 characters: letters a to z, digits, full stop, underscore and hyphen."}
        )
    if username.startswith(secrets.CLIENT_ID_PREFIX):
        raise ValidationError({"username": "This username is not available."})
    return username


def username_from(name: str) -> str:
    """A username that nobody else has, made from a name, for commands that ask for none."""
    stem = re.sub(r"[^a-z0-9._-]+", "-", name.casefold()).strip("-._")[:48] or "access"
    return f"{stem}-{random.token_hex(4)}"


def _check_password(username: str, password: str) -> None:
    problems: list[str] = []
    try:
        validate_password(password)
    except ValidationError as error:
        problems += error.messages
    if username in password.casefold():
        problems.append("Leave the username out of it: whoever knows the one tries the other first.")
    if len(password) > 256:
        problems.append("Use at most 256 characters.")
    if problems:
        raise ValidationError({"password": problems})

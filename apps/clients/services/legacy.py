"""Keys from before the portal (seed 004): they keep their ids and secrets, of which we get the hashes alone."""

import re
from collections.abc import Iterator
from functools import lru_cache
from uuid import UUID

from django.contrib.auth.hashers import identify_hasher
from django.core.exceptions import ValidationError
from django.db import transaction

from apps.audit.actors import Actor
from apps.clients.models import ApiClient, CredentialKind
from apps.clients.services.clients import ClientInput, create_client
from apps.clients.services.credentials import advance, store
from apps.clients.services.tokens import is_taken
from apps.core import csvfile, secrets
from apps.customers.models import Customer
from apps.tenants.models import Tenant

COLUMNS = ("tenant", "client_id", "name", "hash", "roles", "customers")
LONGEST_ID, LONGEST_HASH, LONGEST_NAME = 100, 256, 120
_DIGEST = re.compile(r"sha256\$[0-9a-fA-F]{64}")
_BETWEEN = re.compile(r"[\s,;|]+")


@transaction.atomic
def import_legacy(
    *, tenant: Tenant, actor: Actor, client_id: str, encoded: str, values: ClientInput
) -> ApiClient:
    """Take over a key from before the portal: it keeps its id and its secret, of which we get the hash alone."""
    if not client_id or len(client_id) > LONGEST_ID or secrets.is_generated_client_id(client_id):
        raise ValidationError({"client_id": "This client id can't be imported."})
    if is_taken(client_id):
        raise ValidationError({"client_id": f"The client id {client_id} exists already."})
    if not _is_hash(encoded):
        raise ValidationError({"hash": "The hash is neither sha256$hex nor one of Django's."})
    client = create_client(tenant=tenant, actor=actor, values=values, client_id=client_id, is_legacy=True)
    store(client, CredentialKind.SECRET, actor, encoded=encoded)
    advance(client)
    return client


def import_legacy_keys(source: str | bytes, *, actor: Actor) -> Iterator[ApiClient]:
    """Import the keys of a CSV one by one; the caller's transaction makes it all or nothing.

    Customers left empty means all, now and later. Raises `csvfile.CsvError`, whose message names the line.
    """
    tenant_of = lru_cache(maxsize=None)(lambda slug: Tenant.objects.filter(slug=slug).first())
    for number, row in csvfile.read(source, columns=COLUMNS):
        tenant = tenant_of(row["tenant"])
        try:
            if tenant is None:
                raise ValidationError(f"There is no tenant {row['tenant']}.")
            yield import_legacy(
                tenant=tenant,
                actor=actor,
                client_id=row["client_id"],
                encoded=row["hash"],
                values=_values(tenant, row),
            )
        except ValidationError as error:
            raise csvfile.CsvError(f"Line {number}: {' '.join(error.messages)}") from None


def _values(tenant: Tenant, row: dict[str, str]) -> ClientInput:
    customers = _customers(tenant, _parts(row["customers"]))
    if not row["name"] or len(row["name"]) > LONGEST_NAME:
        raise ValidationError(f"The name has to have 1 to {LONGEST_NAME} characters.")
    return ClientInput(
        name=row["name"],
        roles=_parts(row["roles"]),
        all_customers=not customers,
        customers=customers,
        all_warehouses=True,
        # As with `issue_credentials`: what is not tied to a customer is the organisation's own.
        is_internal=not customers,
    )


def _customers(tenant: Tenant, texts: list[str]) -> list[Customer]:
    try:
        ids = {UUID(text) for text in texts}
    except ValueError:
        raise ValidationError("The customers have to be UUIDs.") from None
    found = list(Customer.objects.of(tenant).filter(pk__in=ids))
    if len(found) < len(ids):
        raise ValidationError(f"A customer is named that {tenant.slug} does not have.")
    return found


def _parts(text: str) -> list[str]:
    return [part for part in _BETWEEN.split(text) if part]


def _is_hash(encoded: str) -> bool:
    """Whether a secret can be held against it: SHA-256, or an encoding of a hasher of PASSWORD_HASHERS."""
    if _DIGEST.fullmatch(encoded):
        return True
    if len(encoded) > LONGEST_HASH:
        return False
    try:
        return bool(identify_hasher(encoded).decode(encoded)["hash"])
    except (ValueError, AssertionError, KeyError, TypeError, IndexError):
        return False

"""API clients themselves: added, edited, switched on and off, revoked, deleted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from apps.audit.actors import Actor
from apps.audit.services import record
from apps.clients.lifecycle import State
from apps.clients.models import ApiClient, Credential, Kind
from apps.clients.networks import allows
from apps.clients.roles import BY_CODE, names_of, permissions_of
from apps.clients.services.problems import Outdated
from apps.core.names import look_key, name_key
from apps.core.secrets import generate_client_id
from apps.customers.models import Customer
from apps.tenants.models import Tenant, Warehouse
from apps.usage import selectors as usage
from apps.webhooks.endpoints import remove_endpoint
from apps.webhooks.models import Endpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientInput:
    """What a person decides about a client. `all_…` means those added later too."""

    name: str
    roles: Sequence[str]
    all_customers: bool = False
    customers: Sequence[Customer] = ()
    all_warehouses: bool = False
    warehouses: Sequence[Warehouse] = ()
    is_active: bool = True
    is_internal: bool = False
    expires: datetime | None = None
    networks: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """One line of what an edit changes, in words; `narrows` where the client loses something.

    `warning` names callers of the last 7 days that the change locks out.
    """

    field: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    narrows: bool = False
    warning: str = ""


ALL_CUSTOMERS = "All customers, now and later"
ALL_WAREHOUSES = "All warehouses, now and later"
ANY_ADDRESS = "Any address"


@transaction.atomic
def create_client(
    *,
    tenant: Tenant,
    actor: Actor,
    values: ClientInput,
    kind: Kind = Kind.CLIENT,
    client_id: str = "",
    creation_key: UUID | None = None,
    is_legacy: bool = False,
) -> ApiClient:
    """Add a client without credentials. A form submitted twice adds one: the second gets the first's client."""
    lock_tenant(tenant)
    if creation_key and (existing := created_by_form(tenant, creation_key)):
        return existing
    _check(tenant, values, kind)
    client = ApiClient(
        tenant=tenant,
        kind=kind,
        client_id=client_id or generate_client_id(),
        name=values.name,
        roles=_ordered(values.roles),
        all_customers=values.all_customers,
        all_warehouses=values.all_warehouses,
        is_active=values.is_active,
        is_internal=values.is_internal,
        expires=values.expires,
        allowed_networks=" ".join(values.networks),
        is_legacy=is_legacy,
        creation_key=creation_key,
        created_by=actor.name,
    )
    client.save(force_insert=True)
    _set_reach(client, values)
    after = {**_described(values), "kind": kind.value, "client_id": client.client_id}
    record("client.created", actor=actor, tenant_id=tenant.pk, target=client, after=after)
    return client


@transaction.atomic
def update_client(*, client: ApiClient, actor: Actor, values: ClientInput) -> list[Change]:
    """Store an edit and say what it changed. What it takes away is gone at the next call, tokens issued included."""
    client = lock(client)
    refuse_revoked(client)
    _check(client.tenant, values, Kind(client.kind), but=client)
    before = input_of(client)
    changes = changes_of(client, values)
    if not changes:
        return []
    client.name = values.name
    client.roles = _ordered(values.roles)
    client.all_customers = values.all_customers
    client.all_warehouses = values.all_warehouses
    client.is_active = values.is_active
    client.is_internal = values.is_internal
    client.allowed_networks = " ".join(values.networks)
    if client.expires != values.expires:
        client.expires, client.expiry_told = values.expires, None
    if any(change.narrows for change in changes):
        client.generation += 1
    client.save()
    _set_reach(client, values)
    old, new = _described(before), _described(values)
    record(
        "client.updated",
        actor=actor,
        tenant_id=client.tenant_id,
        target=client,
        before={key: old[key] for key in old if old[key] != new[key]},
        after={key: new[key] for key in new if old[key] != new[key]},
    )
    return changes


@transaction.atomic
def set_active(*, client: ApiClient, actor: Actor, active: bool) -> ApiClient:
    """Switch a client on or off. Access tokens issued before it was off stay dead when it is on again."""
    client = lock(client)
    refuse_revoked(client)
    if client.is_active == active:
        return client
    client.is_active = active
    if not active:
        client.generation += 1
    client.save(update_fields=["is_active", "generation"])
    record(
        "client.activated" if active else "client.deactivated",
        actor=actor,
        tenant_id=client.tenant_id,
        target=client,
        before={"active": not active},
        after={"active": active},
    )
    return client


@transaction.atomic
def deactivate_clients(*, clients: Sequence[ApiClient], actor: Actor) -> int:
    """Switch several clients off, all or none; returns how many were on. Revoked ones stay as they are."""
    # All are locked before the first is changed: changing takes the lock of the audit chain, which comes after these.
    ids = sorted(client.pk for client in clients)
    locked = list(
        ApiClient.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=ids).order_by("pk")
    )
    on = [client for client in locked if client.is_active]
    for client in on:
        set_active(client=client, actor=actor, active=False)
    return len(on)


@transaction.atomic
def revoke_client(*, client: ApiClient, actor: Actor) -> ApiClient:
    """End every credential of a client for good. Tokens of seeds 001 and 002 leave their list with it."""
    client = lock(client)
    if client.revoked_at is not None:
        return client
    # Before the audit chain, as whoever edits an endpoint does, so that neither waits for the other.
    endpoints = list(
        Endpoint.objects.select_for_update(no_key=True)
        .filter(tenant=client.tenant_id, client_id=client.pk)
        .order_by("id")
    )
    now = timezone.now()
    ended = Credential.objects.filter(client=client).exclude(state__in=(State.REVOKED, State.EXPIRED))
    numbers = sorted(ended.values_list("kind", "number"))
    ended.update(state=State.REVOKED, revoked=now)
    client.revoked_at = now
    client.is_active = False
    client.generation += 1
    client.version += 1
    if client.kind in (Kind.BEARER, Kind.ACCESS):
        client.deleted_at = now
    client.save(update_fields=["revoked_at", "is_active", "generation", "version", "deleted_at"])
    record(
        "client.revoked",
        actor=actor,
        tenant_id=client.tenant_id,
        target=client,
        after={"credentials": [f"{kind} {number}" for kind, number in numbers]},
    )
    for endpoint in endpoints:
        remove_endpoint(endpoint=endpoint, actor=actor)
    return client


@transaction.atomic
def delete_client(*, client: ApiClient, actor: Actor) -> ApiClient:
    """Take a client off the list, revoking it first. Its calls, statements and audit entries keep its name."""
    client = revoke_client(client=client, actor=actor)
    if client.deleted_at is None:
        client.deleted_at = timezone.now()
        client.save(update_fields=["deleted_at"])
        record("client.deleted", actor=actor, tenant_id=client.tenant_id, target=client)
    return client


def changes_of(client: ApiClient, values: ClientInput) -> list[Change]:
    """What storing these values would add and remove, in words, without storing anything."""
    old, new = input_of(client), values
    changes = []
    if old.name != new.name:
        changes.append(Change("Name", (new.name,), (old.name,)))
    changes += _difference("API Roles", names_of(old.roles), names_of(new.roles))
    changes += _difference("Customers", _customers(old), _customers(new), widens=new.all_customers)
    changes += _difference("Warehouses", _warehouses(old), _warehouses(new), widens=new.all_warehouses)
    if old.is_active != new.is_active:
        states = ("ACTIVE", "INACTIVE")
        added, removed = states if new.is_active else states[::-1]
        changes.append(Change("State", (added,), (removed,), narrows=not new.is_active))
    if old.is_internal != new.is_internal:
        lost = permissions_of(old.roles, old.is_internal) - permissions_of(new.roles, new.is_internal)
        words = ("internal",)
        changes.append(
            Change("Internal", words if new.is_internal else (), () if new.is_internal else words, bool(lost))
        )
    if old.expires != new.expires:
        zone = client.tenant.zone
        changes.append(Change("Expires", (_moment(new.expires, zone),), (_moment(old.expires, zone),)))
    changes += _network_changes(client, old, new)
    return changes


def _network_changes(client: ApiClient, old: ClientInput, new: ClientInput) -> list[Change]:
    """What changes about the addresses, and whom of the present callers it locks out."""
    before, after = set(old.networks or (ANY_ADDRESS,)), set(new.networks or (ANY_ADDRESS,))
    if before == after:
        return []
    text = " ".join(new.networks)
    callers = usage.addresses_of_client(client.tenant, client.pk) if text else []
    lost = [caller for caller in callers if not allows(text, caller.address)]
    words = ", ".join(f"{caller.address} ({caller.calls:,} calls)" for caller in lost)
    warning = f"Callers of the last 7 days that this locks out: {words}." if lost else ""
    added, removed = tuple(sorted(after - before)), tuple(sorted(before - after))
    return [Change("Allowed addresses", added, removed, warning=warning)]


def _moment(value: datetime | None, zone: str) -> str:
    return f"{value.astimezone(ZoneInfo(zone)):%d %b %Y, %H:%M} ({zone})" if value else "never"


def input_of(client: ApiClient) -> ClientInput:
    """A client as its form would have it."""
    return ClientInput(
        name=client.name,
        roles=client.roles,
        all_customers=client.all_customers,
        customers=list(client.customers.all()),
        all_warehouses=client.all_warehouses,
        warehouses=list(client.warehouses.all()),
        is_active=client.is_active,
        is_internal=client.is_internal,
        expires=client.expires,
        networks=client.allowed_networks.split(),
    )


def lock(client: ApiClient) -> ApiClient:
    """The client's row as it is now, locked until the transaction ends."""
    return (
        ApiClient.objects.select_for_update(of=("self",), no_key=True)
        .select_related("tenant")
        .get(pk=client.pk)
    )


def lock_tenant(tenant: Tenant) -> None:
    """Put everything that adds a client to a tenant in one line, on PostgreSQL as SQLite does by itself."""
    Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)


def refuse_revoked(client: ApiClient) -> None:
    """Nothing changes on a revoked client: revoking is for good."""
    if client.revoked_at is not None:
        raise Outdated("This client was revoked, which is for good. Add a new one.")


def created_by_form(tenant: Tenant, creation_key: UUID) -> ApiClient | None:
    """The client that a form with this key has added, if it was submitted before."""
    return ApiClient.objects.of(tenant).filter(creation_key=creation_key).first()


def _check(tenant: Tenant, values: ClientInput, kind: Kind, but: ApiClient | None = None) -> None:
    problems: dict[str, str] = {}
    if problem := _name_problem(tenant, values.name, kind, but):
        problems["name"] = problem
    if not values.roles:
        problems["roles"] = "Choose at least one API role."
    elif unknown := [code for code in values.roles if code not in BY_CODE]:
        problems["roles"] = f"There is no API role {', '.join(unknown)}."
    if not values.all_customers and not values.customers:
        problems["customers"] = "Choose at least one customer, or all."
    if not values.all_warehouses and not values.warehouses:
        problems["warehouses"] = "Choose at least one warehouse, or all."
    for field, chosen in (("customers", values.customers), ("warehouses", values.warehouses)):
        if any(row.tenant_id != tenant.pk for row in chosen):
            problems[field] = "Choose from the list."
    if problems:
        raise ValidationError(problems)


def _name_problem(tenant: Tenant, name: str, kind: Kind, but: ApiClient | None) -> str:
    """What is wrong with a name beside the others, in words. Seed 000 identifies channels by theirs."""
    others = ApiClient.objects.of(tenant).present()
    if but is not None:
        others = others.exclude(pk=but.pk)
    if same := others.filter(name_key=name_key(name)).values_list("name", flat=True).first():
        return f"Another client has this name: “{same}”. Choose one that tells them apart."
    if kind != Kind.CHANNEL or not (look := look_key(name)):
        return ""
    channels = others.of_kind(Kind.CHANNEL).values_list("name", flat=True)
    similar = next((other for other in channels if look_key(other) == look), None)
    return f"This looks like the channel “{similar}”. Choose a name that tells them apart." if similar else ""


def _set_reach(client: ApiClient, values: ClientInput) -> None:
    client.customers.set(() if values.all_customers else values.customers)
    client.warehouses.set(() if values.all_warehouses else values.warehouses)


def _ordered(codes: Iterable[str]) -> list[str]:
    chosen = set(codes)
    return [code for code in BY_CODE if code in chosen]


def _customers(values: ClientInput) -> list[str]:
    return [ALL_CUSTOMERS] if values.all_customers else [str(customer) for customer in values.customers]


def _warehouses(values: ClientInput) -> list[str]:
    return [ALL_WAREHOUSES] if values.all_warehouses else [str(warehouse) for warehouse in values.warehouses]


def _difference(field: str, old: list[str], new: list[str], widens: bool = False) -> list[Change]:
    added = tuple(sorted(set(new) - set(old)))
    removed = tuple(sorted(set(old) - set(new)))
    return [Change(field, added, removed, narrows=bool(removed) and not widens)] if added or removed else []


def _described(values: ClientInput) -> dict[str, Any]:
    return {
        "name": values.name,
        "roles": _ordered(values.roles),
        "customers": sorted(_customers(values)),
        "warehouses": sorted(_warehouses(values)),
        "active": values.is_active,
        "internal": values.is_internal,
        "expires": values.expires,
        "allowed_addresses": list(values.networks),
    }

"""Writes about members and warehouses; what other apps call of the rest is named here too."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from apps.audit.actors import Actor
from apps.audit.services import record
from apps.core.names import name_key
from apps.tenants.invitations import (
    CannotAccept,
    CannotInvite,
    MailUnavailable,
    accept,
    accept_as_new,
    invite,
    resend,
    withdraw,
)
from apps.tenants.models import Membership, Role, Tenant, Warehouse
from apps.tenants.organisations import create_tenant, set_plan, set_suspended, update_organisation
from apps.tenants.selectors import managers

__all__ = [
    "CannotAccept",
    "CannotInvite",
    "LastManager",
    "MailUnavailable",
    "NameTaken",
    "NotYourOwnRights",
    "accept",
    "accept_as_new",
    "change_member",
    "create_tenant",
    "create_warehouse",
    "invite",
    "remove_member",
    "resend",
    "set_plan",
    "set_suspended",
    "set_warehouse_active",
    "update_organisation",
    "update_warehouse",
    "withdraw",
]


class LastManager(ValueError):
    """Without this member nobody could edit other users any more."""

    def __init__(self) -> None:
        super().__init__(
            "This is the last Administrator who may edit other users. Give somebody else that right first."
        )


class NotYourOwnRights(ValueError):
    """Nobody raises their own rights."""

    def __init__(self) -> None:
        super().__init__("You can't raise your own rights. Ask another administrator.")


class NameTaken(ValueError):
    """Another warehouse of the tenant has this name, or one that differs in case, spaces or accents' form only."""


@transaction.atomic
def change_member(
    *,
    membership: Membership,
    role: str,
    can_edit_users: bool,
    actor: Actor,
    customer_ids: Sequence[UUID] = (),
) -> Membership:
    """Give a member another role or right. Customer users keep customers, the others have none."""
    stored = _lock(membership)
    rights = {
        "role": role,
        "can_edit_users": can_edit_users and role == Role.ADMINISTRATOR,
        "customer_ids": [str(customer) for customer in customer_ids] if role == Role.CUSTOMER else [],
    }
    before = {field: getattr(stored, field) for field in rights if getattr(stored, field) != rights[field]}
    if not before:
        return stored
    _keep_own(stored, rights, actor)
    for field, value in rights.items():
        setattr(stored, field, value)
    stored.save(update_fields=list(rights))
    _keep_a_manager(stored.tenant)
    after = {field: rights[field] for field in before}
    record(
        "member.changed",
        actor=actor,
        tenant_id=stored.tenant_id,
        target=stored,
        before=before,
        after=after,
    )
    return stored


@transaction.atomic
def remove_member(*, membership: Membership, actor: Actor) -> None:
    """Take a person out of the organisation. Their account and what they did stay."""
    stored = _lock(membership)
    before = {"role": stored.role, "can_edit_users": stored.can_edit_users}
    record("member.removed", actor=actor, tenant_id=stored.tenant_id, target=stored, before=before)
    stored.delete()
    _keep_a_manager(stored.tenant)


def _lock(membership: Membership) -> Membership:
    """Lock the organisation, so that two administrators who demote each other at once take turns.

    Without its key: rows that merely refer to it, such as orders, are added meanwhile and never wait for each other.
    """
    Tenant.objects.select_for_update(no_key=True).get(pk=membership.tenant_id)
    return Membership.objects.select_related("tenant", "user").get(pk=membership.pk)


def _keep_a_manager(tenant: Tenant) -> None:
    if not managers(tenant).exists():
        raise LastManager


def _keep_own(stored: Membership, rights: dict[str, Any], actor: Actor) -> None:
    def rank(role: str, can_edit_users: bool) -> tuple[int, bool]:
        return ([Role.CUSTOMER, Role.VIEWER, Role.ADMINISTRATOR].index(Role(role)), can_edit_users)

    raised = rank(rights["role"], rights["can_edit_users"]) > rank(stored.role, stored.can_edit_users)
    widened = set(rights["customer_ids"]) > set(stored.customer_ids)
    if actor.kind == "person" and actor.id == str(stored.user_id) and (raised or widened):
        raise NotYourOwnRights


@transaction.atomic
def create_warehouse(*, tenant: Tenant, actor: Actor, **fields: Any) -> Warehouse:
    """Add a warehouse; the first one becomes the default."""
    Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
    wants_default = fields.pop("is_default", False)
    first = not Warehouse.objects.of(tenant).filter(is_default=True).exists()
    warehouse = Warehouse(tenant=tenant, **fields)
    _save_named(warehouse)
    record(
        "warehouse.created",
        actor=actor,
        tenant_id=tenant.pk,
        target=warehouse,
        after={key: value for key, value in fields.items() if value},
    )
    if wants_default or first:
        _make_default(warehouse, actor)
    return warehouse


@transaction.atomic
def update_warehouse(*, warehouse: Warehouse, actor: Actor, **fields: Any) -> Warehouse:
    """Change a warehouse's name, address, state, or make it the default."""
    stored = _lock_warehouse(warehouse)
    wants_default = fields.pop("is_default", False)
    before = {field: getattr(stored, field) for field in fields if getattr(stored, field) != fields[field]}
    if before:
        for field in before:
            setattr(stored, field, fields[field])
        _save_named(stored)
        record(
            "warehouse.changed",
            actor=actor,
            tenant_id=stored.tenant_id,
            target=stored,
            before=before,
            after={field: fields[field] for field in before},
        )
    if wants_default and not stored.is_default:
        _make_default(stored, actor)
    return stored


@transaction.atomic
def set_warehouse_active(*, warehouse: Warehouse, is_active: bool, actor: Actor) -> Warehouse:
    """Let a warehouse take orders, or stop it from taking any."""
    stored = _lock_warehouse(warehouse)
    if stored.is_active != is_active:
        stored.is_active = is_active
        stored.save(update_fields=["is_active"])
        action = "warehouse.activated" if is_active else "warehouse.deactivated"
        record(action, actor=actor, tenant_id=stored.tenant_id, target=stored)
    return stored


def _lock_warehouse(warehouse: Warehouse) -> Warehouse:
    Tenant.objects.select_for_update(no_key=True).get(pk=warehouse.tenant_id)
    return Warehouse.objects.select_related("tenant").get(pk=warehouse.pk)


def _save_named(warehouse: Warehouse) -> None:
    same = Warehouse.objects.filter(tenant=warehouse.tenant_id, name_key=name_key(warehouse.name))
    if same.exclude(pk=warehouse.pk).exists():
        raise NameTaken("Another warehouse has this name.")
    try:
        with transaction.atomic():
            warehouse.save()
    except IntegrityError as error:
        raise NameTaken("Another warehouse has this name.") from error


def _make_default(warehouse: Warehouse, actor: Actor) -> None:
    Warehouse.objects.filter(tenant=warehouse.tenant_id, is_default=True).update(is_default=False)
    warehouse.is_default = True
    warehouse.save(update_fields=["is_default"])
    record("warehouse.made_default", actor=actor, tenant_id=warehouse.tenant_id, target=warehouse)

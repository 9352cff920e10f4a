"""Customer users: people of a customer who see it in the portal, and nothing else of the organisation.

Memberships and invitations belong to `apps.tenants`, which knows no customers. What ties the two together is here.
"""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import TextField
from django.db.models.functions import Cast

from apps.audit.actors import Actor
from apps.customers.models import Customer
from apps.tenants.models import Invitation, Membership, Role, Tenant
from apps.tenants.querysets import TenantQuerySet
from apps.tenants.selectors import members, open_invitations
from apps.tenants.services import change_member, invite


def customer_users(tenant: Tenant) -> TenantQuerySet:
    """The tenant's members with Customer access."""
    return members(tenant).filter(role=Role.CUSTOMER)


def users_of(customer: Customer) -> TenantQuerySet:
    """The customer users who see a customer."""
    return _naming(customer_users(customer.tenant), customer)


def invitations_to(customer: Customer) -> TenantQuerySet:
    """Open invitations that offer a customer."""
    return _naming(open_invitations(customer.tenant).filter(role=Role.CUSTOMER), customer)


def _naming(rows: TenantQuerySet, customer: Customer) -> TenantQuerySet:
    """Those whose list names a customer. JSON as text, because SQLite can't look into lists."""
    return rows.annotate(customers_text=Cast("customer_ids", TextField())).filter(
        customers_text__contains=str(customer.pk)
    )


@transaction.atomic
def invite_user(
    *, tenant: Tenant, email: str, customers: Sequence[UUID], actor: Actor
) -> Membership | Invitation:
    """Give a person Customer access: by mail, or at once to somebody who is a customer user already.

    Raises `CannotInvite` for other members and people who are invited already, `MailUnavailable` without a mail server.
    """
    _take_turns(tenant)
    known = customer_users(tenant).filter(user__email__iexact=email.strip()).first()
    if known is not None:
        return _set_customers(known, [*known.customer_ids, *map(str, customers)], actor)
    invitation, _ = invite(
        tenant=tenant, email=email, role=Role.CUSTOMER, customer_ids=customers, actor=actor, mail=True
    )
    return invitation


@transaction.atomic
def set_customers(*, membership: Membership, customers: Sequence[UUID], actor: Actor) -> Membership:
    """Let a customer user see exactly these customers, from the next page on."""
    return _set_customers(membership, [str(customer) for customer in customers], actor)


@transaction.atomic
def give_access(*, membership: Membership, customer: Customer, actor: Actor) -> Membership:
    """Let a customer user see one more customer."""
    stored = _locked(membership)
    return _set_customers(stored, [*stored.customer_ids, str(customer.pk)], actor)


@transaction.atomic
def take_access(*, membership: Membership, customer: Customer, actor: Actor) -> Membership:
    """Take one customer from a customer user. Without any they stay a member who sees nothing."""
    stored = _locked(membership)
    rest = [text for text in stored.customer_ids if text != str(customer.pk)]
    return _set_customers(stored, rest, actor)


def _set_customers(membership: Membership, ids: Sequence[str], actor: Actor) -> Membership:
    wanted = [UUID(text) for text in dict.fromkeys(ids)]
    return change_member(
        membership=membership, role=Role.CUSTOMER, can_edit_users=False, customer_ids=wanted, actor=actor
    )


def _take_turns(tenant: Tenant) -> None:
    """Let two administrators who change one person's customers at once act one after the other."""
    Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)


def _locked(membership: Membership) -> Membership:
    _take_turns(membership.tenant)
    return customer_users(membership.tenant).get(pk=membership.pk)

"""Invitations: offered, mailed, sent again, withdrawn, accepted."""

import secrets as randomness
from collections.abc import Sequence
from datetime import timedelta
from smtplib import SMTPException
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.services import create_person
from apps.audit.actors import Actor
from apps.audit.services import record
from apps.core.secrets import digest
from apps.tenants.models import Invitation, Membership, Role, Tenant
from apps.tenants.selectors import open_invitations

LIFETIME = timedelta(days=7)
# The log filter hides what begins with gp_ and two letters, so a link that strays into a log opens nothing.
TOKEN_PREFIX = "gp_in_"


class CannotInvite(ValueError):
    """The invitation makes no sense: the person is a member, is invited already, or the role and the rights clash."""


class CannotAccept(ValueError):
    """The invitation was withdrawn, accepted or has run out meanwhile, or is somebody else's."""


class MailUnavailable(Exception):
    """The mail could not be handed to a server, so nothing was stored either."""


@transaction.atomic
def invite(
    *,
    tenant: Tenant,
    email: str,
    role: str,
    actor: Actor,
    can_edit_users: bool = False,
    customer_ids: Sequence[UUID] = (),
    mail: bool = False,
) -> tuple[Invitation, str]:
    """Offer a membership; return the invitation and its link, which is stored nowhere.

    With `mail` the link goes to the person, and if that fails nothing is stored. The caller has checked that
    `customer_ids` are customers of this tenant.
    """
    email = email.strip().lower()
    validate_email(email)
    _check(tenant, email, role, can_edit_users, customer_ids)
    token = _new_token()
    invitation = Invitation.objects.create(
        tenant=tenant,
        email=email,
        role=role,
        can_edit_users=can_edit_users,
        customer_ids=[str(customer) for customer in customer_ids],
        token_digest=digest(token),
        expires=timezone.now() + LIFETIME,
    )
    record(
        "member.invited",
        actor=actor,
        tenant_id=tenant.pk,
        target=invitation,
        after={
            "email": email,
            "role": role,
            "can_edit_users": can_edit_users,
            "customers": invitation.customer_ids,
        },
    )
    if mail:
        _send(invitation, link(token), actor)
    return invitation, link(token)


def _check(tenant: Tenant, email: str, role: str, can_edit_users: bool, customer_ids: Sequence[UUID]) -> None:
    if role not in Role.values:
        raise CannotInvite("Choose one of the roles.")
    if can_edit_users and role != Role.ADMINISTRATOR:
        raise CannotInvite("Only an Administrator can be allowed to edit other users.")
    if (role == Role.CUSTOMER) != bool(customer_ids):
        raise CannotInvite("A customer user needs at least one customer, and nobody else has any.")
    # The lock makes two people who invite the same address at once take turns.
    Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
    if Membership.objects.of(tenant).filter(user__email__iexact=email).exists():
        raise CannotInvite("This person is a member already.")
    if open_invitations(tenant).filter(email__iexact=email).exists():
        raise CannotInvite("This address is invited already. Send the invitation again from the list.")


def _new_token() -> str:
    return TOKEN_PREFIX + randomness.token_hex(32)


def link(token: str) -> str:
    """The address that the mail names."""
    return settings.BASE_URL + reverse("invitations:open", args=(token,))


def _send(invitation: Invitation, address: str, actor: Actor) -> None:
    context = {
        "invitation": invitation,
        "tenant": invitation.tenant,
        "link": address,
        "inviter": actor.name,
        "days": LIFETIME.days,
    }
    subject = render_to_string("tenants/mail/invitation_subject.txt", context)
    body = render_to_string("tenants/mail/invitation.txt", context)
    try:
        EmailMessage(" ".join(subject.split()), body, to=[invitation.email]).send()
    except (OSError, SMTPException) as error:
        raise MailUnavailable("The mail server does not answer.") from error


@transaction.atomic
def resend(*, invitation: Invitation, actor: Actor) -> str:
    """Mail a new link; the one sent before stops working. Return the link."""
    stored = _lock(invitation)
    token = _new_token()
    stored.token_digest = digest(token)
    stored.expires = timezone.now() + LIFETIME
    stored.save(update_fields=["token_digest", "expires"])
    record("invitation.sent_again", actor=actor, tenant_id=stored.tenant_id, target=stored)
    _send(stored, link(token), actor)
    return link(token)


@transaction.atomic
def withdraw(*, invitation: Invitation, actor: Actor) -> None:
    """Take an invitation back: its link stops working."""
    stored = _lock(invitation)
    stored.withdrawn_at = timezone.now()
    stored.save(update_fields=["withdrawn_at"])
    record("invitation.withdrawn", actor=actor, tenant_id=stored.tenant_id, target=stored)


def _lock(invitation: Invitation) -> Invitation:
    stored = Invitation.objects.select_for_update(of=("self",)).select_related("tenant").get(pk=invitation.pk)
    if stored.accepted_at or stored.withdrawn_at:
        raise CannotAccept("This invitation was accepted or withdrawn meanwhile.")
    return stored


@transaction.atomic
def accept(*, invitation: Invitation, user: User, actor: Actor) -> Membership:
    """Make the person it was sent to a member."""
    stored = _lock(invitation)
    if stored.expires <= timezone.now():
        raise CannotAccept("This invitation has run out. Ask for a new one.")
    if user.email.lower() != stored.email.lower():
        raise CannotAccept("This invitation was sent to somebody else.")
    stored.accepted_at = timezone.now()
    stored.save(update_fields=["accepted_at"])
    membership, _ = Membership.objects.get_or_create(
        tenant=stored.tenant,
        user=user,
        defaults={
            "role": stored.role,
            "can_edit_users": stored.can_edit_users,
            "customer_ids": stored.customer_ids,
        },
    )
    record(
        "member.joined",
        actor=actor,
        tenant_id=stored.tenant_id,
        target=membership,
        after={"role": membership.role, "can_edit_users": membership.can_edit_users},
    )
    return membership


@transaction.atomic
def accept_as_new(*, invitation: Invitation, name: str, password: str, actor: Actor) -> User:
    """Create the account of a person who has none and make them a member."""
    _lock(invitation)
    user = create_person(email=invitation.email, name=name, password=password, actor=actor)
    accept(invitation=invitation, user=user, actor=actor)
    return user

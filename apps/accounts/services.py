"""Writes about people: accounts, who is support staff, and what support may reset."""

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import decrypt, encrypt
from django.conf import settings
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.urls import reverse

from apps.accounts.models import User
from apps.accounts.sessions import SessionStore
from apps.audit.actors import Actor
from apps.audit.services import record
from apps.core import sealing


class EmailTaken(ValueError):
    """An account with this e-mail address exists."""


@transaction.atomic
def create_person(
    *, email: str, name: str, password: str | None, actor: Actor, is_staff: bool = False
) -> User:
    """Create the account of somebody who was invited; without a password it opens by a reset link only."""
    validate_email(email.strip())
    if User.objects.filter(email__iexact=email.strip()).exists():
        raise EmailTaken(f"There is an account for {email} already.")
    try:
        with transaction.atomic():
            user = User.objects.create_user(
                email, password, name=name, is_staff=is_staff, is_superuser=is_staff
            )
    except IntegrityError as error:
        raise EmailTaken(f"There is an account for {email} already.") from error
    record(
        "person.created",
        actor=actor,
        tenant_id=None,
        target=user,
        after={"email": user.email, "name": name, "support_staff": is_staff},
    )
    return user


def create_staff(email: str, *, actor: Actor, name: str = "", password: str | None = None) -> User:
    """Create a member of the support staff, who may do everything in the Django admin."""
    return create_person(email=email, name=name, password=password, actor=actor, is_staff=True)


def password_link(user: User) -> str:
    """The address at which this person chooses a password; it works once and for a limited time."""
    args = (user_pk_to_url_str(user), default_token_generator.make_token(user))
    return settings.BASE_URL + reverse("account_reset_password_from_key", args=args)


@transaction.atomic
def update_person(user: User, *, actor: Actor, **fields: str | bool) -> User:
    """Change the name, the right to sign in or the staff rights of a person."""
    allowed = {"name", "is_active", "is_staff", "is_superuser"}
    if unknown := set(fields) - allowed:
        raise ValueError(f"These are not changed here: {', '.join(sorted(unknown))}.")
    stored = User.objects.select_for_update().get(pk=user.pk)
    before = {field: getattr(stored, field) for field in fields if getattr(stored, field) != fields[field]}
    if before:
        for field in before:
            setattr(user, field, fields[field])
        user.save(update_fields=list(before))
        record(
            "person.changed",
            actor=actor,
            tenant_id=None,
            target=user,
            before=before,
            after={field: fields[field] for field in before},
        )
    return user


@transaction.atomic
def reset_second_factor(user: User, *, reason: str, actor: Actor) -> int:
    """Remove every second factor of a person who has lost theirs; return how many there were."""
    removed, _ = Authenticator.objects.filter(user=user).delete()
    record(
        "second_factor.reset",
        actor=actor,
        tenant_id=None,
        target=user,
        after={"removed": removed, "reason": reason},
    )
    return removed


def forget_sessions() -> None:
    """Delete sessions that have run out."""
    SessionStore.clear_expired()


def reseal() -> int:
    """Seal the keys of second factors with the first key of SEALING_KEYS; return how many were sealed with an older.

    Raises SealError for one whose key is gone.
    """
    done = 0
    for pk in Authenticator.objects.values_list("pk", flat=True):
        # Locked, because using a recovery code writes the same column.
        with transaction.atomic():
            row = Authenticator.objects.select_for_update().filter(pk=pk).first()
            older = [
                name
                for name in ("secret", "seed")
                if row and name in row.data and not sealing.is_current(row.data[name])
            ]
            if row and older:
                row.data.update({name: encrypt(decrypt(row.data[name])) for name in older})
                row.save(update_fields=["data"])
                done += len(older)
    return done

"""Sign-ins, passwords and second factors in the audit record.

allauth and Django announce these by signals; there is no service of ours to write the entry in.
"""

from typing import Any

from allauth.account import signals as account
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa import signals as factor
from allauth.mfa.models import Authenticator
from django.contrib.auth import signals as auth
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest

from apps.accounts.models import User
from apps.audit import actors
from apps.audit.services import record

_CHANGED_PASSWORD = {
    account.password_changed: "person.password_changed",
    account.password_reset: "person.password_reset",
    account.password_set: "person.password_set",
}
_CHANGED_FACTOR = {
    factor.authenticator_added: "second_factor.added",
    factor.authenticator_removed: "second_factor.removed",
    factor.authenticator_reset: "second_factor.renewed",
}


def _write(action: str, request: HttpRequest, user: User | None, **after: Any) -> None:
    actor = actors.by(user, request) if user else actors.person(request)
    with transaction.atomic():
        record(action, actor=actor, tenant_id=None, target=user, after=after)


@receiver(account.user_logged_in)
def _signed_in(request: HttpRequest, user: User, **kwargs: Any) -> None:
    _write("person.signed_in", request, user)


@receiver(auth.user_logged_out)
def _signed_out(request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    if user is not None:
        _write("person.signed_out", request, user)


@receiver(auth.user_login_failed)
def _sign_in_failed(credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any) -> None:
    """Record a refused sign-in. The text typed is left out: people type passwords into the wrong field."""
    if request is None:
        return
    user = User.objects.filter(email__iexact=str(credentials.get("email", ""))[:254]).first()
    with transaction.atomic():
        record("person.sign_in_refused", actor=actors.person(request), tenant_id=None, target=user)


def _password(signal: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    _write(_CHANGED_PASSWORD[signal], request, user)


def _factor(
    signal: Any, request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any
) -> None:
    _write(_CHANGED_FACTOR[signal], request, user, kind=str(authenticator.type))


@receiver(factor.authenticator_added)
def _proved_by_adding(request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    """Count the code that set an authenticator app up as the second factor of this session."""
    if authenticator.type == Authenticator.Type.TOTP:
        record_authentication(request, user, method="mfa", type=authenticator.type)


@receiver(factor.authentication_failed)
def _factor_refused(request: HttpRequest, user: User, **kwargs: Any) -> None:
    _write("second_factor.refused", request, user)


for _signal in _CHANGED_PASSWORD:
    _signal.connect(_password)
for _signal in _CHANGED_FACTOR:
    _signal.connect(_factor)

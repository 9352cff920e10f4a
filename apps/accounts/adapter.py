"""What Gatepass does differently from allauth's defaults: closed sign-up, safe redirects, sealed second factors."""

import logging
import re
from smtplib import SMTPException
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as allauth_context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.mail import EmailMessage
from django.http import HttpRequest
from django.urls import reverse

from apps.core import sealing
from apps.core.requests import client_address

logger = logging.getLogger(__name__)

_PATH = re.compile(r"/(?![/\\])[!-\[\]-~]*")
_SEALED_FOR = ("accounts", "second-factor")


def is_own_path(url: str | None) -> bool:
    """Whether an address is a plain path of this site: one slash, printable ASCII, no backslash.

    Browsers read `//`, `/\\`, tabs and line breaks in an address as another host, so only what is known to be
    harmless passes.
    """
    return bool(url) and _PATH.fullmatch(str(url)) is not None


class AccountAdapter(DefaultAccountAdapter):
    """Accounts come by invitation, and an address that anybody may know is no way to lock its owner out."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up: a member of an organisation or the support staff invites them."""
        return False

    def is_safe_url(self, url: str) -> bool:
        """Follow `next` to paths of this site only."""
        return is_own_path(url)

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address that limits count by: the same one that the audit record names."""
        return client_address(request) or "unknown"

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """After a password change people go back to their work."""
        return "/"

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Build the link from BASE_URL: the Host header belongs to whoever asked for the mail."""
        return settings.BASE_URL + reverse("account_reset_password_from_key", args=key.split("-", 1))

    def render_mail(
        self, template_prefix: str, email: str, context: dict[str, Any], headers: dict[str, str] | None = None
    ) -> EmailMessage:
        """Name the site by its own address, not by the Host header of the request."""
        return super().render_mail(
            template_prefix, email, {**context, "site_url": settings.BASE_URL}, headers
        )

    def send_notification_mail(
        self,
        template_prefix: str,
        user: AbstractBaseUser,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Tell the account's own address what changed. What it tells of is done, whether the mail goes out or not."""
        try:
            super().send_notification_mail(template_prefix, user, context, email or user.get_username())
        except (OSError, SMTPException):
            logger.warning("The mail %s was not sent: the mail server does not answer.", template_prefix)

    def reauthenticate(self, user: AbstractBaseUser, password: str) -> bool:
        """Check the password of the person who is signed in; the address is on the account itself."""
        found = self.authenticate(allauth_context.request, email=user.get_username(), password=password)
        return found is not None and found.pk == user.pk

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Count failures per address typed and place they come from.

        allauth counts per address alone, which lets any stranger keep a person out by typing wrong passwords.
        """
        login = str(credentials.get("email", "")).lower()
        return f"{self.get_client_ip(request)}:{login}"


class SecondFactorAdapter(DefaultMFAAdapter):
    """Keys of authenticator apps and seeds of recovery codes are sealed: the database alone opens no account."""

    def encrypt(self, text: str) -> str:
        """Seal a key under SEALING_KEYS."""
        return sealing.seal(text, context=_SEALED_FOR)

    def decrypt(self, encrypted_text: str) -> str:
        """Open a sealed key."""
        return sealing.unseal(encrypted_text, context=_SEALED_FOR)

    def can_delete_authenticator(self, authenticator: Any) -> bool:
        """Support staff keep their second factor where one is required of them."""
        return not (settings.STAFF_SECOND_FACTOR and authenticator.user.is_staff)

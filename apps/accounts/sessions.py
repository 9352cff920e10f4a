"""Sessions in the database, sealed.

Django signs them only, so whoever reads a copy of the database reads what is in them: allauth keeps the key of a second
factor there while it is set up, and the key of a password reset until it is used.
"""

from typing import Any

from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import InterfaceError, OperationalError

from apps.core import sealing

_SEALED_FOR = ("sessions",)


class SessionStore(DatabaseStore):
    """What SESSION_ENGINE names."""

    def save(self, must_create: bool = False) -> None:
        """Store it. A database that doesn't answer is no session that has ended, which is what Django takes it for."""
        try:
            super().save(must_create)
        except UpdateError as error:
            if isinstance(error.__context__, OperationalError | InterfaceError):
                raise error.__context__ from None
            raise

    def encode(self, session_dict: dict[str, Any]) -> str:
        """Seal what is stored."""
        return sealing.seal(super().encode(session_dict), context=_SEALED_FOR)

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        """Open it; a session that does not open is an empty one, and its person signs in again."""
        try:
            return super().decode(sealing.unseal(str(session_data), context=_SEALED_FOR))
        except sealing.SealError:
            return {}

"""What a write hands back where it made a secret."""

from dataclasses import dataclass, field
from datetime import datetime

from apps.clients.models import ApiClient


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """Secrets in the one moment in which they exist: no text of this object holds them, so no log can."""

    client: ApiClient
    client_secret: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    bearer_token: str = field(default="", repr=False)
    webhook_secret: str = field(default="", repr=False)
    old_ends: datetime | None = None
    confirm_until: datetime | None = None

    @property
    def client_id(self) -> str:
        """What the caller names itself by: the Client ID, or the username."""
        return self.client.client_id

    @property
    def username(self) -> str:
        """The same, as channels and access tokens call it."""
        return self.client.client_id

"""Standard Webhooks signatures (https://www.standardwebhooks.com): who sent it, when, and that nothing was altered."""

from datetime import UTC, datetime

from standardwebhooks import Webhook

from apps.core.outbound import USER_AGENT
from apps.webhooks.models import Delivery, Endpoint
from apps.webhooks.sealed import unseal

AUTH_TOKEN_WORDS = "(the Auth Token, which is not kept here)"


class Signer:
    """What an endpoint's deliveries are signed with from `at` on; SealError if a key can't be opened."""

    def __init__(self, endpoint: Endpoint, at: datetime) -> None:
        self._key = Webhook(unseal(endpoint, "signing_key"))
        self._previous_until = endpoint.previous_key_until
        rotating = self._previous_until is not None and self._previous_until > at
        self._previous = Webhook(unseal(endpoint, "previous_key")) if rotating else None
        self._auth_token = unseal(endpoint, "auth_token")

    def headers(self, delivery: Delivery, at: datetime) -> dict[str, str]:
        """The headers of one attempt, signed at `at`; while a key is being rotated there are two signatures."""
        event = delivery.event
        # The package reads the wall clock off a zone-aware time, so it must be given UTC.
        at = at.astimezone(UTC)
        keys = [self._key]
        if self._previous and self._previous_until and self._previous_until > at:
            keys.append(self._previous)
        signed = {
            "Content-Type": "application/json",
            "User-Agent": USER_AGENT,
            "webhook-id": event.message_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": " ".join(key.sign(event.message_id, at, event.body) for key in keys),
            "Gatepass-Event": event.name,
        }
        if event.is_test:
            signed["Gatepass-Test"] = "1"
        if self._auth_token:
            signed["Authorization"] = self._auth_token
        return signed


def headers(delivery: Delivery, at: datetime) -> dict[str, str]:
    """The headers of one attempt at one delivery."""
    return Signer(delivery.endpoint, at).headers(delivery, at)


def shown(sent: dict[str, str]) -> dict[str, str]:
    """The headers of an attempt as they are kept for its log: the Auth Token is only said to have been there."""
    return {name: AUTH_TOKEN_WORDS if name == "Authorization" else value for name, value in sent.items()}

"""Standard Webhooks signatures (https://www.standardwebhooks.com): who sent it, when, and that nothing was altered."""

from datetime import UTC, datetime

from standardwebhooks import Webhook

from apps.webhooks.models import Delivery
from apps.webhooks.sealed import unseal

AUTH_TOKEN_WORDS = "(the Auth Token, which is not kept here)"


def headers(delivery: Delivery, at: datetime) -> dict[str, str]:
    """The headers of one attempt, signed at `at`; while a key is being rotated there are two signatures."""
    endpoint, event = delivery.endpoint, delivery.event
    # The package reads the wall clock off a zone-aware time, so it must be given UTC.
    at = at.astimezone(UTC)
    keys = [unseal(endpoint, "signing_key")]
    if endpoint.previous_key_until and endpoint.previous_key_until > at:
        keys.append(unseal(endpoint, "previous_key"))
    signatures = [Webhook(key).sign(event.message_id, at, event.body) for key in keys]
    signed = {
        "Content-Type": "application/json",
        "User-Agent": "Gatepass-Webhooks/1",
        "webhook-id": event.message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
        "Gatepass-Event": event.name,
    }
    if event.is_test:
        signed["Gatepass-Test"] = "1"
    if auth_token := unseal(endpoint, "auth_token"):
        signed["Authorization"] = auth_token
    return signed


def shown(sent: dict[str, str]) -> dict[str, str]:
    """The headers of an attempt as they are kept for its log: the Auth Token is only said to have been there."""
    return {name: AUTH_TOKEN_WORDS if name == "Authorization" else value for name, value in sent.items()}

"""What an attempt's outcome means for its delivery: pure of any database."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from django.utils import timezone

from apps.core.outbound import Answer, OutboundError
from apps.webhooks.models import Delivery, DeliveryState, Endpoint, EndpointState
from apps.webhooks.schedule import gap_after

GONE = 410


@dataclass(frozen=True, slots=True)
class Next:
    """Where a delivery goes from here."""

    state: DeliveryState
    tries: int
    due: datetime | None = None
    finished_at: datetime | None = None
    gone: bool = False

    @property
    def delivered(self) -> bool:
        """Whether the receiver took it."""
        return self.state == DeliveryState.DELIVERED


def what_next(delivery: Delivery, endpoint: Endpoint, outcome: Answer | OutboundError) -> Next:
    """Delivered, tried again later, held, or failed for good; `endpoint` is as it is now."""
    now = timezone.now()
    if isinstance(outcome, Answer) and 200 <= outcome.status < 300:
        return Next(DeliveryState.DELIVERED, 0, finished_at=now)
    tries = delivery.tries + 1
    gap = gap_after(tries, _retry_after(outcome, now))
    if gap is None or delivery.event.is_test or endpoint.state == EndpointState.REMOVED:
        # A person waits for a test's answer; hours later it would only surprise.
        return Next(DeliveryState.FAILED, tries, finished_at=now)
    gone = isinstance(outcome, Answer) and outcome.status == GONE
    if gone or endpoint.state != EndpointState.ACTIVE:
        return Next(DeliveryState.HELD, tries, gone=gone)
    return Next(DeliveryState.PENDING, tries, due=now + gap)


def account(outcome: Answer | OutboundError) -> dict[str, Any]:
    """What is kept of an outcome: status, time, address and the head of the body, or the error in words."""
    if isinstance(outcome, OutboundError):
        return {"error": outcome.message[:300]}
    text = outcome.body.decode("utf-8", "replace").replace("\x00", "\ufffd")
    return {"status": outcome.status, "ms": outcome.ms, "address": outcome.address, "answer": text}


def seconds_to_wait(text: str, now: datetime) -> timedelta | None:
    """Read a `Retry-After` header (RFC 9110 §10.2.3): seconds or an HTTP date; None if it is neither."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:9]), 10**6))
    try:
        date = parsedate_to_datetime(text)
        # "-0000" and a missing zone are read as a time without one; HTTP knows only GMT.
        return max((date if date.tzinfo else date.replace(tzinfo=UTC)) - now, timedelta(0))
    except (ValueError, TypeError, OverflowError):
        return None


def _retry_after(outcome: Answer | OutboundError, now: datetime) -> timedelta | None:
    return (
        seconds_to_wait(outcome.headers.get("retry-after", ""), now) if isinstance(outcome, Answer) else None
    )

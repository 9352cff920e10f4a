"""What happened to a delivery, in sentences for people who read a log without being developers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from apps.webhooks.models import Attempt, Delivery, DeliveryState, EndpointState

_UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


@dataclass(frozen=True, slots=True)
class Told:
    """An attempt with its sentence; `tone` is that of a badge."""

    attempt: Attempt
    words: str
    tone: str


def span(length: timedelta) -> str:
    """A length of time in its largest fitting unit, such as "5 minutes"."""
    seconds = max(0, round(length.total_seconds()))
    # Jitter makes 5 minutes 289 seconds; a reader wants to know that it was 5 minutes.
    size, unit = next((pair for pair in _UNITS if seconds >= 0.85 * pair[0]), _UNITS[-1])
    count = max(1, round(seconds / size)) if seconds else 0
    return f"{count} {unit}{'' if count == 1 else 's'}"


def moment(at: datetime, zone: str) -> str:
    """A moment in a tenant's zone, such as "Wednesday 25 November 2026, 14:05 AEST"."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{local:%A} {local.day} {local:%B %Y, %H:%M %Z}"


def tell(delivery: Delivery, attempts: Sequence[Attempt]) -> list[Told]:
    """Each attempt with what it came to and what followed."""
    following = [*attempts, None][1:]
    return [
        Told(attempt, outcome(attempt) + _consequence(delivery, attempt, later) + ".", _tone(attempt))
        for attempt, later in zip(attempts, following, strict=True)
    ]


def latest(delivery: Delivery, attempts: Sequence[Attempt]) -> str:
    """The last thing that happened to a delivery, for a line of a list."""
    if attempts and delivery.state not in (DeliveryState.SENDING,):
        return tell(delivery, attempts)[-1].words
    return summary(delivery, attempts)


def outcome(attempt: Attempt) -> str:
    """What an attempt came to, such as "The receiver answered 500 after 120 ms", without a full stop."""
    if attempt.status is None:
        return attempt.error.rstrip(".") or "No answer"
    answered = f"The receiver answered {attempt.status} after {attempt.ms:,} ms"
    if 300 <= attempt.status < 400:
        return f"{answered}, a redirect, which is not followed"
    return answered


def summary(delivery: Delivery, attempts: Sequence[Attempt]) -> str:
    """Where a delivery stands, in one sentence."""
    failures = len([attempt for attempt in attempts if not attempt.succeeded])
    tried = f"{failures} attempt{'' if failures == 1 else 's'} failed"
    if delivery.state == DeliveryState.DELIVERED:
        return "It arrived." if not failures else f"It arrived after {tried}."
    if delivery.state == DeliveryState.FAILED:
        return f"It did not arrive: {tried}, and it is not tried again by itself."
    if delivery.state == DeliveryState.SENDING:
        return "It is being sent at this moment."
    if delivery.state == DeliveryState.HELD:
        state = "disabled" if delivery.endpoint.state == EndpointState.DISABLED else "paused"
        return f"It is held back because the endpoint is {state}. It is sent when the endpoint is resumed."
    if delivery.endpoint.strict_order and not delivery.tries and delivery.event.sequence > 1:
        return "It waits to be sent, after the earlier events of its order."
    return "It waits to be sent." if not delivery.tries else f"It has not arrived yet: {tried}."


def _consequence(delivery: Delivery, attempt: Attempt, later: Attempt | None) -> str:
    if attempt.succeeded:
        return ""
    if later:
        gap = later.at - attempt.at
        return "; tried again at once" if gap < timedelta(seconds=1) else f"; tried again {span(gap)} later"
    if attempt.retry_at and delivery.state in (DeliveryState.PENDING, DeliveryState.SENDING):
        return f"; tried again in {span(attempt.retry_at - attempt.at)}"
    if delivery.state == DeliveryState.HELD:
        return "; held back until the endpoint is resumed"
    if delivery.event.is_test:
        return "; a test is tried once"
    return "; given up after this attempt" if delivery.state == DeliveryState.FAILED else ""


def _tone(attempt: Attempt) -> str:
    return "good" if attempt.succeeded else "bad"

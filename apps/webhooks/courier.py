"""Carries deliveries to their receiver: signs, posts, and says how each went. Touches no database and no queue."""

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils import timezone

from apps.core.outbound import Line, OutboundError
from apps.core.sealing import SealError
from apps.webhooks import signing
from apps.webhooks.delivery import Sent
from apps.webhooks.models import Delivery

logger = logging.getLogger(__name__)

DEADLINE = 15.0
# An answer that takes longer than this is slow.
SLOW_SECONDS = 1.0
# A round ends after so long, so that what is behind a receiver that became slow waits for another one's turn.
ROUND_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Carried:
    """One delivery that a round is done with."""

    sent: Sent
    seconds: float

    @property
    def went_badly(self) -> bool:
        """Whether the receiver was slow or there was no answer."""
        return self.seconds > SLOW_SECONDS or isinstance(self.sent.outcome, OutboundError)


def carry(rows: Sequence[Delivery], deadline: float = DEADLINE) -> Iterator[Carried]:
    """Send deliveries of one endpoint one after the other, over one connection where the receiver keeps it open.

    Ends before all are sent after one that went badly, or when the round has lasted long enough.
    """
    endpoint, began = rows[0].endpoint, time.monotonic()
    at = timezone.now()
    try:
        signer = signing.Signer(endpoint, at)
    except SealError:
        # The key that sealed it is not among SEALING_KEYS any more: told like any other reason for no delivery.
        words = "The endpoint's signing key can't be opened. Rotate it to send again."
        yield Carried(Sent(rows[0], at, OutboundError("sealed", words)), 0.0)
        return
    with Line(endpoint.url) as line:
        for row in rows:
            started = time.monotonic()
            sent = _post(row, signer, line, deadline, last=row is rows[-1])
            now = time.monotonic()
            carried = Carried(sent, now - started)
            yield carried
            if carried.went_badly or now - began > ROUND_SECONDS:
                return


def _post(row: Delivery, signer: signing.Signer, line: Line, deadline: float, *, last: bool) -> Sent:
    """Sign and send one delivery; whatever happens is an outcome."""
    at = timezone.now()
    headers: dict[str, str] = {}
    try:
        headers = signer.headers(row, at)
        outcome = line.post(headers=headers, body=row.event.body.encode(), deadline=deadline, last=last)
    except OutboundError as error:
        return Sent(row, at, error, signing.shown(headers))
    except Exception:
        logger.exception("Delivery %s could not be attempted.", row.pk)
        return Sent(row, at, OutboundError("internal", "Gatepass could not make this request."))
    return Sent(row, at, outcome, signing.shown(headers))

"""Sends what is due: the database work in one thread, the waiting for receivers in many."""

import logging
import queue
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

from django.db import OperationalError, close_old_connections
from django.utils import timezone

from apps.core import outbound
from apps.core.outbound import OutboundError
from apps.core.sealing import SealError
from apps.webhooks import delivery, signing
from apps.webhooks.delivery import LEASE, Sent
from apps.webhooks.models import Delivery, Endpoint

logger = logging.getLogger(__name__)

THREADS = 32
PER_ENDPOINT = 4
# Claimed beyond those in flight, so that one commit serves many deliveries to a receiver that answers fast.
AHEAD = 16
# An endpoint that fails or takes longer than this shares half of the threads with its like.
SLOW_SECONDS = 1.0
DEADLINE = 15.0
IDLE_SECONDS = 0.25
# Outcomes are written down together: when so many are there, or the first has waited so long.
BATCH = 32
LINGER_SECONDS = 0.02
GRACE_SECONDS = 6.0
RELEASE_SECONDS = 5.0
RECOVERY_SECONDS = 2.0


class Sender:
    """Claims due deliveries, posts them, writes down the outcome; commits before and after each post."""

    def __init__(
        self,
        threads: int = THREADS,
        per_endpoint: int = PER_ENDPOINT,
        *,
        lease: timedelta = LEASE,
        deadline: float = DEADLINE,
    ) -> None:
        self._threads = threads
        self._per_endpoint = per_endpoint
        self._lease = lease
        self._deadline = deadline
        self._waiting: dict[UUID, deque[Delivery]] = {}
        self._flying: dict[tuple[int, int], Delivery] = {}
        self._busy: Counter[UUID] = Counter()
        self._slow: set[UUID] = set()
        self._outcomes: list[Sent] = []
        self._first_outcome_at = 0.0
        self._claimed_at = 0.0
        self._released_at = 0.0
        self._work: queue.SimpleQueue[Delivery | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[tuple[Sent, float]] = queue.SimpleQueue()
        for number in range(threads):
            # Daemons, because a receiver that never answers must not keep the process from ending.
            threading.Thread(target=self._post_all, name=f"webhook-{number}", daemon=True).start()

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; then let what is in flight end, and give back the rest."""
        try:
            while not stop.is_set():
                try:
                    if not self.step() and not self._flying:
                        stop.wait(IDLE_SECONDS)
                except OperationalError as error:
                    # Outcomes stay in memory; the fence keeps out those that another worker repeats meanwhile.
                    logger.warning("The database does not answer (%s); webhooks wait.", error)
                    close_old_connections()
                    stop.wait(RECOVERY_SECONDS)
        finally:
            self.close()

    def step(self) -> bool:
        """Take over what is done, claim and start what is due; return whether there was anything to do."""
        if time.monotonic() - self._released_at > RELEASE_SECONDS:
            delivery.release_expired()
            self._released_at = time.monotonic()
        self._collect(LINGER_SECONDS if self._outcomes else IDLE_SECONDS if self._flying else 0)
        # The threads go on with what is queued while the database writes down what they did.
        started = self._start()
        late = time.monotonic() - self._first_outcome_at > LINGER_SECONDS
        ripe = late or not self._flying or len(self._outcomes) >= BATCH
        finished = self._finish() if self._outcomes and ripe else 0
        if finished or time.monotonic() - self._claimed_at > LINGER_SECONDS:
            self._claim()
            started += self._start()
        return bool(started or finished or self._outcomes)

    @property
    def is_busy(self) -> bool:
        """Whether anything is in flight or waits for a thread."""
        return bool(self._flying or self._waiting)

    def close(self, grace: float = GRACE_SECONDS) -> None:
        """Wait a little for what is in flight, write it down, and release every other claim."""
        until = time.monotonic() + grace
        while self._flying and time.monotonic() < until:
            self._collect(until - time.monotonic())
        for _ in range(self._threads):
            self._work.put(None)
        self._finish()
        delivery.release([*self._queued(), *self._flying.values()])
        self._waiting.clear()

    def _claim(self) -> None:
        self._claimed_at = time.monotonic()
        free = 2 * self._threads - len(self._flying) - sum(1 for _ in self._queued())
        if free < self._threads // 2:
            return
        slow_left = self._threads // 2 - sum(self._has(pk) for pk in self._slow)
        full = {pk for pk in {*self._busy, *self._waiting} if self._has(pk) >= self._most(pk)}
        if slow_left <= 0:
            full |= self._slow

        granted: Counter[UUID] = Counter()

        def allow(endpoint: Endpoint) -> bool:
            nonlocal slow_left
            if endpoint.failing_since:
                self._slow.add(endpoint.pk)
            slow = endpoint.pk in self._slow
            if self._has(endpoint.pk) + granted[endpoint.pk] >= self._most(endpoint.pk):
                return False
            if slow and slow_left <= 0:
                return False
            slow_left -= slow
            granted[endpoint.pk] += 1
            return True

        for row in delivery.claim(free, allow=allow, full=full, lease=self._lease):
            self._waiting.setdefault(row.endpoint_id, deque()).append(row)

    def _start(self) -> int:
        started = 0
        slow_free = self._threads // 2 - sum(self._busy[pk] for pk in self._slow)
        for endpoint_id in list(self._waiting):
            rows = self._waiting[endpoint_id]
            room = min(self._per_endpoint - self._busy[endpoint_id], self._threads - len(self._flying))
            if endpoint_id in self._slow:
                room = min(room, slow_free)
                slow_free -= max(0, min(room, len(rows)))
            for _ in range(min(room, len(rows))):
                self._launch(rows.popleft())
                started += 1
            if not rows:
                del self._waiting[endpoint_id]
        self._release_late()
        return started

    def _launch(self, row: Delivery) -> None:
        self._flying[row.pk, row.attempt] = row
        self._busy[row.endpoint_id] += 1
        self._work.put(row)

    def _release_late(self) -> None:
        """Give back what waited so long for a thread that its lease could end while it is being sent."""
        late = timezone.now() + timedelta(seconds=self._deadline)
        rows = [row for row in self._queued() if row.lease_until is None or row.lease_until < late]
        if rows:
            delivery.release(rows)
            for row in rows:
                self._waiting[row.endpoint_id].remove(row)

    def _finish(self) -> int:
        if self._outcomes:
            delivery.finish(self._outcomes)
        finished = len(self._outcomes)
        self._outcomes.clear()
        return finished

    def _collect(self, wait: float) -> None:
        """Take over what the threads are done with: at least one within `wait` seconds, and all that is there."""
        try:
            sent, seconds = self._done.get(timeout=wait) if wait else self._done.get_nowait()
            while True:
                self._land(sent, seconds)
                sent, seconds = self._done.get_nowait()
        except queue.Empty:
            return

    def _land(self, sent: Sent, seconds: float) -> None:
        endpoint_id = sent.delivery.endpoint_id
        del self._flying[sent.delivery.pk, sent.delivery.attempt]
        self._busy[endpoint_id] -= 1
        if not self._busy[endpoint_id]:
            del self._busy[endpoint_id]
        if seconds > SLOW_SECONDS or isinstance(sent.outcome, OutboundError):
            self._slow.add(endpoint_id)
        else:
            self._slow.discard(endpoint_id)
        if not self._outcomes:
            self._first_outcome_at = time.monotonic()
        self._outcomes.append(sent)

    def _most(self, endpoint_id: UUID) -> int:
        return self._per_endpoint + (0 if endpoint_id in self._slow else AHEAD)

    def _has(self, endpoint_id: UUID) -> int:
        return self._busy[endpoint_id] + len(self._waiting.get(endpoint_id, ()))

    def _queued(self) -> Iterator[Delivery]:
        for rows in self._waiting.values():
            yield from rows

    def _post_all(self) -> None:
        while (row := self._work.get()) is not None:
            began = time.monotonic()
            sent = post(row, self._deadline)
            self._done.put((sent, time.monotonic() - began))


def post(row: Delivery, deadline: float = DEADLINE) -> Sent:
    """Sign and send one delivery. Touches no database, and whatever happens is an outcome."""
    at = timezone.now()
    headers: dict[str, str] = {}
    try:
        headers = signing.headers(row, at)
        outcome = outbound.post(
            row.endpoint.url, headers=headers, body=row.event.body.encode(), deadline=deadline
        )
    except OutboundError as error:
        return Sent(row, at, error, signing.shown(headers))
    except SealError:
        # The key that sealed it is not among SEALING_KEYS any more: told like any other reason for no delivery.
        words = "The endpoint's signing key can't be opened. Rotate it to send again."
        return Sent(row, at, OutboundError("sealed", words))
    except Exception:
        logger.exception("Delivery %s could not be attempted.", row.pk)
        return Sent(row, at, OutboundError("internal", "Gatepass could not make this request."))
    return Sent(row, at, outcome, signing.shown(headers))

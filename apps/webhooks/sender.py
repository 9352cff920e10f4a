"""Sends what is due: the database work in one thread, the waiting for receivers in many."""

import logging
import queue
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import OperationalError, close_old_connections
from django.utils import timezone

from apps.webhooks import delivery
from apps.webhooks.courier import DEADLINE, Carried, carry
from apps.webhooks.delivery import LEASE, Sent
from apps.webhooks.models import Delivery, Endpoint

logger = logging.getLogger(__name__)

THREADS = 32
# Connections to one endpoint at once, over all workers: a claim leaves an endpoint to the worker that has some of it.
PER_ENDPOINT = 4
# Deliveries that one connection may carry one after the other.
ROUND = 8
# Claimed for an endpoint that answers fast beyond those in flight, so that one commit serves many.
AHEAD = 28
FAST_SECONDS = 0.1
IDLE_SECONDS = 0.25
# Outcomes are written down together: when so many are there, or the first has waited so long.
BATCH = 64
LINGER_SECONDS = 0.03
# After the first outcome the others of the same moment are waited for, because waking up for each costs more.
GATHER_SECONDS = 0.02
# A claim must outlive its attempt, the round that the attempt waits for, and the writing down.
MARGIN = 1.15
GRACE_SECONDS = 6.0
RELEASE_SECONDS = 1.0
RECOVERY_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Round:
    """A connection that was closed, with what it left over."""

    endpoint_id: UUID
    rest: list[Delivery]


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
        # How many connections each endpoint has; the threads that are at work are their sum.
        self._busy: Counter[UUID] = Counter()
        self._slow: set[UUID] = set()
        self._fast: set[UUID] = set()
        self._outcomes: list[Sent] = []
        self._first_outcome_at = 0.0
        self._claimed_at = 0.0
        self._released_at = 0.0
        self._work: queue.SimpleQueue[list[Delivery] | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[Carried | Round] = queue.SimpleQueue()
        for number in range(threads):
            # Daemons, because a receiver that never answers must not keep the process from ending.
            threading.Thread(target=self._carry_all, name=f"webhook-{number}", daemon=True).start()

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
            self._collect(max(until - time.monotonic(), 0.001))
        for _ in range(self._threads):
            self._work.put(None)
        self._finish()
        delivery.release([*self._queued(), *self._flying.values()])
        self._waiting.clear()

    def _claim(self) -> None:
        self._claimed_at = time.monotonic()
        most = 4 * self._threads
        free = most - len(self._flying) - sum(1 for _ in self._queued())
        if free < most // 2:
            return
        held = self._held()
        slow_left = self._threads // 2 - sum(held[pk] for pk in self._slow)
        # Filled up when half of it is gone, so that a long backlog of few endpoints does not mean a claim for each.
        full = {pk for pk, number in held.items() if 2 * number > self._most(pk)}
        if slow_left <= 0:
            full |= self._slow
        granted: Counter[UUID] = Counter()

        def allow(endpoint: Endpoint) -> bool:
            nonlocal slow_left
            if endpoint.failing_since:
                self._slow.add(endpoint.pk)
            slow = endpoint.pk in self._slow
            if held[endpoint.pk] + granted[endpoint.pk] >= self._most(endpoint.pk):
                return False
            if slow and slow_left <= 0:
                return False
            slow_left -= slow
            granted[endpoint.pk] += 1
            return True

        mine = held + Counter(sent.delivery.endpoint_id for sent in self._outcomes)
        for row in delivery.claim(free, allow=allow, full=full, mine=mine, lease=self._lease):
            self._waiting.setdefault(row.endpoint_id, deque()).append(row)

    def _start(self) -> int:
        self._release_late()
        started = 0
        free = self._threads - self._busy.total()
        slow_free = self._threads // 2 - sum(self._busy[pk] for pk in self._slow)
        for endpoint_id in list(self._waiting):
            rows = self._waiting[endpoint_id]
            slow = endpoint_id in self._slow
            room = min(self._per_endpoint - self._busy[endpoint_id], free, slow_free if slow else free)
            while rows and room > 0:
                started += self._launch(rows, 1 if slow else min(ROUND, -(-len(rows) // room)))
                room, free, slow_free = room - 1, free - 1, slow_free - slow
            if not rows:
                del self._waiting[endpoint_id]
        return started

    def _launch(self, rows: deque[Delivery], most: int) -> int:
        """Give a thread up to so many deliveries; return how many it got."""
        # One claim's rows only: those of another may know the endpoint under another URL or key.
        endpoint = rows[0].endpoint
        lot: list[Delivery] = []
        while rows and len(lot) < most and rows[0].endpoint is endpoint:
            lot.append(rows.popleft())
        self._flying |= {(row.pk, row.attempt): row for row in lot}
        self._busy[endpoint.pk] += 1
        self._work.put(lot)
        return len(lot)

    def _release_late(self) -> None:
        """Give back what waited so long for a thread that its lease could end while it is being sent."""
        late = timezone.now() + timedelta(seconds=MARGIN * self._deadline)
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
            self._land(self._done.get(timeout=wait) if wait else self._done.get_nowait())
            if wait:
                time.sleep(GATHER_SECONDS)
            while True:
                self._land(self._done.get_nowait())
        except queue.Empty:
            return

    def _land(self, done: Carried | Round) -> None:
        if isinstance(done, Round):
            self._end(done)
            return
        row = done.sent.delivery
        del self._flying[row.pk, row.attempt]
        note(self._slow, row.endpoint_id, done.went_badly)
        note(self._fast, row.endpoint_id, not done.went_badly and done.seconds < FAST_SECONDS)
        if not self._outcomes:
            self._first_outcome_at = time.monotonic()
        self._outcomes.append(done.sent)

    def _end(self, done: Round) -> None:
        self._busy[done.endpoint_id] -= 1
        if not self._busy[done.endpoint_id]:
            del self._busy[done.endpoint_id]
        if done.rest:
            for row in done.rest:
                del self._flying[row.pk, row.attempt]
            self._waiting.setdefault(done.endpoint_id, deque()).extendleft(reversed(done.rest))

    def _most(self, endpoint_id: UUID) -> int:
        """How many deliveries of an endpoint may be claimed at once: what it takes within a moment."""
        if endpoint_id in self._fast:
            return self._per_endpoint + AHEAD
        return self._per_endpoint * (1 if endpoint_id in self._slow else 2)

    def _held(self) -> Counter[UUID]:
        """How many deliveries each endpoint has in flight and waiting for a thread."""
        held = Counter(row.endpoint_id for row in self._flying.values())
        held.update({pk: len(rows) for pk, rows in self._waiting.items()})
        return held

    def _queued(self) -> Iterator[Delivery]:
        for rows in self._waiting.values():
            yield from rows

    def _carry_all(self) -> None:
        while (lot := self._work.get()) is not None:
            carried = 0
            for one in carry(lot, self._deadline):
                self._done.put(one)
                carried += 1
            self._done.put(Round(lot[0].endpoint_id, lot[carried:]))


def note(endpoints: set[UUID], endpoint_id: UUID, belongs: bool) -> None:
    """Keep an endpoint among some others or not."""
    if belongs:
        endpoints.add(endpoint_id)
    else:
        endpoints.discard(endpoint_id)

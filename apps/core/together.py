"""Work that threads of one process want done at the same time, done by one of them for all of those.

Whoever comes first does the work for itself at once. Whoever comes meanwhile waits; then the first of those who wait
does it for all that do. So nobody waits in order to have company, and the more there is to do the less often it is
begun: what a commit to SQLite costs is mostly its beginning and its end (docs/decisions/0097).
"""

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class _Place(Generic[Item, Result]):
    """Somebody's place among those who wait, and what came of it: a result, a fault, or the turn to do the work."""

    __slots__ = ("fault", "gate", "is_done", "item", "result")

    result: Result

    def __init__(self, item: Item) -> None:
        self.item = item
        self.is_done = False
        self.fault: BaseException | None = None
        self.gate = threading.Lock()
        self.gate.acquire()


class Together(Generic[Item, Result]):
    """`work(items)` gets 1 to `most` items and returns a result for each, in their order; its fault is everybody's."""

    def __init__(self, work: Callable[[Sequence[Item]], Sequence[Result]], most: int) -> None:
        self._work = work
        self._most = most
        self._lock = threading.Lock()
        self._waiting: list[_Place[Item, Result]] = []
        self._is_at_work = False

    def do(self, item: Item) -> Result:
        """Have the work done for an item and return its result. Raises what the work raised."""
        place: _Place[Item, Result] = _Place(item)
        with self._lock:
            must_wait = self._is_at_work
            self._is_at_work = True
            if must_wait:
                self._waiting.append(place)
        if must_wait:
            place.gate.acquire()
        if not place.is_done:
            self._do_for_all(place)
        if place.fault is not None:
            raise place.fault
        return place.result

    def _do_for_all(self, place: _Place[Item, Result]) -> None:
        with self._lock:
            others = self._waiting[: self._most - 1]
            del self._waiting[: self._most - 1]
        places = [place, *others]
        try:
            results = self._work([each.item for each in places])
            for each, result in zip(places, results, strict=True):
                each.result = result
        except BaseException as fault:  # whoever waits has to hear of it, whatever it was
            for each in places:
                each.fault = fault
        finally:
            self._let_go(places)

    def _let_go(self, places: list[_Place[Item, Result]]) -> None:
        """Hand the work to the first of those who came meanwhile, and tell the others of this group that it is done."""
        with self._lock:
            following = self._waiting.pop(0) if self._waiting else None
            self._is_at_work = following is not None
        if following is not None:
            following.gate.release()
        for place in places:
            place.is_done = True
            place.gate.release()

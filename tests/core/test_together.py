"""Work that several threads want done at the same time, done once for all of them."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event, Semaphore
from typing import Any

import pytest

from apps.core.together import Together

PATIENCE = 30


class Worker:
    """Squares numbers, notes who was served together, and begins each piece of work when it is told to."""

    def __init__(self, most: int = 8) -> None:
        self.groups: list[list[int]] = []
        self.has_begun, self.may_go_on = Semaphore(0), Semaphore(0)
        self.together: Together[int, int] = Together(self.work, most)

    def work(self, numbers: Sequence[int]) -> list[int]:
        self.groups.append(list(numbers))
        self.has_begun.release()
        assert self.may_go_on.acquire(timeout=PATIENCE)
        if 13 in numbers:
            raise ValueError("unlucky")
        return [number * number for number in numbers]

    def wait_for(self, waiting: int) -> None:
        """Until so many stand in line behind the one who is at work."""
        until(lambda: len(self.together._waiting) == waiting)


def until(holds: Callable[[], bool]) -> None:
    pause = Event()
    for _ in range(PATIENCE * 100):
        if holds():
            return
        pause.wait(0.01)
    raise AssertionError("It did not come about.")


def in_line(worker: Worker, pool: ThreadPoolExecutor, numbers: Sequence[int]) -> list[Future[int]]:
    """Ask for one after the other, the first of them being at work by the time the second comes."""
    asked = [pool.submit(worker.together.do, numbers[0])]
    assert worker.has_begun.acquire(timeout=PATIENCE)
    for place, number in enumerate(numbers[1:], start=1):
        asked.append(pool.submit(worker.together.do, number))
        worker.wait_for(place)
    return asked


def test_whoever_comes_alone_is_served_alone() -> None:
    worker = Worker()
    worker.may_go_on.release(3)
    assert [worker.together.do(number) for number in (2, 3, 4)] == [4, 9, 16]
    assert worker.groups == [[2], [3], [4]]


def test_those_who_come_meanwhile_are_served_together_in_their_order() -> None:
    worker = Worker()
    with ThreadPoolExecutor(4) as pool:
        asked = in_line(worker, pool, [1, 2, 3, 4])
        worker.may_go_on.release(2)
        assert [each.result(PATIENCE) for each in asked] == [1, 4, 9, 16]
    assert worker.groups == [[1], [2, 3, 4]]


def test_a_group_is_no_larger_than_it_may_be() -> None:
    worker = Worker(most=2)
    with ThreadPoolExecutor(6) as pool:
        asked = in_line(worker, pool, [1, 2, 3, 4, 5, 6])
        worker.may_go_on.release(4)
        assert [each.result(PATIENCE) for each in asked] == [1, 4, 9, 16, 25, 36]
    assert worker.groups == [[1], [2, 3], [4, 5], [6]]


def test_a_fault_is_that_of_the_group_and_of_nobody_else() -> None:
    worker = Worker(most=2)
    with ThreadPoolExecutor(5) as pool:
        asked = in_line(worker, pool, [1, 2, 13, 4, 5])
        worker.may_go_on.release(3)
        assert asked[0].result(PATIENCE) == 1
        for each in asked[1:3]:
            with pytest.raises(ValueError, match="unlucky"):
                each.result(PATIENCE)
        assert [each.result(PATIENCE) for each in asked[3:]] == [16, 25]
    worker.may_go_on.release()
    assert worker.together.do(6) == 36


def test_results_that_are_too_few_are_a_fault_and_leave_nobody_waiting() -> None:
    together: Together[int, Any] = Together(lambda numbers: [], 8)
    for _ in range(2):
        with pytest.raises(ValueError, match="shorter"):
            together.do(1)


def test_a_crowd_gets_its_own_results() -> None:
    together: Together[int, int] = Together(lambda numbers: [-number for number in numbers], 3)
    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(together.do, range(5_000))) == [-number for number in range(5_000)]

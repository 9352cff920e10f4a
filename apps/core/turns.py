"""Turns for those that write to SQLite.

SQLite lets one connection write at a time. Whoever finds it busy looks again after 1, 2, 5, 10 ms and so on, whether or
not it has been free in between, so with a few threads a write of 50 us takes its time from the luck of the draw. A lock
of the kernel wakes the next one at once. It is a queue and nothing more: what keeps the data whole is SQLite's own
lock, and whoever takes no turn, as transactions do not, waits for that one as ever.
"""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if sys.platform != "win32":
    import fcntl

_local = threading.local()


class _Queue:
    """A handle of the file that is locked. The lock belongs to the handle, so each thread has its own."""

    def __init__(self, path: str) -> None:
        self.descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)

    def __del__(self) -> None:
        """Threads come and go."""
        os.close(self.descriptor)


@contextmanager
def turn(database: str) -> Iterator[None]:
    """Hold the turn to write to a database, by its path, among all threads and processes of this machine.

    Not within a transaction: one that has begun to write holds what the one whose turn it is waits for.
    """
    queue = _queue(database)
    if queue is None:
        yield
        return
    fcntl.flock(queue.descriptor, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(queue.descriptor, fcntl.LOCK_UN)


def _queue(database: str) -> _Queue | None:
    """This thread's place to wait. Windows knows no such lock, and a database in memory is nobody else's."""
    known: dict[str, _Queue | None] = _local.__dict__
    if database not in known:
        shared = sys.platform != "win32" and Path(database).is_absolute()
        known[database] = _Queue(f"{database}-turn") if shared else None
    return known[database]

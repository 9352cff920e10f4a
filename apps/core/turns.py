"""Turns for those that write to SQLite.

SQLite lets one connection write at a time. Whoever finds it busy looks again after 1, 2, 5, 10 ms and so on, whether
or not it has been free in between, so with a few threads a write of 50 us takes its time from the luck of the draw.
Whoever waits for a turn looks much more often, for a short while. It is a queue and nothing more: what keeps the data
whole is SQLite's own lock, and whoever has no turn, be it that it took too long or that there can be none, waits for
that one.
"""

import os
import sys
import threading
import time
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path

if sys.platform != "win32":
    import fcntl

_local = threading.local()
# A write takes a twentieth of a millisecond. If a turn takes long, somebody waits for SQLite's own lock in it, and then
# it is better that all do so at the same time.
_PAUSE_SECONDS = 0.0002
_PATIENCE_SECONDS = 0.1


class _Queue:
    """A handle of the file that is locked. The lock belongs to the handle, so each thread has its own."""

    is_held = False

    def __init__(self, path: str) -> None:
        # Whoever may read it may take turns.
        self.descriptor = os.open(path, os.O_CREAT | os.O_RDONLY | os.O_CLOEXEC, 0o644)

    def __del__(self) -> None:
        """Threads come and go."""
        if hasattr(self, "descriptor"):
            os.close(self.descriptor)

    def __enter__(self) -> bool:
        """Wait for the turn for a short while; whether it was had."""
        self.is_held = self._take()
        return self.is_held

    def __exit__(self, *raised: object) -> None:
        if self.is_held:
            fcntl.flock(self.descriptor, fcntl.LOCK_UN)

    def _take(self) -> bool:
        patience = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= patience:
                    return False
                time.sleep(_PAUSE_SECONDS)
            except OSError:
                return False
            else:
                return True


def turn(database: str) -> AbstractContextManager[object]:
    """Hold the turn to write to a database, by its path, among all threads and processes of this machine.

    Not within a transaction: one that has begun to write holds what the one whose turn it is waits for.
    """
    return _queue(database) or nullcontext()


def _queue(database: str) -> _Queue | None:
    """This thread's place to wait. Windows knows no such lock, and a database in memory is nobody else's."""
    known: dict[str, _Queue | None] = _local.__dict__
    if database not in known:
        known[database] = None
        if sys.platform != "win32" and Path(database).is_absolute():
            with suppress(OSError):
                known[database] = _Queue(f"{database}-turn")
    return known[database]

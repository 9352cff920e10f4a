"""SQLite's write-ahead log, carried over into the database beside those who write instead of by one of them.

SQLite does it within the commit that makes the log long, and everybody who wants to write waits for the disk meanwhile:
40 ms, twice a second, when a machine is busy. Here a thread of its own does it every few hundred commits, in two goes.
The first one takes as long as it takes, and others write on. The second one takes what they have written, and keeps
them from writing for that: otherwise the log would never be carried over whole, never be begun anew, and grow for ever.
"""

import logging
import sqlite3
import threading
from itertools import count

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections

logger = logging.getLogger(__name__)

EVERY = 300
"""Commits of a process. Two processes come to 5,000 pages by then, half of what SQLite waits for itself (settings)."""

_GOES = (
    # Waits for nobody: what readers still need stays, and if another process is at it nothing is done.
    "PRAGMA wal_checkpoint(PASSIVE)",
    # Waits for those who write or read right now, and not for long.
    "PRAGMA busy_timeout=100",
    "PRAGMA wal_checkpoint(FULL)",
)

_commits = count(1)
_under_way = threading.Lock()


def count_commit() -> None:
    """Say that something was written; now and then the log is carried over for it, without anybody waiting."""
    if next(_commits) % EVERY == 0 and _under_way.acquire(blocking=False):
        threading.Thread(target=_carry_over, name="checkpoint", daemon=True).start()


def _carry_over() -> None:
    database = connections.create_connection(DEFAULT_DB_ALIAS)
    try:
        database.ensure_connection()
        for go in _GOES:
            database.connection.execute(go).fetchall()
    except (DatabaseError, sqlite3.Error):
        # SQLite does it itself when the log is twice as long.
        logger.warning("The write-ahead log could not be carried over", exc_info=True)
    finally:
        database.close()
        _under_way.release()

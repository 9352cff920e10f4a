"""The connection by which a process writes calls to SQLite, for all its threads, one after the other.

SQLite lets one connection write at a time. Whoever finds it busy is put to sleep by it for 1, 2, 5, 10 ms and so on,
whether or not it has been free in between, where a write takes a tenth of a millisecond. This connection is told not to
wait and looks again by itself, much more often; only where somebody writes for long does it take its time. And what one
of its threads has read or written, the next one finds in its cache, where a connection of its own would read it anew.
"""

import sqlite3
import time
from collections.abc import Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from apps.core.checkpoints import count_commit
from apps.core.statements import with_question_marks

_PAUSE_SECONDS, _LONG_PAUSE_SECONDS = 0.0002, 0.005
_IMPATIENT_SECONDS = 0.1
# As long as SQLite itself waits for every other connection of ours (config/settings.py).
_PATIENCE_SECONDS = 20.0

_connection: BaseDatabaseWrapper | None = None


def write(sql: str, parameters: Sequence[Any]) -> int:
    """Run and commit one statement with a `%s` for each parameter; returns how many rows it wrote.

    One thread at a time may come here (`core.together`). Raises Django's DatabaseError.
    """
    database = _open()
    with database.wrap_database_errors:
        written = _when_it_is_free(database.connection, with_question_marks(sql), parameters)
    count_commit()
    return written


def _open() -> BaseDatabaseWrapper:
    global _connection  # noqa: PLW0603  # there is one for the process, as there is one file
    if _connection is None:
        opened = connections.create_connection(DEFAULT_DB_ALIAS)
        opened.inc_thread_sharing()
        opened.ensure_connection()
        opened.connection.execute("PRAGMA busy_timeout=0")
        _connection = opened
    return _connection


def _when_it_is_free(raw: sqlite3.Connection, sql: str, parameters: Sequence[Any]) -> int:
    began = time.monotonic()
    while True:
        try:
            return raw.execute(sql, parameters).rowcount
        except sqlite3.OperationalError as error:
            waited = time.monotonic() - began
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or waited >= _PATIENCE_SECONDS:
                raise
        time.sleep(_PAUSE_SECONDS if waited < _IMPATIENT_SECONDS else _LONG_PAUSE_SECONDS)

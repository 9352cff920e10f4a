"""Statements whose text is always the same, run without what Django's cursors do for all others.

Each call of the API passes through one to three of them, and around each Django and psycopg would spend more than the
database takes to answer: a cursor, its wrappers, the placeholders found anew. And PostgreSQL plans anew unless the text
stays the same and the values come apart from it, so it is told the text once and then its name.
"""

import re
import threading
import time
from collections.abc import Sequence
from functools import lru_cache
from itertools import count
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import errors, pq
from psycopg.adapt import PyFormat, Transformer

Rows = list[tuple[Any, ...]]

# Those of the API are a few dozen; what comes after them is planned anew each time.
_MOST_NAMES = 200
_PLACEHOLDER = re.compile(r"%(s|%)")
# How long a connection that has answered counts as alive.
_FRESH_SECONDS = 1.0
_local = threading.local()


def run(sql: str, parameters: Sequence[Any]) -> Rows:
    """Run a statement with a `%s` for each parameter and return its rows, as the driver gives them.

    Raises Django's DatabaseError or InterfaceError. A connection that somebody listens to, as tests and DEBUG do, and
    on PostgreSQL one in a transaction, which only psycopg knows to begin, is asked in the ordinary way.
    """
    return _ask(sql, parameters)[0]


def write(sql: str, parameters: Sequence[Any]) -> int:
    """Run a statement that writes, as `run` does, and return how many rows it wrote."""
    return _ask(sql, parameters)[1]


def may_be_shared() -> bool:
    """Whether what this thread wants to write may be written by another one, together with what that writes.

    On SQLite, where one connection writes at a time, and unless it belongs to a transaction or somebody listens.
    """
    database: Any = connections[DEFAULT_DB_ALIAS]
    if database.vendor != "sqlite" or database.execute_wrappers or database.queries_logged:
        return False
    is_in_transaction = database.connection is not None and database.connection.in_transaction
    return not (is_in_transaction or database.is_in_memory_db())


def _ask(sql: str, parameters: Sequence[Any]) -> tuple[Rows, int]:
    # What `connection` of django.db looks up anew each time.
    database = connections[DEFAULT_DB_ALIAS]
    if time.monotonic() < getattr(_local, "fresh_until", 0.0):
        # It answered just now, and asking it whether it lives would take as long as the statement.
        database.health_check_done = True  # type: ignore[attr-defined]  # Django's, unknown to its stubs
    database.close_if_health_check_failed()
    database.ensure_connection()
    raw: Any = database.connection
    if database.execute_wrappers or database.queries_logged:
        return _ordinary(database, sql, parameters)
    if database.vendor == "sqlite":
        database.validate_no_broken_transaction()
        with database.wrap_database_errors:
            cursor = raw.execute(with_question_marks(sql), parameters)
            found = cursor.fetchall(), cursor.rowcount
    elif database.vendor == "postgresql" and raw.autocommit and raw.prepare_threshold is not None:
        with database.wrap_database_errors:
            found = _session(raw).run(sql, parameters)
    else:
        return _ordinary(database, sql, parameters)
    _local.fresh_until = time.monotonic() + _FRESH_SECONDS
    return found


def _ordinary(database: BaseDatabaseWrapper, sql: str, parameters: Sequence[Any]) -> tuple[Rows, int]:
    with database.cursor() as cursor:
        if database.vendor == "postgresql":
            # Django's own cursor writes the values into the text.
            cursor.cursor = psycopg.Cursor(database.connection)
        cursor.execute(sql, parameters)
        return cursor.fetchall() if cursor.description else [], cursor.rowcount


@lru_cache(maxsize=_MOST_NAMES)
def with_question_marks(sql: str) -> str:
    """A statement as SQLite wants it, with a question mark for each `%s`."""
    return _PLACEHOLDER.sub(lambda found: "?" if found[1] == "s" else "%", sql)


@lru_cache(maxsize=_MOST_NAMES)
def _with_numbers(sql: str) -> bytes:
    numbers = iter(range(1, sql.count("%s") + 1))
    return _PLACEHOLDER.sub(lambda found: f"${next(numbers)}" if found[1] == "s" else "%", sql).encode()


class _Session:
    """A connection to PostgreSQL with the statements that it has been told, by libpq's own functions."""

    def __init__(self, raw: psycopg.Connection[Any]) -> None:
        self.raw = raw
        self.transformer = Transformer(raw)
        self.names: dict[tuple[str, tuple[int, ...]], bytes] = {}
        self.numbers = count()

    def run(self, sql: str, parameters: Sequence[Any]) -> tuple[Rows, int]:
        """Send the values and read the rows, and how many were written."""
        try:
            return self._ask(sql, parameters)
        except errors.InvalidSqlStatementName:
            # After a rollback psycopg has the server forget every statement of the connection, ours among them; a
            # pooler may do so too. Nothing was run, so it may be asked again.
            self.names.clear()
            return self._ask(sql, parameters)

    def _ask(self, sql: str, parameters: Sequence[Any]) -> tuple[Rows, int]:
        given = self.transformer.dump_sequence(parameters, [PyFormat.AUTO] * len(parameters))
        types, formats = self.transformer.types or (), self.transformer.formats
        name = self.names.get((sql, types)) or self._name(sql, types)
        if name:
            # The stub forgets that a value may be NULL.
            result = self.raw.pgconn.exec_prepared(name, given, formats)  # type: ignore[arg-type]
        else:
            result = self.raw.pgconn.exec_params(_with_numbers(sql), given, types, formats)
        self._check(result)
        written = result.command_tuples or 0
        if not result.ntuples:
            return [], written
        self.transformer.set_pgresult(result)
        return self.transformer.load_rows(0, result.ntuples, tuple), written

    def _name(self, sql: str, types: tuple[int, ...]) -> bytes:
        """Tell the server a statement; the types of its values belong to it."""
        if len(self.names) >= _MOST_NAMES:
            return b""
        name = b"gatepass_%d" % next(self.numbers)
        self._check(self.raw.pgconn.prepare(name, _with_numbers(sql), types))
        self.names[sql, types] = name
        return name

    def _check(self, result: pq.abc.PGresult) -> None:
        if result.status not in (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK):
            if self.raw.closed:
                # The server said nothing any more, so there is no SQLSTATE to tell this by.
                raise psycopg.OperationalError("The connection to the database is lost.")
            raise errors.error_from_result(result, self.raw.info.encoding)


def _session(raw: psycopg.Connection[Any]) -> _Session:
    """What is known of this thread's connection; Django makes a new one when the old one is lost."""
    session: _Session | None = getattr(_local, "session", None)
    if session is None or session.raw is not raw:
        session = _local.session = _Session(raw)
    return session

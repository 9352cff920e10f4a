"""Triggers that refuse to change or empty append-only tables, on SQLite and on PostgreSQL.

PostgreSQL's TRUNCATE deletes no rows, so it has a trigger of its own. SQLite's INSERT OR REPLACE deletes the row in its
way without a word to triggers, unless `recursive_triggers` is on (config/settings.py).
"""

from django.db.backends.base.base import BaseDatabaseWrapper

TABLES = ("audit_entry",)
_EVENTS = {"postgresql": ("UPDATE", "DELETE", "TRUNCATE"), "sqlite": ("UPDATE", "DELETE")}

_POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION gatepass_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$
"""


def install(connection: BaseDatabaseWrapper, tables: tuple[str, ...] = TABLES) -> None:
    """Make the tables append-only."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_POSTGRES_FUNCTION)
        for table in tables:
            for event in _EVENTS[connection.vendor]:
                cursor.execute(_create(connection.vendor, table, event))


def remove(connection: BaseDatabaseWrapper, tables: tuple[str, ...] = TABLES) -> None:
    """Take the triggers away, for `demo --fresh` and for tests that empty the database."""
    with connection.cursor() as cursor:
        for table in tables:
            for event in _EVENTS[connection.vendor]:
                on_table = f" ON {table}" if connection.vendor == "postgresql" else ""
                cursor.execute(f"DROP TRIGGER IF EXISTS {_name(table, event)}{on_table}")


def _name(table: str, event: str) -> str:
    return f"{table}_refuses_{event.lower()}"


def _create(vendor: str, table: str, event: str) -> str:
    if vendor == "postgresql":
        once_for = "STATEMENT" if event == "TRUNCATE" else "ROW"
        return (
            f"CREATE TRIGGER {_name(table, event)} BEFORE {event} ON {table} "
            f"FOR EACH {once_for} EXECUTE FUNCTION gatepass_append_only()"
        )
    return (
        f"CREATE TRIGGER {_name(table, event)} BEFORE {event} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )

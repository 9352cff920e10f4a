"""Triggers that refuse UPDATE and DELETE on append-only tables, on SQLite and on PostgreSQL."""

from django.db.backends.base.base import BaseDatabaseWrapper

TABLES = ("audit_entry",)

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
            for event in ("UPDATE", "DELETE"):
                cursor.execute(_create(connection.vendor, table, event))


def remove(connection: BaseDatabaseWrapper, tables: tuple[str, ...] = TABLES) -> None:
    """Take the triggers away, for `demo --fresh` and for tests that empty the database."""
    with connection.cursor() as cursor:
        for table in tables:
            for event in ("UPDATE", "DELETE"):
                on_table = f" ON {table}" if connection.vendor == "postgresql" else ""
                cursor.execute(f"DROP TRIGGER IF EXISTS {_name(table, event)}{on_table}")


def _name(table: str, event: str) -> str:
    return f"{table}_refuses_{event.lower()}"


def _create(vendor: str, table: str, event: str) -> str:
    if vendor == "postgresql":
        return (
            f"CREATE TRIGGER {_name(table, event)} BEFORE {event} ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION gatepass_append_only()"
        )
    return (
        f"CREATE TRIGGER {_name(table, event)} BEFORE {event} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )

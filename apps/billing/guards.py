"""Which tables of billing the database keeps from being changed."""

from django.db.backends.base.base import BaseDatabaseWrapper

from apps.audit import guards

TABLES = (
    "billing_statement",
    "billing_statementline",
    "billing_adjustment",
    "billing_credit",
    "billing_creditline",
)


def install(connection: BaseDatabaseWrapper, tables: tuple[str, ...] = TABLES) -> None:
    """Make statements append-only."""
    guards.install(connection, tables)


def remove(connection: BaseDatabaseWrapper, tables: tuple[str, ...] = TABLES) -> None:
    """Take the triggers away, for `demo --fresh` and for tests that empty the database."""
    guards.remove(connection, tables)

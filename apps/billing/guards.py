"""Which tables of billing the database keeps from being changed."""

from django.db.backends.base.base import BaseDatabaseWrapper

from apps.audit import guards

TABLES = ("billing_statement", "billing_statementline", "billing_adjustment")


def install(connection: BaseDatabaseWrapper) -> None:
    """Make statements append-only."""
    guards.install(connection, TABLES)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take the triggers away, for `demo --fresh` and for tests that empty the database."""
    guards.remove(connection, TABLES)

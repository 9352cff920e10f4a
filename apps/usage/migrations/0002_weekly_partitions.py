"""On PostgreSQL the ledger becomes a table in weekly partitions; on SQLite it stays one table.

To Django the model keeps its one primary key. In the database the key is (id, received_at), as a partitioned table
needs; ids come from one sequence and are unique by that.
"""

from django.db import migrations
from django.utils import timezone

from apps.usage import partitions

INDEXES = {
    "usage_call_tenant": "tenant_id, received_at",
    "usage_call_client": "tenant_id, client_id, received_at",
    "usage_call_credential": "credential_id, received_at",
    "usage_call_recorded": "tenant_id, recorded_at",
}


def _indexes() -> list[str]:
    return [f"CREATE INDEX {name} ON usage_call ({columns})" for name, columns in INDEXES.items()]


PARTITIONED = [
    "ALTER TABLE usage_call RENAME TO usage_call_before",
    "CREATE TABLE usage_call (LIKE usage_call_before INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING IDENTITY) "
    "PARTITION BY RANGE (received_at)",
    "CREATE TABLE usage_call_default PARTITION OF usage_call DEFAULT",
    "INSERT INTO usage_call OVERRIDING SYSTEM VALUE SELECT * FROM usage_call_before",
    "SELECT setval(pg_get_serial_sequence('usage_call', 'id'), "
    "nextval(pg_get_serial_sequence('usage_call_before', 'id')), false)",
    "DROP TABLE usage_call_before",
    "ALTER TABLE usage_call ADD CONSTRAINT usage_call_key PRIMARY KEY (id, received_at)",
    *_indexes(),
]
WHOLE = [
    "CREATE TABLE usage_call_whole (LIKE usage_call INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING IDENTITY)",
    "INSERT INTO usage_call_whole OVERRIDING SYSTEM VALUE SELECT * FROM usage_call",
    "SELECT setval(pg_get_serial_sequence('usage_call_whole', 'id'), "
    "nextval(pg_get_serial_sequence('usage_call', 'id')), false)",
    "DROP TABLE usage_call",
    "ALTER TABLE usage_call_whole RENAME TO usage_call",
    "ALTER TABLE usage_call ADD PRIMARY KEY (id)",
    *_indexes(),
]


def divide(apps, editor):
    if editor.connection.vendor == "postgresql":
        for statement in PARTITIONED:
            editor.execute(statement)
        partitions.make_missing(editor.connection, timezone.now())


def join(apps, editor):
    if editor.connection.vendor == "postgresql":
        for statement in WHOLE:
            editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("usage", "0001_initial")]

    operations = [migrations.RunPython(divide, join)]

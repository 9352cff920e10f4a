"""The number of a client's standing, and of a tenant's: whatever changes what a caller may do raises one of the two.

So that a process may keep a caller for a while (`remembered.py`) and ask by a single number whether all it knows still
holds. Triggers count, because changes come from the portal, the admin, commands, jobs and people with a database
prompt alike, and one way that was forgotten would be an access that cannot be taken away. They count in the transaction
of the change, so a reader sees both or neither.
"""

from collections.abc import Iterator

from django.db.backends.base.base import BaseDatabaseWrapper

EVENTS = ("INSERT", "UPDATE", "DELETE")
# Each table that a caller is read from, and its column that names the client or the tenant. A customer that comes or
# goes changes nobody's reach by itself; one that is live and no sandbox any more changes how calls are counted.
WATCHED = (
    ("tenants_tenant", "id", EVENTS),
    ("tenants_plan", "tenant_id", EVENTS),
    ("customers_customer", "tenant_id", ("UPDATE",)),
    ("clients_apiclient", "id", EVENTS),
    ("clients_apiclient_customers", "apiclient_id", EVENTS),
    ("clients_apiclient_warehouses", "apiclient_id", EVENTS),
    ("clients_credential", "client_id", EVENTS),
    ("clients_orderlimit", "client_id", EVENTS),
)

# Once for a statement, not for each row: a client with thousands of customers is changed by one. A row that moves from
# one client to another changes both.
_POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION gatepass_raise_standing() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS
$$ BEGIN
    EXECUTE format(
        'INSERT INTO clients_standing (subject, version)
         SELECT subject, 1 FROM (' ||
         CASE TG_OP WHEN 'UPDATE' THEN 'SELECT %1$I AS subject FROM changed UNION SELECT %1$I FROM was'
                    ELSE 'SELECT DISTINCT %1$I AS subject FROM changed' END ||
        ') AS subjects ORDER BY subject
         ON CONFLICT (subject) DO UPDATE SET version = clients_standing.version + 1',
        TG_ARGV[0]
    );
    RETURN NULL;
END $$
"""
_ROWS = {
    "INSERT": "NEW TABLE AS changed",
    "UPDATE": "NEW TABLE AS changed OLD TABLE AS was",
    "DELETE": "OLD TABLE AS changed",
}
_SQLITE_BODY = """
INSERT INTO clients_standing (subject, version) VALUES ({row}.{column}, 1)
ON CONFLICT (subject) DO UPDATE SET version = version + 1;
"""


def install(connection: BaseDatabaseWrapper) -> None:
    """Make the triggers anew. SQLite loses those of a table that a migration makes anew."""
    remove(connection)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_POSTGRES_FUNCTION)
        for table, column, event in _triggers():
            cursor.execute(_create(connection.vendor, table, column, event))


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take the triggers away."""
    with connection.cursor() as cursor:
        for table, _, event in _triggers():
            on_table = f" ON {table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {name_of(table, event)}{on_table}")


def name_of(table: str, event: str) -> str:
    """The name of a trigger."""
    return f"{table}_standing_{event.lower()}"


def _triggers() -> Iterator[tuple[str, str, str]]:
    return ((table, column, event) for table, column, events in WATCHED for event in events)


def _create(vendor: str, table: str, column: str, event: str) -> str:
    if vendor == "postgresql":
        return (
            f"CREATE TRIGGER {name_of(table, event)} AFTER {event} ON {table} REFERENCING {_ROWS[event]} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION gatepass_raise_standing('{column}')"
        )
    rows = {"INSERT": ["NEW"], "UPDATE": ["NEW", "OLD"], "DELETE": ["OLD"]}[event]
    body = "".join(_SQLITE_BODY.format(row=row, column=column) for row in rows)
    return f"CREATE TRIGGER {name_of(table, event)} AFTER {event} ON {table} BEGIN {body} END"

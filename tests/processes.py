"""What tests that start processes of their own have in common."""

from django.db import connection


def database_url() -> str:
    """The database of the running test as DATABASE_URL names it to another process."""
    given = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{given['NAME']}"
    user = f"{given['USER']}:{given['PASSWORD']}@"
    if str(given["HOST"]).startswith("/"):
        # A socket's directory stands where a path does.
        return f"postgres://{user}/{given['HOST']}/{given['NAME']}"
    return f"postgres://{user}{given['HOST'] or '127.0.0.1'}:{given['PORT'] or 5432}/{given['NAME']}"

"""Make credits append-only, and statements again: SQLite made that table anew for its new column, without triggers."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from apps.billing import guards

NEW = ("billing_credit", "billing_creditline")
ALL = ("billing_statement", "billing_statementline", "billing_adjustment", *NEW)


def install(apps: object, editor: BaseDatabaseSchemaEditor) -> None:
    guards.remove(editor.connection, ALL)
    guards.install(editor.connection, ALL)


class Migration(migrations.Migration):
    dependencies = [("billing", "0003_credits")]

    operations = [
        migrations.RunPython(install, lambda apps, editor: guards.remove(editor.connection, NEW)),
    ]

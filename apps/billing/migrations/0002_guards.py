"""Make statements append-only in the database itself."""

from django.db import migrations

from apps.billing import guards

TABLES = ("billing_statement", "billing_statementline", "billing_adjustment")


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_initial")]

    operations = [
        migrations.RunPython(
            lambda apps, editor: guards.install(editor.connection, TABLES),
            lambda apps, editor: guards.remove(editor.connection, TABLES),
        )
    ]

"""Let a statement say where its included calls come from; SQLite may make the table anew for it, without triggers."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from apps.billing import guards

TABLES = ("billing_statement",)


def install(apps: object, editor: BaseDatabaseSchemaEditor) -> None:
    guards.remove(editor.connection, TABLES)
    guards.install(editor.connection, TABLES)


class Migration(migrations.Migration):
    dependencies = [("billing", "0004_guard_credits")]

    operations = [
        migrations.AddField("statement", "calls_per_unit", models.PositiveSmallIntegerField(null=True)),
        migrations.AddField("statement", "consignments", models.PositiveIntegerField(null=True)),
        migrations.AddField("statement", "warehouse_orders", models.PositiveIntegerField(null=True)),
        migrations.RunPython(install, install),
    ]

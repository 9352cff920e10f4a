"""Install the triggers anew: on PostgreSQL they refuse TRUNCATE too."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from apps.audit import guards


def install(apps: object, editor: BaseDatabaseSchemaEditor) -> None:
    guards.remove(editor.connection)
    guards.install(editor.connection)


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_guards")]

    operations = [migrations.RunPython(install, migrations.RunPython.noop)]

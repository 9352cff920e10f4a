"""Number the standing of clients and tenants, and let triggers keep the numbers."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from apps.clients import standing


def begin(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    numbers = apps.get_model("clients", "Standing").objects
    for label in (("tenants", "Tenant"), ("clients", "ApiClient")):
        ids = apps.get_model(*label).objects.values_list("pk", flat=True).iterator()
        numbers.bulk_create((numbers.model(subject=id_) for id_ in ids), batch_size=5_000)
    standing.install(editor.connection)


class Migration(migrations.Migration):
    dependencies = [("clients", "0004_count_of_the_list"), ("tenants", "0002_weekly_cap")]

    operations = [
        migrations.CreateModel(
            name="Standing",
            fields=[
                (
                    "subject",
                    models.UUIDField(help_text="A client or a tenant.", primary_key=True, serialize=False),
                ),
                ("version", models.PositiveBigIntegerField(default=1)),
            ],
        ),
        migrations.RunPython(begin, lambda apps, editor: standing.remove(editor.connection)),
    ]

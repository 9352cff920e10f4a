"""Sums of days at three levels. They are derived, so those that there are go, and the worker makes them anew."""

from django.db import migrations, models

FIELDS = ("tenant_id", "level", "start", "stop", "client_id", "endpoint", "status", "call_class")


def empty(apps, editor):
    editor.execute("DELETE FROM usage_daysum")


class Migration(migrations.Migration):
    dependencies = [("usage", "0003_day_sums")]

    operations = [
        migrations.RunPython(empty, empty),
        migrations.RemoveConstraint("daysum", "usage_daysum_once"),
        migrations.AddField(
            "daysum",
            "level",
            models.PositiveSmallIntegerField(
                choices=[
                    (0, "Client, endpoint, status and class"),
                    (1, "Endpoint, status and class, of all clients"),
                    (2, "Client and class"),
                ],
                default=0,
            ),
        ),
        migrations.AddConstraint(
            "daysum", models.UniqueConstraint(fields=FIELDS, name="usage_daysum_once")
        ),
    ]

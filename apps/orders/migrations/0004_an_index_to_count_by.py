from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0001_initial'),
        ('orders', '0003_created_with_modified'),
        ('tenants', '0002_weekly_cap'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='order',
            index=models.Index(fields=['tenant', 'direction', 'created'], name='orders_order_span'),
        ),
    ]

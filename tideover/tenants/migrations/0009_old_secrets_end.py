"""A webhook secret that was rolled ends; what was rolled before this version ends with it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenants", "0008_account_connected_once")]

    operations = [
        migrations.AddField(
            "connection", "webhook_secret_previous_until", models.DateTimeField(blank=True, null=True)
        ),
    ]

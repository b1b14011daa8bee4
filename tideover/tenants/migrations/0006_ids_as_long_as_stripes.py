"""Ids may have 255 characters at Stripe, names 256, addresses 512."""

from django.db import migrations, models

from tideover.columns import Widen


class Migration(migrations.Migration):
    dependencies = [("tenants", "0005_flow_has_its_own_room")]

    operations = [
        Widen("connection", "account_id", models.CharField(max_length=255)),
        Widen("connection", "webhook_endpoint_id", models.CharField(blank=True, max_length=255)),
    ]

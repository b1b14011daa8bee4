"""Ids may have 255 characters at Stripe, names 256, addresses 512."""

from django.db import migrations, models

from tideover.columns import Widen


class Migration(migrations.Migration):
    dependencies = [("messages", "0002_seals")]

    operations = [
        Widen("message", "to_address", models.CharField(max_length=512)),
        Widen("message", "to_name", models.CharField(blank=True, max_length=256)),
    ]

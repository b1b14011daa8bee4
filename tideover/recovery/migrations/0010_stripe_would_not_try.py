"""A case whose charge Stripe would not try waits for a person; an outcome has room for Stripe's longest code."""

from django.db import migrations, models

from tideover.columns import Widen
from tideover.core.case import Attention


class Migration(migrations.Migration):
    dependencies = [("recovery", "0009_bank_debits")]

    operations = [
        Widen("action", "outcome", models.CharField(blank=True, max_length=80)),
        migrations.AlterField(
            "case",
            "attention",
            models.CharField(
                blank=True,
                choices=[(mark.value, mark.name.replace("_", " ").title()) for mark in Attention],
                default=Attention.NONE,
                max_length=16,
            ),
        ),
    ]

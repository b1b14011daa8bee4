"""Ids may have 255 characters at Stripe, names 256, addresses 512."""

from django.db import migrations, models

from tideover.columns import Widen


class Migration(migrations.Migration):
    dependencies = [("recovery", "0005_action_channel")]

    operations = [
        Widen("attempt", "card_fingerprint", models.CharField(blank=True, max_length=255)),
        Widen("attempt", "charge_id", models.CharField(max_length=255)),
        Widen("attempt", "payment_intent_id", models.CharField(blank=True, max_length=255)),
        Widen("case", "card_fingerprint", models.CharField(blank=True, max_length=255)),
        Widen("case", "customer_email", models.CharField(blank=True, max_length=512)),
        Widen("case", "customer_id", models.CharField(max_length=255)),
        Widen("case", "customer_name", models.CharField(blank=True, max_length=256)),
        Widen("case", "hosted_url", models.URLField(blank=True, max_length=2000)),
        Widen("case", "invoice_id", models.CharField(max_length=255)),
        Widen("case", "new_method", models.CharField(blank=True, max_length=255)),
        Widen("case", "payment_method_id", models.CharField(blank=True, max_length=255)),
        Widen("case", "subscription_id", models.CharField(blank=True, max_length=255)),
        Widen("case", "test_clock", models.CharField(blank=True, max_length=255)),
        Widen("learntfact", "key", models.CharField(max_length=600)),
    ]

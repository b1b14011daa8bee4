"""A promise to pay on a case, the hold on Stripe's own tries, and the steps that make and end it."""

from django.db import migrations, models

from tideover.columns import WidenCheck


class Migration(migrations.Migration):
    dependencies = [("recovery", "0020_facts_by_kind")]
    operations = [
        migrations.AddField("case", "promised_on", models.DateField(blank=True, null=True)),
        migrations.AddField("case", "promised_since", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("case", "held", models.BooleanField(db_default=False, default=False)),
        migrations.AlterField(
            "action",
            "do",
            models.CharField(
                choices=[("charge", "Charge"), ("message", "Message"), ("close", "Close"), ("hold", "Hold")],
                max_length=8,
            ),
        ),
        WidenCheck(
            "action",
            models.CheckConstraint(
                condition=models.Q(("do__in", ["charge", "message", "close", "hold"])), name="action_do_known"
            ),
        ),
    ]

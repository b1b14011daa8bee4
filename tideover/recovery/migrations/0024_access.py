"""Until when a customer's access was promised, and what they have from then on."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("recovery", "0023_collects")]
    operations = [
        migrations.AddField("case", "access_until", models.DateField(blank=True, null=True)),
        migrations.AddField(
            "case",
            "access_then",
            models.CharField(
                blank=True,
                choices=[("full", "Full"), ("warned", "Warned"), ("limited", "Limited"), ("ended", "Ended")],
                db_default="",
                default="",
                max_length=8,
            ),
        ),
    ]

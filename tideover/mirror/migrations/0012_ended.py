from django.db import migrations, models

from tideover.columns import AddIndexMeanwhile


class Migration(migrations.Migration):
    atomic = False  # PostgreSQL builds the indexes meanwhile

    dependencies = [("mirror", "0011_winback")]

    operations = [
        AddIndexMeanwhile(
            model_name="subscription",
            index=models.Index(
                condition=models.Q(("ended_at__isnull", False)),
                fields=["connection", "ended_at"],
                name="subscription_ended",
            ),
        ),
        AddIndexMeanwhile(
            model_name="subscription",
            index=models.Index(
                condition=models.Q(("led_by", ""), _negated=True), fields=["connection"], name="subscription_led"
            ),
        ),
    ]

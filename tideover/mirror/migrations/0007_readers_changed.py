from django.db import migrations, models

from tideover.columns import AddIndexMeanwhile


class Migration(migrations.Migration):
    atomic = False  # PostgreSQL builds the index meanwhile

    dependencies = [("mirror", "0006_readers")]

    operations = [
        AddIndexMeanwhile(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("readers", models.F("readers_followed")), _negated=True),
                fields=["id"],
                name="customer_readers",
            ),
        ),
    ]

from django.db import migrations, models

from tideover.columns import AddIndexMeanwhile


class Migration(migrations.Migration):
    atomic = False  # PostgreSQL builds the index meanwhile

    dependencies = [("mirror", "0009_segments")]

    operations = [
        AddIndexMeanwhile(
            model_name="customer",
            index=models.Index(
                fields=["project", "segment", "name", "id"],
                condition=models.Q(("segment", ""), _negated=True),
                name="customer_by_segment",
            ),
        ),
    ]

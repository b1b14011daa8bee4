"""The cards that the network has renewed, among millions that it has not."""

from django.db import migrations, models

from tideover.columns import AddIndexMeanwhile


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("mirror", "0003_renewed")]
    operations = [
        AddIndexMeanwhile(
            "method",
            models.Index(
                fields=["connection", "renewed_at"],
                condition=models.Q(("renewed_at__isnull", False)),
                name="method_renewed",
            ),
        ),
    ]

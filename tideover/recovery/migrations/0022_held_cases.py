"""The invoices that are held, among millions that are not."""

from django.db import migrations, models

from tideover.columns import AddIndexMeanwhile


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("recovery", "0021_promises")]
    operations = [
        AddIndexMeanwhile(
            "case", models.Index(fields=["connection"], condition=models.Q(("held", True)), name="case_held")
        ),
    ]

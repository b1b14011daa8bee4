"""The cases that the figures do not show as they are: found among millions while others change theirs."""

from django.db import migrations, models

from tideover.columns import AddIndexMeanwhile


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("recovery", "0017_figures_by_day")]
    operations = [
        AddIndexMeanwhile(
            "case",
            models.Index(
                fields=["opened_at"],
                condition=models.Q(counted_version__lt=models.F("version")),
                name="case_uncounted",
            ),
        ),
    ]

"""What came back, and who brought a card, lately: found among millions of other facts."""

from django.db import migrations, models

from tideover.columns import AddIndexMeanwhile


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("recovery", "0019_lists_of_cases")]
    operations = [
        AddIndexMeanwhile(
            "learntfact", models.Index(fields=["organization", "kind", "-learnt_at"], name="fact_by_kind")
        ),
    ]

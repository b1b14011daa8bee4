"""Whether Stripe goes on with the invoice of a case by itself."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("recovery", "0022_held_cases")]
    operations = [migrations.AddField("case", "collects", models.BooleanField(db_default=False, default=False))]

"""Columns that older code does not know have a default in the database: it may still run while this version starts."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("messages", "0003_ids_as_long_as_stripes")]

    operations = [
        migrations.AlterField("message", "sealed", models.BooleanField(db_default=False, default=False)),
    ]

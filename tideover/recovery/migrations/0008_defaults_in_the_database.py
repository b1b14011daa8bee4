"""Columns that older code does not know have a default in the database: it may still run while this version starts."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("recovery", "0007_money_that_moves")]

    operations = [
        migrations.AlterField("action", "sealed", models.BooleanField(db_default=False, default=False)),
        migrations.AlterField("learntfact", "sealed", models.BooleanField(db_default=True, default=True)),
    ]

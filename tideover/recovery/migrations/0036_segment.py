from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("recovery", "0035_prices")]

    operations = [
        migrations.AddField(
            model_name="case",
            name="segment",
            field=models.CharField(blank=True, db_default="", default="", max_length=40),
        ),
    ]

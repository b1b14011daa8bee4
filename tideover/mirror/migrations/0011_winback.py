from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("mirror", "0010_customers_by_segment")]

    operations = [
        migrations.AddField(
            model_name="subscription",
            name="led_by",
            field=models.CharField(blank=True, db_default="", default="", max_length=64),
        ),
        migrations.AddField(
            model_name="subscription",
            name="left_for",
            field=models.CharField(blank=True, db_default="", default="", max_length=40),
        ),
        migrations.AddField(
            model_name="subscription",
            name="prices",
            field=models.CharField(blank=True, db_default="", default="", max_length=1000),
        ),
    ]

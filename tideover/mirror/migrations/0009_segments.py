from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("mirror", "0008_renewals")]

    operations = [
        migrations.AddField(
            model_name="customer",
            name="segment",
            field=models.CharField(blank=True, db_default="", default="", max_length=40),
        ),
        migrations.AddField(
            model_name="customer",
            name="odd_segment",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]

"""When the network renewed a card."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("mirror", "0002_waits")]
    operations = [
        migrations.AddField("method", "renewed_at", models.DateTimeField(blank=True, null=True)),
    ]

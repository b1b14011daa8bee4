from django.db import migrations, models


class Migration(migrations.Migration):
    """Projects of before stay on; those that begin from now on are off until they go live."""

    dependencies = [("tenants", "0016_kinds_of_credential")]

    operations = [
        migrations.AddField("project", "recovery_turned_at", models.DateTimeField(blank=True, null=True)),
    ]

"""Where there is something already, older processes may run: all is written as these read it until somebody says no."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def older_where_there_is_anything(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    using = schema_editor.connection.alias
    if apps.get_model("tenants", "User").objects.using(using).exists() or (
        apps.get_model("tenants", "Organization").objects.using(using).exists()
    ):
        apps.get_model("tenants", "OlderSeals").objects.using(using).get_or_create(id=1)


class Migration(migrations.Migration):
    dependencies = [("tenants", "0018_retention")]

    operations = [
        migrations.CreateModel(
            name="OlderSeals",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("envelopes_since", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.RunPython(older_where_there_is_anything, migrations.RunPython.noop),
    ]

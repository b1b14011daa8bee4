"""An index for the cases that came back by one way, where other filters leave few of them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("recovery", "0026_languages")]
    operations = [
        migrations.AddIndex(
            "case", models.Index(fields=["project", "via", "currency", "state"], name="case_list_of_one_way")
        )
    ]

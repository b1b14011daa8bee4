"""The audit log by what was done: a page shows the changes among millions of charges."""

from django.db import migrations, models

from tideover.columns import AddIndexMeanwhile


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("tenants", "0019_older_seals")]
    operations = [
        AddIndexMeanwhile(
            "auditentry", models.Index(fields=["organization", "what", "-number"], name="audit_by_kind")
        ),
    ]

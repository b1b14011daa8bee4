"""The messages that were written in drafts are counted on the page of the drafts, each time it is looked at."""

from django.db import migrations, models

from tideover.columns import AddIndexMeanwhile


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("messages", "0022_drafts_at_send_time")]
    operations = [
        AddIndexMeanwhile(
            "message",
            models.Index(condition=models.Q(("draft__isnull", False)), fields=["draft"], name="message_in_draft"),
        ),
    ]

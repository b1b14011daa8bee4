"""The preview inbox of a project, found among millions of messages that were sent."""

from django.db import migrations, models

from tideover.columns import AddIndexMeanwhile


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("messages", "0010_previews")]
    operations = [
        AddIndexMeanwhile(
            "message",
            models.Index(fields=["project", "-id"], condition=models.Q(state="previewed"), name="message_previewed"),
        )
    ]

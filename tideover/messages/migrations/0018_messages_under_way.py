"""The few messages of which nothing has left, or no answer came: Home and Status look for them among all, each time."""

from django.db import migrations, models

from tideover.columns import AddIndexMeanwhile


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("messages", "0017_bad_events")]
    operations = [
        AddIndexMeanwhile(
            "message",
            models.Index(
                fields=["organization", "created_at"],
                condition=models.Q(state="claimed") | models.Q(state="failed", may_retry=True),
                name="message_to_leave",
            ),
        ),
        AddIndexMeanwhile(
            "message",
            models.Index(
                fields=["organization", "data_started_at"],
                condition=models.Q(state="data_started"),
                name="message_handed_over",
            ),
        ),
        migrations.RemoveIndex("message", "message_in_doubt"),  # the same without whose they are
    ]

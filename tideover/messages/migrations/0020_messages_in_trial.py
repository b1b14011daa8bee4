"""The messages of a trial are few among all: its page looks for them each time."""

from django.db import migrations, models

from tideover.columns import AddIndexMeanwhile


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("messages", "0019_text_trials")]
    operations = [
        AddIndexMeanwhile(
            "message",
            models.Index(condition=models.Q(("trial__isnull", False)), fields=["trial"], name="message_in_trial"),
        ),
    ]

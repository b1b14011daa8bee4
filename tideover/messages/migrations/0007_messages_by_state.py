"""The few messages that wait, are in doubt or left lately: found among millions that were sent."""

from django.db import migrations, models

from tideover.columns import AddIndexMeanwhile


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("messages", "0006_let_back_in")]
    operations = [
        AddIndexMeanwhile(
            "message", models.Index(fields=["organization", "state", "-claimed_at"], name="message_by_state")
        ),
        AddIndexMeanwhile(
            "message", models.Index(fields=["organization", "-data_started_at"], name="message_by_leaving")
        ),
    ]

"""Messages that nobody got: the customer hangs on a test clock."""

from django.db import migrations, models

from tideover.columns import WidenCheck

STATES = ["claimed", "data_started", "sent", "unknown", "failed", "skipped", "previewed"]


class Migration(migrations.Migration):
    dependencies = [("messages", "0009_who_it_was_before")]
    operations = [
        migrations.AlterField(
            "message",
            "state",
            models.CharField(
                choices=[(state, state.replace("_", " ").title()) for state in STATES],
                default="claimed",
                max_length=12,
            ),
        ),
        WidenCheck(
            "message", models.CheckConstraint(condition=models.Q(state__in=STATES), name="message_state_known")
        ),
    ]

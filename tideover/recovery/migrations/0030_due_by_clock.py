"""What comes due by test clocks, found beside millions of actions that come due by the wall."""

from django.db import migrations, models

from tideover.columns import AddIndexMeanwhile

ON_A_CLOCK = models.Q(clock__isnull=False)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("recovery", "0029_test_clocks")]
    operations = [
        AddIndexMeanwhile(
            "action",
            models.Index(
                fields=["clock", "due_at", "id"],
                condition=models.Q(state="planned", clock__isnull=False),
                name="action_due_by_clock",
            ),
        ),
        AddIndexMeanwhile("case", models.Index(fields=["clock"], condition=ON_A_CLOCK, name="case_on_a_clock")),
    ]

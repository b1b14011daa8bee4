"""Who opened a message and who followed its link: people, machines, or nobody can tell."""

from django.db import migrations, models

from tideover.columns import WidenCheck

UNKNOWN = "unknown"


class Migration(migrations.Migration):
    dependencies = [("messages", "0007_messages_by_state")]

    operations = [
        migrations.AddField(
            "message", "opened_by", models.CharField(blank=True, db_default="", default="", max_length=8)
        ),
        migrations.AddField(
            "message", "clicked_by", models.CharField(blank=True, db_default="", default="", max_length=8)
        ),
        migrations.AddField(
            "messageevent", "by", models.CharField(db_default=UNKNOWN, default=UNKNOWN, max_length=8)
        ),
        migrations.AddField("messageevent", "heard", models.JSONField(db_default={}, default=dict)),
        migrations.AlterField(
            "messageevent",
            "kind",
            models.CharField(
                choices=[
                    ("opened", "Opened"),
                    ("clicked", "Clicked"),
                    ("way_out", "Way Out"),
                    ("bounced", "Bounced"),
                    ("complained", "Complained"),
                    ("unsubscribed", "Unsubscribed"),
                ],
                max_length=12,
            ),
        ),
        WidenCheck(
            "messageevent",
            models.CheckConstraint(
                condition=models.Q(
                    kind__in=["opened", "clicked", "way_out", "bounced", "complained", "unsubscribed"]
                ),
                name="message_event_kind_known",
            ),
        ),
    ]

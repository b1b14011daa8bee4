"""The few bounces and complaints: found each minute among millions of opens."""

from django.db import migrations, models

from tideover.columns import AddIndexMeanwhile


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("messages", "0016_stream_pauses")]
    operations = [
        AddIndexMeanwhile(
            "messageevent",
            models.Index(
                fields=["organization", "-at"],
                condition=models.Q(kind__in=["bounced", "complained"]),
                name="message_event_bad",
            ),
        ),
    ]

"""Messages that were opened or clicked before say so themselves: by whom, nobody knows. Continued where it was cut off."""

from django.db import migrations

TOGETHER = 5000
UNKNOWN = "unknown"


def say_of_earlier_ones(apps, schema_editor):
    """Batch by batch, so that whoever notes an opening meanwhile waits for none."""
    using = schema_editor.connection.alias
    messages = apps.get_model("messages", "Message").objects.using(using)
    events = apps.get_model("messages", "MessageEvent").objects.using(using)
    noted = events.filter(kind__in=["opened", "clicked"]).order_by("pk").values_list("pk", "kind", "message_id")
    batch = list(noted[:TOGETHER])
    while batch:
        clicked = [message for _, kind, message in batch if kind == "clicked"]
        messages.filter(pk__in=clicked, clicked_by="").update(clicked_by=UNKNOWN)
        messages.filter(pk__in=[message for *_, message in batch], opened_by="").update(opened_by=UNKNOWN)
        batch = list(noted.filter(pk__gt=batch[-1][0])[:TOGETHER])


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("messages", "0008_who_opened_and_who_clicked")]

    operations = [migrations.RunPython(say_of_earlier_ones, migrations.RunPython.noop)]

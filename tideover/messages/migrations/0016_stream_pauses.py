"""That nothing goes by a merchant's channel, as too much of it came back: noticed, told to the owners, and ended."""

import django.db.models.deletion
from django.db import migrations, models

import tideover.columns
import tideover.ids


class Migration(migrations.Migration):
    dependencies = [
        ("messages", "0015_mail_hooks"),
        ("tenants", "0039_recipients"),
    ]
    operations = [
        migrations.CreateModel(
            name="StreamPause",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tideover.ids.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("channel", models.CharField(max_length=8)),
                ("why", models.CharField(max_length=40)),
                ("bad", models.PositiveIntegerField()),
                ("left", models.PositiveIntegerField()),
                ("begun_at", models.DateTimeField()),
                ("told_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("lifted_by", tideover.columns.Words(blank=True, max_length=254)),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="tenants.organization"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("organization", "channel"),
                        name="stream_paused_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("lifted_by", ""), ("ended_at__isnull", False), _connector="OR"),
                        name="stream_lifted_has_time",
                    ),
                ],
            },
        ),
    ]

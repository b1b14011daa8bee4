"""Trials of two texts: which, since when, how one ended; and of each message the half of one that it was written for."""

import django.db.models.deletion
from django.db import migrations, models

import tideover.columns
import tideover.ids


class Migration(migrations.Migration):
    dependencies = [
        ("messages", "0018_messages_under_way"),
        ("tenants", "0039_recipients"),
    ]
    operations = [
        migrations.AddField("textversion", "for_trial", models.BooleanField(db_default=False, default=False)),
        migrations.CreateModel(
            name="TextTrial",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tideover.ids.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("template", models.CharField(max_length=20)),
                ("channel", models.CharField(max_length=8)),
                ("language", models.CharField(max_length=12)),
                ("a", models.PositiveIntegerField()),
                ("b", models.PositiveIntegerField()),
                ("within_days", models.PositiveSmallIntegerField()),
                ("ends_by_itself", models.BooleanField(default=False)),
                ("began_at", models.DateTimeField()),
                ("began_by", tideover.columns.Words(blank=True, max_length=254)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("ended_by", tideover.columns.Words(blank=True, max_length=254)),
                (
                    "end",
                    models.CharField(
                        blank=True, choices=[("a", "A"), ("b", "B"), ("stopped", "Stopped")], max_length=8
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="tenants.organization"
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="tenants.project"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("project", "template", "channel", "language"),
                        name="text_trial_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("a", models.F("b")), _negated=True), name="text_trial_has_two_halves"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("within_days__gte", 1), ("within_days__lte", 60)),
                        name="text_trial_days_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("end", ""), ("ended_at", None)),
                            models.Q(("end__in", ["a", "b", "stopped"]), ("ended_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="text_trial_end_known",
                    ),
                ],
            },
        ),
        migrations.AddField("message", "half", models.CharField(blank=True, db_default="", default="", max_length=1)),
        migrations.AddField(
            "message",
            "trial",
            models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="messages.texttrial",
            ),
        ),
    ]

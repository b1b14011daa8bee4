"""Test clocks, and which of them a case lives by. A case of before gets its own when its invoice is read again."""

import django.db.models.deletion
from django.db import migrations, models

import tideover.ids

STATES = ["ready", "advancing", "failed", "deleted", "closed"]


class Migration(migrations.Migration):
    dependencies = [("recovery", "0028_reached"), ("tenants", "0034_plans")]
    operations = [
        migrations.CreateModel(
            "Clock",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tideover.ids.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("clock_id", models.CharField(max_length=255)),
                ("name", models.CharField(blank=True, max_length=300)),
                ("shows", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[(state, state.title()) for state in STATES], default="ready", max_length=9
                    ),
                ),
                ("target", models.DateTimeField(blank=True, null=True)),
                ("asked_at", models.DateTimeField(blank=True, null=True)),
                ("asked_by", models.CharField(blank=True, max_length=254)),
                ("trouble", models.CharField(blank=True, max_length=300)),
                ("read_at", models.DateTimeField()),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="clocks", to="tenants.connection"
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="tenants.organization"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["connection", "clock_id"], name="clock_once"),
                    models.CheckConstraint(condition=models.Q(state__in=STATES), name="clock_state_known"),
                    models.CheckConstraint(
                        condition=~models.Q(state="advancing") | models.Q(target__isnull=False),
                        name="clock_advances_somewhere",
                    ),
                ]
            },
        ),
        *[
            migrations.AddField(
                model,
                "clock",
                models.ForeignKey(
                    blank=True,
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.DO_NOTHING,
                    related_name=related,
                    to="recovery.clock",
                ),
            )
            for model, related in (("case", "cases"), ("action", "+"))
        ],
    ]

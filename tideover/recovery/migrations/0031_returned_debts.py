"""What is collected of debts that came back after all was paid: one payment of each, which comes once."""

import django.db.models.deletion
import tideover.ids
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("recovery", "0030_due_by_clock"),
        ("tenants", "0035_language"),
    ]

    operations = [
        migrations.CreateModel(
            name="Collection",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tideover.ids.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("debt", models.PositiveSmallIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("amount", models.BigIntegerField()),
                ("collected", models.BigIntegerField(default=0)),
                ("intent_id", models.CharField(blank=True, default="", max_length=255)),
                ("agreed_at", models.DateTimeField()),
                ("looked_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="collections", to="recovery.case"
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
                "indexes": [
                    models.Index(condition=models.Q(("closed_at", None)), fields=["looked_at"], name="collection_open")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("closed_at", None)), fields=("case",), name="collection_open_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("collected__gt", 0)), fields=("case", "debt"), name="collection_comes_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount__gt", 0), ("debt__gte", 1)), name="collection_is_something"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("collected__gte", 0), ("collected__lte", models.F("amount"))),
                        name="collection_never_more_than_came_back",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("collected", 0), ("closed_at__isnull", False), _connector="OR"),
                        name="collection_come_is_closed",
                    ),
                ],
            },
        ),
    ]

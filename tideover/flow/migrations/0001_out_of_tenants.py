import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """The tables that the room `tenants` made before: here only the models come, and no row is touched."""

    initial = True

    dependencies = [
        ("tenants", "0005_flow_has_its_own_room"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="Provider",
                    fields=[
                        ("failures", models.PositiveIntegerField(default=0)),
                        ("open_until", models.DateTimeField(blank=True, db_column="rests_until", null=True)),
                        ("name", models.CharField(max_length=20, primary_key=True, serialize=False)),
                        ("stopped_at", models.DateTimeField(blank=True, null=True)),
                        ("clock_ahead_seconds", models.IntegerField(blank=True, null=True)),
                        ("clock_compared_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={"db_table": "tenants_provider"},
                ),
                migrations.CreateModel(
                    name="Lane",
                    fields=[
                        ("failures", models.PositiveIntegerField(default=0)),
                        ("open_until", models.DateTimeField(blank=True, db_column="rests_until", null=True)),
                        (
                            "connection",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="lane",
                                serialize=False,
                                to="tenants.connection",
                            ),
                        ),
                        ("next_turn_at", models.DateTimeField()),
                        (
                            "organization",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="tenants.organization",
                            ),
                        ),
                    ],
                    options={"db_table": "tenants_lane"},
                ),
            ],
        ),
    ]

from django.db import migrations


class Migration(migrations.Migration):
    """`Lane` and `Provider` are known to the room `flow` from here on (flow/0001). The tables stay as they are."""

    dependencies = [
        ("tenants", "0004_clock_skew"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.DeleteModel(name="Lane"),
                migrations.DeleteModel(name="Provider"),
            ],
        ),
    ]

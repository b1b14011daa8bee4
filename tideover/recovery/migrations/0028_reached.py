"""How far a case came, kept with it for the funnel. Of those there are it is not known: the worker reads it."""

from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("recovery", "0027_lists_of_one_way")]
    operations = [
        migrations.AddField("case", "reached", models.SmallIntegerField(blank=True, default=None, null=True)),
        migrations.AlterField("case", "reached", models.SmallIntegerField(blank=True, default=0, null=True)),
        migrations.RemoveIndex("case", "case_uncounted"),
        migrations.AddIndex(
            "case",
            models.Index(
                condition=Q(counted_version__lt=F("version")) | Q(reached=None) | Q(reached__lt=0),
                fields=["opened_at"],
                name="case_to_count",
            ),
        ),
    ]

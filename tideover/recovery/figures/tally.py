"""The row in which the figures are kept: what some cases add to the sums of a day."""

from __future__ import annotations

from django.db import models

from tideover.ids import new_id
from tideover.tenants.models import Organization, Project


class Tally(models.Model):
    """What cases add to the figures of a day, as a difference: the sum over the rows counts (`tallies`)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    currency = models.CharField(max_length=3)
    what = models.CharField(max_length=8)
    day = models.DateField()
    state = models.CharField(max_length=10, blank=True)
    via = models.CharField(max_length=10, blank=True)
    family = models.CharField(max_length=20, blank=True)
    sort = models.CharField(max_length=8, blank=True)
    tenths = models.IntegerField(default=0)  # of a day, from the failure to the money
    cases = models.BigIntegerField(default=0)
    won = models.BigIntegerField(default=0)
    brought = models.BigIntegerField(default=0)
    due = models.BigIntegerField(default=0)
    recovering = models.BigIntegerField(default=0)
    back = models.BigIntegerField(default=0)
    returned = models.BigIntegerField(default=0)
    disputed = models.BigIntegerField(default=0)
    monthly = models.BigIntegerField(default=0)
    months = models.BigIntegerField(default=0)
    unread = models.BigIntegerField(default=0)
    folded = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["project", "currency", "what", "day"], name="tally_by_day"),
            models.Index(fields=["id"], condition=models.Q(folded=False), name="tally_to_fold"),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.day}: {self.cases}"

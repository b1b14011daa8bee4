"""How far upkeep has come where it goes through whole tables."""

from __future__ import annotations

from django.db import models


class Walk(models.Model):
    """One table's rows, looked through from the oldest id to the newest, a few batches at a time."""

    name = models.CharField(max_length=60, primary_key=True)
    past = models.UUIDField(null=True, blank=True)  # the last row that was looked at; empty: it begins anew
    ended_at = models.DateTimeField(null=True, blank=True)  # when it last came to the newest

    def __str__(self) -> str:
        return f"{self.name} past {self.past}"

"""The timetable: when each periodic job runs next, and who runs it now."""

from __future__ import annotations

from django.db import models

from tideover.columns import Words


class PeriodicJob(models.Model):
    """One job of the timetable; however many workers there are, one at a time runs it."""

    name = models.CharField(max_length=60, primary_key=True)
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_token = models.UUIDField(null=True, blank=True)
    ran_at = models.DateTimeField(null=True, blank=True)
    failure = Words(max_length=300, blank=True)  # of the latest run; empty: it went well

    def __str__(self) -> str:
        return f"{self.name} at {self.due_at}"

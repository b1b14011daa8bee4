"""How far upkeep has come where it goes through whole tables, and what Doctor found when it last looked."""

from __future__ import annotations

from typing import Any

from django.db import models

from tideover.tenants.models import Organization


class Walk(models.Model):
    """One table's rows, looked through from the oldest id to the newest, a few batches at a time."""

    name = models.CharField(max_length=60, primary_key=True)
    past = models.UUIDField(null=True, blank=True)  # the last row that was looked at; empty: it begins anew
    ended_at = models.DateTimeField(null=True, blank=True)  # when it last came to the newest

    def __str__(self) -> str:
        return f"{self.name} past {self.past}"


class Examination(models.Model):
    """The latest of an organization: asked for by a page, done by a worker. It names accounts and domains, no people.

    done_at: none while it is asked for. found_at: of when the findings are; they stay until there are newer ones.
    """

    organization = models.OneToOneField(Organization, on_delete=models.CASCADE, primary_key=True, related_name="+")
    asked_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    found_at = models.DateTimeField(null=True, blank=True)
    findings: models.JSONField[list[Any], list[Any]] = models.JSONField(default=list)

    class Meta:
        indexes = [models.Index(fields=["asked_at"], condition=models.Q(done_at=None), name="examination_waits")]

    def __str__(self) -> str:
        return f"examination of {self.organization_id}"

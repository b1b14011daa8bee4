"""How far upkeep has come through whole tables, what the watch and Doctor last found, and how far set-ups are."""

from __future__ import annotations

from typing import Any

from django.db import models

from tideover.columns import Words
from tideover.ids import new_id
from tideover.tenants.models import Organization, Project


class Walk(models.Model):
    """One table's rows, looked through from the oldest id to the newest, a few batches at a time."""

    name = models.CharField(max_length=60, primary_key=True)
    past = models.UUIDField(null=True, blank=True)  # the last row that was looked at; empty: it begins anew
    ended_at = models.DateTimeField(null=True, blank=True)  # when it last came to the newest

    def __str__(self) -> str:
        return f"{self.name} past {self.past}"


class Milestone(models.Model):
    """A step of setting up that only a person can take, such as to look at the rules; or that the list is hidden."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=20)  # of a step of upkeep.checklist, or its HIDDEN
    by = Words(max_length=254)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="milestone_once")]

    def __str__(self) -> str:
        return f"{self.name} of {self.project_id}"


class Examination(models.Model):
    """The latest of an organization: asked for by a page, done by a worker. It names accounts and domains, no people.

    done_at: none while it is asked for. found_at: of when the findings are; they stay until there are newer ones.
    """

    organization = models.OneToOneField(Organization, on_delete=models.CASCADE, primary_key=True, related_name="+")
    asked_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    found_at = models.DateTimeField(null=True, blank=True)
    domains = models.TextField(blank=True, default="", db_default="")  # whose senders were looked at, between blanks
    findings: models.JSONField[list[Any], list[Any]] = models.JSONField(default=list)

    class Meta:
        indexes = [models.Index(fields=["asked_at"], condition=models.Q(done_at=None), name="examination_waits")]

    def __str__(self) -> str:
        return f"examination of {self.organization_id}"


class Watched(models.Model):
    """What the watch found broken of an organization when it last looked; no row where it found nothing."""

    organization = models.OneToOneField(Organization, on_delete=models.CASCADE, primary_key=True, related_name="+")
    at = models.DateTimeField()
    found: models.JSONField[list[Any], list[Any]] = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"watch over {self.organization_id}"

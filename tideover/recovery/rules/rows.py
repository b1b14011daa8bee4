"""The row of a version of a project's rules."""

from __future__ import annotations

from typing import Any

from django.db import models

from tideover.columns import Words
from tideover.ids import new_id
from tideover.tenants.models import Organization, Project


class Ruleset(models.Model):
    """A version of a project's rules. Never changed: an edit makes the next version, and a case keeps its own."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="rulesets")
    version = models.PositiveIntegerField()
    name = models.CharField(max_length=60)
    rules: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField()  # core.rules.to_json
    preset = models.CharField(max_length=60, blank=True, default="", db_default="")  # what it was copied from
    made_by = Words(max_length=254, blank=True, default="", db_default="")  # a person; empty: nobody asked
    created_at = models.DateTimeField()
    to_open_cases_at = models.DateTimeField(null=True, blank=True)  # when somebody asked that open cases go on by it
    to_open_cases_by = Words(max_length=254, blank=True, default="", db_default="")  # who did
    all_moved_at = models.DateTimeField(null=True, blank=True)  # when none was left that did not
    # recovery.reach.Count: what it would change for open cases, as far as the worker has counted; none: nobody asked
    count: models.JSONField[dict[str, Any] | None, dict[str, Any] | None] = models.JSONField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "version"], name="ruleset_version_once")]
        indexes = [
            models.Index(
                fields=["project", "-version"],
                condition=models.Q(to_open_cases_at__isnull=False, all_moved_at__isnull=True),
                name="ruleset_on_its_way",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"

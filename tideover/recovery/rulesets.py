"""A project's rules as versions: the newest is used for new cases, an old case keeps the one it started with."""

from __future__ import annotations

import json
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from uuid import UUID

from django.db import transaction

from tideover.core.rules import PRESETS, Rules, from_json, to_json
from tideover.recovery.models import Ruleset
from tideover.tenants.models import Project

DEFAULT_PRESET = "relay"


def adopt(project: Project, name: str, rules: Rules, now: datetime) -> Ruleset:
    """Make `rules` the project's next version."""
    with transaction.atomic():
        latest = project.rulesets.select_for_update().order_by("-version").first()
        return Ruleset.objects.create(
            organization_id=project.organization_id,
            project=project,
            version=(latest.version if latest else 0) + 1,
            name=name,
            rules=to_json(rules),
            created_at=now,
        )


def current_ruleset(project: Project, now: datetime) -> Ruleset:
    """The newest version; a project without any starts with our default."""
    # One reading for all its cases, where the caller has prefetched them (worker.news).
    latest = max(project.rulesets.all(), key=attrgetter("version"), default=None)
    return latest or adopt(project, DEFAULT_PRESET, PRESETS[DEFAULT_PRESET], now)


def rules_of(ruleset: Ruleset) -> Rules:
    """The rules of a version. A version never changes, so reading it once is enough."""
    return _understood(ruleset.pk, json.dumps(ruleset.rules))


@lru_cache(maxsize=1024)
def _understood(_ruleset_id: UUID, rules: str) -> Rules:
    return from_json(json.loads(rules))

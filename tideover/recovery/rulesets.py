"""A project's rules as versions: the newest is used for new cases, an old case keeps the one it started with."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from tideover.core.editing.differences import Difference, differences
from tideover.core.editing.rules_file import choices
from tideover.core.editing.sequences import numbered_after
from tideover.core.rules import PRESETS, Rules, from_json, is_a_name, to_json
from tideover.recovery.models import Ruleset
from tideover.tenants import audit
from tideover.tenants.models import Connection, Organization, Project

DEFAULT_PRESET = "relay"
CHANGED: Final = "rules changed"  # how the audit log calls it


class Overtaken(ValueError):  # noqa: N818 - what happened
    """Somebody else has saved another version since these rules were opened."""

    def __init__(self, newest: Ruleset) -> None:
        by = f" by {newest.made_by}" if newest.made_by else ""
        super().__init__(f"Version {newest.version} was saved{by} meanwhile. Look at it, and save your changes again.")
        self.newest = newest


@dataclass(frozen=True, slots=True)
class Wish:
    """Rules to become the next version. preset: they were copied from it. base: the version they were made from.

    by: a person, or the operator; empty where nobody asked. exact: as they stand in a file, to the names of strategies.
    """

    rules: Rules
    by: str = ""
    preset: str = ""
    base: int | None = None
    exact: bool = False


def adopt(project: Project, name: str, rules: Rules, now: datetime) -> Ruleset:
    """Make `rules` the project's next version, whatever stood there."""
    with transaction.atomic():
        return _next(project, name, Wish(rules, preset=name if name in PRESETS else ""), _locked(project), now)


def revise(project: Project, wish: Wish, now: datetime) -> Ruleset | None:
    """Make the next version as a person wishes; None where nothing differs. Raises Overtaken."""
    with transaction.atomic():
        Organization.objects.select_for_update(no_key=True).get(pk=project.organization_id)  # as the settings lock
        versions = _locked(project)
        latest = versions[0] if versions else None
        if latest and wish.base not in {None, latest.version}:
            raise Overtaken(latest)
        rules = _named(wish.rules, project)
        found = differences(rules_of(latest), rules) if latest else ()
        if latest and not found and not (wish.exact and choices(rules_of(latest)) != choices(rules)):
            return None
        made = _next(project, rules.name, replace(wish, rules=rules), versions, now)
        audit.write(project.organization_id, _deed(project, wish.by, latest, made, found), now)
        return made


def _locked(project: Project) -> list[Ruleset]:
    """All versions, the newest first; nobody else makes one until the transaction ends."""
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    return list(Ruleset.objects.filter(project=project).order_by("-version"))


def _next(project: Project, name: str, wish: Wish, versions: Sequence[Ruleset], now: datetime) -> Ruleset:
    latest = versions[0] if versions else None
    if wish.rules.chase_overdue and not (latest and rules_of(latest).chase_overdue):
        Connection.objects.filter(project=project).update(swept_at=None)  # what is overdue by now is looked for soon
    return Ruleset.objects.create(
        organization_id=project.organization_id,
        project=project,
        version=(latest.version if latest else 0) + 1,
        name=name[:60],
        rules=to_json(numbered_after(wish.rules, [rules_of(version) for version in versions])),
        preset=wish.preset or (latest.preset if latest else ""),
        made_by=wish.by[:254],
        created_at=now,
    )


def _named(rules: Rules, project: Project) -> Rules:
    """An edited copy of a preset does not go under its name: the reason of each step says by which rules it is."""
    preset = PRESETS.get(rules.name)
    return replace(rules, name=own_name(project)) if preset and differences(preset, rules) else rules


def own_name(project: Project) -> str:
    """What a project's own rules are called until somebody names them."""
    return project.slug if is_a_name(project.slug) and project.slug not in PRESETS else "own"


def _deed(project: Project, by: str, latest: Ruleset | None, made: Ruleset, found: Sequence[Difference]) -> audit.Deed:
    before = {"version": latest.version if latest else 0}
    after = {"version": made.version, "differences": [each.text for each in found]}
    return audit.Deed(by, CHANGED, project.slug, before, after)


def current_ruleset(project: Project, now: datetime) -> Ruleset:
    """The newest version; a project without any starts with our default."""
    # One reading for all its cases, where the caller has prefetched them (worker.news).
    latest = max(project.rulesets.all(), key=attrgetter("version"), default=None)
    return latest or adopt(project, DEFAULT_PRESET, PRESETS[DEFAULT_PRESET], now)


def newest(project: Project) -> Ruleset:
    """The same to be looked at: where there is none it is our default as version 0, and none is made."""
    latest = Ruleset.objects.filter(project=project).order_by("-version").first()
    default = PRESETS[DEFAULT_PRESET]
    return latest or Ruleset(
        project=project, version=0, name=DEFAULT_PRESET, preset=DEFAULT_PRESET, rules=to_json(default)
    )


def rules_asked(project: Project) -> QuerySet[Ruleset, Any]:
    """For `at_once`: the rules of the newest version, as JSON."""
    return Ruleset.objects.filter(project=project).order_by("-version").values("rules")[:1]


def rules_told(rules: Mapping[str, Any] | None) -> Rules:
    """What was asked by `rules_asked`; where there is none it is our default."""
    return from_json(rules) if rules else PRESETS[DEFAULT_PRESET]


def rules_of(ruleset: Ruleset) -> Rules:
    """The rules of a version. A version never changes, so reading it once is enough."""
    return _understood(ruleset.pk, json.dumps(ruleset.rules))


@lru_cache(maxsize=1024)
def _understood(_ruleset_id: UUID, rules: str) -> Rules:
    return from_json(json.loads(rules))


@dataclass(frozen=True, slots=True)
class Version:
    """A version beside what it changed. live: new cases start with it."""

    ruleset: Ruleset
    changed: Sequence[Difference]
    live: bool


def history(project: Project) -> list[Version]:
    """Every version, the newest first, with what it changed."""
    rows = list(Ruleset.objects.filter(project=project).order_by("-version"))
    older = [*rows, None][1:]
    return [
        Version(row, differences(rules_of(before), rules_of(row)) if before else (), live=row is rows[0])
        for row, before in zip(rows, older, strict=True)
    ]


def version_of(project: Project, number: int) -> Ruleset | None:
    """The version of this number; None where there is none."""
    return Ruleset.objects.filter(project=project, version=number).first()

"""A merchant's settings as they are kept: read, changed under a lock, and each change written into the audit log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.db import transaction

from tideover.core.settings.pictures import Picture
from tideover.core.settings.table import SETTINGS, Setting, Whose, setting
from tideover.core.settings.values import BadValue, Value
from tideover.tenants import audit, logos
from tideover.tenants.models import Organization, Project

CHANGED = "settings changed"  # how the audit log calls it


@dataclass(frozen=True, slots=True)
class Change:
    """A setting that is another one than before."""

    key: str
    before: Value
    after: Value


def settings_of(project: Project) -> dict[str, Value]:
    """Every setting of a project and of its organization, by its key."""
    return {each.key: _kept(each, project) for each in SETTINGS.values()}


def _row(each: Setting, project: Project) -> Organization | Project:
    return project.organization if each.whose == Whose.ORGANIZATION else project


def _kept(each: Setting, project: Project) -> Value:
    """The value as all ways to read it write it. What an older version let in stays to be seen as it is."""
    value: Value = logos.kept(project) if _is_logo(each) else getattr(_row(each, project), each.column)
    try:
        return each.kind.checked(value)
    except BadValue:
        return value


def checked(wanted: Mapping[str, object]) -> dict[str, Value]:
    """What is wanted, as it is kept. Raises UnknownSetting, or BadValue with the key and with what it may be."""
    found: dict[str, Value] = {}
    for key, value in wanted.items():
        kind = setting(key).kind
        try:
            found[key] = kind.checked(value)
        except BadValue as wrong:
            raise BadValue(f"{key}: {wrong} It may be: {kind.bounds}.") from None
    return found


def differences(project: Project, wanted: Mapping[str, object]) -> list[Change]:
    """What would change. Raises as `checked`."""
    now = settings_of(project)
    return [Change(key, now[key], value) for key, value in checked(wanted).items() if value != now[key]]


def change(project: Project, wanted: Mapping[str, object], by: str, now: datetime) -> list[Change]:
    """Make the settings so, all or none, and tell what has changed. Raises as `checked`."""
    with transaction.atomic():
        organization = Organization.objects.select_for_update(no_key=True).get(pk=project.organization_id)
        locked = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        locked.organization = organization
        changes = differences(locked, wanted)
        for each in changes:
            _keep(SETTINGS[each.key], locked, each.after, now)
        if changes:
            audit.write(organization.pk, _deed(project, changes, by), now)
    return changes


def turn_recovery(project: Project, *, on: bool, by: str, now: datetime) -> bool:
    """Go live, or charge and send nothing from now on; whether that changes anything."""
    return bool(change(project, {"recovery.enabled": on}, by, now))


def _is_logo(each: Setting) -> bool:
    """A picture has a table of its own."""
    return isinstance(each.kind, Picture)


def _keep(each: Setting, project: Project, value: Value, now: datetime) -> None:
    if _is_logo(each):
        logos.keep(project, str(value))
        return
    row = _row(each, project)
    setattr(row, each.column, value)
    row.save(update_fields=[each.column])
    if each.column == "minimal" and value:  # since when what was kept before is emptied
        project.minimal_since = now
        project.save(update_fields=["minimal_since"])
    if each.column == "recovery_enabled":  # from when on steps are done, or are not
        project.recovery_turned_at = now
        project.save(update_fields=["recovery_turned_at"])


def _deed(project: Project, changes: list[Change], by: str) -> audit.Deed:
    before = {each.key: _told(each.before) for each in changes}
    return audit.Deed(by, CHANGED, project.slug, before, {each.key: _told(each.after) for each in changes})


def _told(value: Value) -> Value:
    """As the log keeps it: of a picture no more than which it was."""
    return (
        f"sha256:{sha256(value.encode()).hexdigest()}"
        if isinstance(value, str) and value.startswith("data:")
        else value
    )

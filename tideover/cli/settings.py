"""`tideover settings`: a merchant's settings read, changed, written to a file and taken from one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import typer

from tideover.cli.start import fail, with_tables
from tideover.core.editing.whole_file import Chosen, read, written
from tideover.core.rules import BadRules
from tideover.core.settings.file import BadFile, Format
from tideover.core.settings.table import SETTINGS, UnknownSetting, in_words, setting
from tideover.core.settings.values import BadValue

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tideover.tenants.models import Project
    from tideover.tenants.settings import Change

BY = "operator"


def get(key: str, organization: str, project: str) -> int:
    """One setting, or all of them, a line each."""
    of = project_named(organization, project)
    from tideover.tenants.settings import settings_of  # noqa: PLC0415

    kept = settings_of(of)
    if key:
        typer.echo(in_words(kept[_known(key)]))
        return 0
    width = max(map(len, SETTINGS))
    for name, each in SETTINGS.items():
        typer.echo(f"{name:{width}}  {in_words(kept[name]):30}  {each.effect}")
    return 0


def put(key: str, value: str, organization: str, project: str) -> int:
    """Change one setting, and tell what it was."""
    of = project_named(organization, project)
    _tell(_changed(of, {_known(key): value}))
    return 0


def export(file: Path | None, form: str, organization: str, project: str) -> int:
    """Write all settings, the rules and the merchant's own texts to a file, or to the terminal."""
    chosen = format_of(form, file)
    of = project_named(organization, project)
    from tideover.messages.own.moving import told  # noqa: PLC0415
    from tideover.recovery.rulesets import newest, rules_of  # noqa: PLC0415
    from tideover.tenants.settings import settings_of  # noqa: PLC0415

    text = written(settings_of(of), rules_of(newest(of)), told(of), chosen)
    if file is None:
        typer.echo(text, nl=False)
        return 0
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as refused:
        fail(f"{file} cannot be written: {refused.strerror}")
    typer.echo(f"Wrote {len(SETTINGS)} settings and the rules of {of.name} to {file}.")
    return 0


def take(file: Path, organization: str, project: str, *, dry_run: bool) -> int:
    """Make settings, rules and texts as the file says, all or none; what it leaves out stays. Tells each difference."""
    of = project_named(organization, project)
    wanted = _read(file)
    from tideover.messages.own.moving import BadTexts  # noqa: PLC0415
    from tideover.recovery.editing.importing import would_change  # noqa: PLC0415

    try:
        changes = would_change(of, wanted)
    except (BadValue, BadTexts) as wrong:
        _refuse(file, wrong)
    for each in changes.settings:
        typer.echo(_in_words(each))
    for difference in changes.rules:
        typer.echo(f"  rules: {difference.text}")
    for which in changes.texts:
        typer.echo(f"  text: {which}")
    if not changes:
        typer.echo("Nothing differs.")
    if not dry_run:
        _take(of, wanted)
    elif changes:
        typer.echo("Nothing was changed: without --dry-run it will be.")
    return 0


def _take(project: Project, wanted: Chosen) -> None:
    from tideover import clock  # noqa: PLC0415
    from tideover.recovery.editing.importing import take as taken  # noqa: PLC0415
    from tideover.tenants.settings import checked  # noqa: PLC0415

    _hold_to_the_account(project, checked(wanted.settings))
    made = taken(project, wanted, BY, clock.now())
    if made:
        typer.echo(f"Version {made.version} is live for new cases; for those that are open: tideover rules apply")


def project_named(organization: str, project: str) -> Project:
    """The project that is meant: where there are several, one must be named."""
    with_tables()
    from tideover.tenants.models import Project  # noqa: PLC0415

    named: dict[str, object] = (
        {"organization__slug": organization} if organization else {"organization__is_sample": False}
    )
    named |= {"slug": project} if project else {}
    found = list(Project.objects.filter(**named).select_related("organization").order_by("created_at"))
    if not found:
        fail("there is no such project", then="See which there are: leave out --organization and --project.")
    if len(found) > 1:
        there = ", ".join(f"--organization {each.organization.slug} --project {each.slug}" for each in found)
        fail("there are several projects; say which", then=there)
    return found[0]


def _known(key: str) -> str:
    try:
        return setting(key).key
    except UnknownSetting as unknown:
        fail(str(unknown), then="See which there are: tideover settings get")


def format_of(form: str, file: Path | None) -> Format:
    """As asked for, or as the file's name ends."""
    wanted = form or (file.suffix.removeprefix(".") if file else "") or Format.TOML
    if wanted not in set(Format):
        fail(f"there is no format {wanted!r}", then="It is --format toml or --format json.")
    return Format(wanted)


def _read(file: Path) -> Chosen:
    try:
        return read(sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8"))
    except OSError as refused:
        fail(f"{file} cannot be read: {refused.strerror}")
    except (BadFile, BadRules, UnknownSetting, UnicodeDecodeError) as wrong:
        _refuse(file, wrong)


def _refuse(file: Path, wrong: ValueError) -> NoReturn:
    fail(f"{file}: {wrong}", then="Nothing was changed.")


def _changed(project: Project, wanted: Mapping[str, Any]) -> Sequence[Change]:
    from tideover import clock  # noqa: PLC0415
    from tideover.tenants.settings import change, checked  # noqa: PLC0415

    try:
        _hold_to_the_account(project, checked(wanted))
        return change(project, wanted, BY, clock.now())
    except BadValue as wrong:
        fail(str(wrong), then="Nothing was changed.")


def _hold_to_the_account(project: Project, wanted: Mapping[str, Any]) -> None:
    from tideover.flow.stripe import stripe_for  # noqa: PLC0415
    from tideover.recovery.telling.ways import refusals  # noqa: PLC0415

    for key, why in refusals(project, wanted, stripe_for).items():
        fail(f"{key}: {why}", then="Nothing was changed.")


def _tell(changes: Sequence[Change]) -> None:
    for each in changes:
        typer.echo(_in_words(each))
    if not changes:
        typer.echo("Nothing differs.")


def _in_words(change: Change) -> str:
    return f"  {change.key}: {in_words(change.after)}, before {in_words(change.before)}"

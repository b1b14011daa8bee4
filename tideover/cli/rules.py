"""`tideover rules`: what a merchant has chosen about charges and messages, as versions; read, edited and compared."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

from tideover.cli.backtesting import NOTHING_READ, tell_histories, tell_odd
from tideover.cli.settings import BY, format_of, project_named
from tideover.cli.start import fail
from tideover.core.editing.differences import differences, message_in_words
from tideover.core.editing.rules_file import read, written
from tideover.core.rules import PRESETS, BadRules, Rules
from tideover.core.settings.file import BadFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tideover.core.editing.differences import Difference
    from tideover.recovery.models import Ruleset
    from tideover.recovery.telling.dry_run import DryRun, Example
    from tideover.tenants.models import Project

NOTHING = "Nothing was changed."


def show(which: str, form: str, organization: str, project: str) -> int:
    """Rules as a file: the newest version, an older one, or a preset."""
    chosen = format_of(form, None)
    of = project_named(organization, project)
    typer.echo(written(_rules(of, which), chosen), nl=False)
    from tideover.cli.checking import looked_at  # noqa: PLC0415

    looked_at(of, "rules")
    return 0


def versions(organization: str, project: str) -> int:
    """Every version with who made it, and what it changed."""
    of = project_named(organization, project)
    from tideover.recovery.rulesets import history  # noqa: PLC0415

    _newest(of)
    for each in history(of):
        row = each.ruleset
        by = f" by {row.made_by}" if row.made_by else ""
        live = ", live for new cases" if each.live else ""
        typer.echo(f"Version {row.version}, {row.name}, of {row.created_at:%Y-%m-%d %H:%M} UTC{by}{live}")
        _tell(each.changed)
    return 0


def diff(before: str, after: str, organization: str, project: str) -> int:
    """What differs between two versions, presets or files."""
    of = project_named(organization, project)
    newest = _newest(of)
    found = differences(_rules(of, before or str(max(newest.version - 1, 1))), _rules(of, after))
    _tell(found)
    if not found:
        typer.echo("Nothing differs.")
    return 0


def copy(preset: str, organization: str, project: str, *, dry_run: bool) -> int:
    """Make a preset the next version."""
    if preset not in PRESETS:
        fail(f"there is no preset {preset!r}", then=f"there are {', '.join(PRESETS)}.")
    return _make(project_named(organization, project), PRESETS[preset], preset, dry_run=dry_run)


def edit(file: Path, organization: str, project: str, *, dry_run: bool) -> int:
    """Make what stands in a file the next version."""
    of = project_named(organization, project)
    return _make(of, _from_file(file), "", dry_run=dry_run)


def dry_run(which: str, days: int, organization: str, project: str) -> int:
    """What rules would change for what failed in the last days, beside the newest version."""
    of = project_named(organization, project)
    rules = _rules(of, which)
    from tideover import clock  # noqa: PLC0415
    from tideover.recovery.telling.backtest import backtest  # noqa: PLC0415
    from tideover.recovery.telling.dry_run import MOST_BY_COMMAND, dry_run  # noqa: PLC0415

    found = backtest(of, clock.now(), days)
    tell_histories(found)
    if not found.connections:
        return NOTHING_READ
    run = dry_run(found, rules, MOST_BY_COMMAND)
    more = f", the latest {MOST_BY_COMMAND} of more" if run.more else ""
    typer.echo(f"{run.looked_at} payments failed in the last {days} days{more}. For {run.changed} something changes.")
    for line in _compared(run):
        typer.echo(f"  {line}")
    typer.echo(f"{run.silenced} customers get no message at all any more.")
    for example in run.examples:
        typer.echo("\n".join(_example(example)))
    for sentence in found.assumptions:
        typer.echo(sentence)
    tell_odd(found)
    typer.echo("Nothing was saved, sent or charged.")
    return 0


def _compared(run: DryRun) -> Iterator[str]:
    from tideover.core.catalogue import channel_label  # noqa: PLC0415

    told = [(channel_label(channel), each) for channel, each in run.by_channel]
    told += [("Our charges", run.charges)]
    told += [(message_in_words(step), each) for step, each in run.by_step]
    told += [(f"{channel_label(channel)} on {day:%Y-%m-%d}", each) for day, channel, each in run.by_day]
    for words, each in told:
        yield f"{words}: {each.after} instead of {each.before}" if each.more else f"{words}: {each.after} as before"


def _example(example: Example) -> Iterator[str]:
    from tideover.core.money import spoken  # noqa: PLC0415
    from tideover.dashboard.words import family_label  # noqa: PLC0415

    row = example.row
    number = row.invoice.number or row.invoice.stripe_id
    yield f"{number}  {spoken(row.amount)}, {family_label(row.family)}, failed {row.opened_at:%Y-%m-%d}"
    for change in example.changes:
        was, becomes = (f"{mark.at:%Y-%m-%d %H:%M} UTC" if mark else "none" for mark in (change.was, change.becomes))
        yield f"  {message_in_words(change.step)}: {becomes} instead of {was}. {change.why}"
    if example.charges.more:
        yield f"  {example.charges.after} charges instead of {example.charges.before}."


def undo(version: int, organization: str, project: str, *, dry_run: bool) -> int:
    """Make the next version with the content of an older one."""
    of = project_named(organization, project)
    return _make(of, _rules(of, str(version)), "", dry_run=dry_run)


def apply(organization: str, project: str, *, dry_run: bool) -> int:
    """Let open cases go on by the newest version, after telling what that changes."""
    of = project_named(organization, project)
    from tideover import clock  # noqa: PLC0415
    from tideover.recovery.editing.moving import ask, move  # noqa: PLC0415
    from tideover.recovery.editing.reach import reach_of  # noqa: PLC0415

    newest = _newest(of)
    reach = reach_of(newest, clock.now())
    if not reach.open:
        typer.echo(f"All open cases go by version {newest.version} already.")
        return 0
    counted = "" if reach.counted == reach.open else f" Of the {reach.counted} opened last:"
    typer.echo(f"{reach.open} open cases go by older versions than {newest.version}.{counted}")
    for change, cases in reach.sums:
        typer.echo(f"  {cases} get {change}")
    typer.echo(f"  {reach.counted - len(reach.effects)} stay as they are planned")
    if dry_run:
        typer.echo("Nothing was changed: without --dry-run it will be.")
        return 0
    ask(newest, BY, clock.now())
    done = move(newest, clock.now())
    later = f" {done.waiting} follow once a step of theirs is done that is due or under way." if done.waiting else ""
    typer.echo(f"{done.moved} go on by version {newest.version}.{later}")
    return 0


def _make(project: Project, rules: Rules, preset: str, *, dry_run: bool) -> int:
    from tideover import clock  # noqa: PLC0415
    from tideover.recovery.rulesets import Wish, revise, rules_of  # noqa: PLC0415

    found = differences(rules_of(_newest(project)), rules)
    _tell(found)
    if dry_run:
        typer.echo("Nothing was changed: without --dry-run it will be." if found else "Nothing differs.")
        return 0
    made = revise(project, Wish(rules, BY, preset), clock.now())
    if made is None:
        typer.echo("Nothing differs.")
    else:
        typer.echo(f"Version {made.version} is live for new cases; for those that are open: tideover rules apply")
    return 0


def _newest(project: Project) -> Ruleset:
    from tideover import clock  # noqa: PLC0415
    from tideover.recovery.rulesets import current_ruleset  # noqa: PLC0415

    return current_ruleset(project, clock.now())


def _rules(project: Project, which: str) -> Rules:
    """The rules that are meant: by a version's number, a preset's name or a file; else the newest version."""
    from tideover.recovery.rulesets import rules_of, version_of  # noqa: PLC0415

    if not which:
        return rules_of(_newest(project))
    if which in PRESETS:
        return PRESETS[which]
    if not which.isdecimal():
        return _from_file(Path(which))
    _newest(project)
    found = version_of(project, int(which)) if len(which) < 10 else None
    if found is None:
        fail(f"there is no version {which}", then="See which there are: tideover rules versions")
    return rules_of(found)


def _from_file(file: Path) -> Rules:
    try:
        return read(sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8"))
    except OSError as refused:
        fail(f"{file} cannot be read: {refused.strerror}", then=NOTHING)
    except BadRules as wrong:
        for problem in wrong.problems:
            instead = f" It could be: {problem.repair}." if problem.repair else ""
            typer.echo(f"  {problem.field or 'the file'}: {problem.text}{instead}", err=True)
        _refuse(file, f"{len(wrong.problems)} of its choices cannot be followed")
    except (BadFile, UnicodeDecodeError) as wrong:
        _refuse(file, str(wrong))


def _refuse(file: Path, why: str) -> NoReturn:
    fail(f"{file}: {why}", then=NOTHING)


def _tell(found: Sequence[Difference]) -> None:
    for each in found:
        typer.echo(f"  {each.text}")

"""`tideover texts trial`: two versions of a text beside each other, begun, told and ended."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

from tideover.cli.messages.texts import NOTHING, Named, content_to_send, which_text
from tideover.cli.settings import BY, project_named
from tideover.cli.start import fail

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tideover.dashboard.trials import Told

MOST: Final = 50


def start(named: Named, b: str, days: int, organization: str, project: str, *, ends_by_itself: bool) -> int:  # noqa: PLR0913
    """Begin a trial with a version that there is, with ours, or with what stands in a file."""
    which, of = which_text(named), project_named(organization, project)
    from tideover import clock  # noqa: PLC0415
    from tideover.dashboard.trials import version_label  # noqa: PLC0415
    from tideover.messages.own.saying import OURS  # noqa: PLC0415
    from tideover.messages.own.trials import NoTrial, Plan, begin  # noqa: PLC0415

    is_version = b == "ours" or (b.isascii() and b.isdecimal() and len(b) < 6)
    other = (OURS if b == "ours" else int(b)) if is_version else content_to_send(Path(b), which)
    try:
        begun = begin(of, which, Plan(other, BY, within_days=days, ends_by_itself=ends_by_itself), clock.now())
    except NoTrial as refused:
        fail(str(refused), then=NOTHING)
    b, a = version_label(begun.b), version_label(begun.a).lower()
    typer.echo(f"{b} is tried beside {a}, for cases that begin from now on.")
    return 0


def show(organization: str, project: str) -> int:
    """Each trial, those that run first; and that there are older ones, where there are too many."""
    of = project_named(organization, project)
    from tideover import clock  # noqa: PLC0415
    from tideover.dashboard.trials import told  # noqa: PLC0415
    from tideover.messages.own.trials import trials  # noqa: PLC0415

    rows = list(trials(of)[: MOST + 1])
    for each in told(of, rows[:MOST], clock.now()):
        typer.echo("\n".join(_lines(each)))
    if len(rows) > MOST:
        typer.echo("Older ones stand on the page of their text.")
    if not rows:
        typer.echo("No trial yet: tideover texts trial start KIND B")
    return 0


def finish(named: Named, how: str, organization: str, project: str) -> int:
    """End the trial that runs: a, b or stopped."""
    which, of = which_text(named), project_named(organization, project)
    from tideover import clock  # noqa: PLC0415
    from tideover.messages.own.trials import End, NoTrial, end, running  # noqa: PLC0415

    if how not in End.values:
        fail(f"there is no half {how!r}", then="Say a, which is in use, or b.")
    trial = running(of, which)
    if trial is None:
        fail("no trial of this text is running", then="See which there are: tideover texts trial show")
    try:
        end(trial, End(how), BY, clock.now())
    except NoTrial as over:
        fail(str(over), then=NOTHING)
    typer.echo(f"{'B' if how == End.B else 'A'} is live for new cases; open ones keep theirs.")
    return 0


def _lines(told: Told) -> Iterator[str]:
    yield f"{told.name}: {told.word.label.lower()} ({told.end.lower()}, begun {told.trial.began_at:%Y-%m-%d})"
    yield f"  {told.sentence}"
    for line in told.lines:
        brought = line.brought
        rate = f", {line.rate / 100:.1f}%" if line.rate is not None else ""
        money = "".join(f", {each.major()} {each.currency.upper()}" for each in brought.money)
        yield f"  {line.half}  {line.label:12}  {brought.paid} of {brought.counted} paid{rate}{money}"
    yield f"  {told.result.waiting} more were written to, and their days are not over"

"""`tideover rehearse --last 90`: what a project's rules would have done with what failed in the last days."""

from __future__ import annotations

import csv
import sys
from typing import TYPE_CHECKING

import typer

from tideover.cli.settings import project_named

if TYPE_CHECKING:
    from tideover.recovery.telling.backtest import Backtest, Relived, Totals

NOTHING_READ = 3


def write_backtest(organization: str, project: str, days: int) -> int:
    """As CSV, a line for each step; as much memory for many as for few."""
    found = _backtest(organization, project, days)
    from tideover.cells import guarded  # noqa: PLC0415
    from tideover.dashboard.onboarding.past_file import past_lines  # noqa: PLC0415

    tell_histories(found)
    writer = csv.writer(sys.stdout, quoting=csv.QUOTE_ALL)
    for line in past_lines(found.every()):
        writer.writerow([guarded(cell) for cell in line])
    tell_odd(found)
    return 0 if found.connections else NOTHING_READ


def show_backtest(organization: str, project: str, days: int) -> int:
    """Tell of each payment that failed what the rules would have done, and count it all. Nothing is done."""
    found = _backtest(organization, project, days)
    from tideover.core.timing import spoken_day  # noqa: PLC0415
    from tideover.recovery.places import zone  # noqa: PLC0415
    from tideover.recovery.telling.backtest import Totals  # noqa: PLC0415

    tell_histories(found)
    if not found.connections:
        return NOTHING_READ
    totals, place = Totals(), zone(found.project.time_zone)
    for row in found.every():
        _tell(row)
        totals.add(row, place)
    typer.echo(f"Since {spoken_day(found.since, place)}, by {found.ruleset.name} version {found.ruleset.version}:")
    _sum_up(found, totals)
    tell_odd(found)
    return 0


def _backtest(organization: str, project: str, days: int) -> Backtest:
    meant = project_named(organization, project)
    from tideover import clock  # noqa: PLC0415
    from tideover.recovery.telling.backtest import backtest  # noqa: PLC0415

    return backtest(meant, clock.now(), days)


def tell_histories(found: Backtest) -> None:
    """Which accounts are left out as their history was not read to its end."""
    for each in found.histories:
        if not each.is_read:
            typer.echo(each.sentence, err=True)
    if not found.histories:
        typer.echo("No Stripe account is connected to this project.", err=True)


def tell_odd(found: Backtest) -> None:
    """How many are left out, as what stands in them could not be made anything of."""
    if found.odd:
        typer.echo(f"{len(found.odd)} of them could not be lived through and are left out: the log says why.", err=True)


def _tell(row: Relived) -> None:
    from tideover.core.money import spoken  # noqa: PLC0415
    from tideover.dashboard.onboarding.past_file import came_to, what, why  # noqa: PLC0415
    from tideover.dashboard.words import REASONS, family_label  # noqa: PLC0415

    who = (row.customer and (row.customer.name or row.customer.email)) or row.invoice.customer_id
    ended = f"{row.failure.ended} {row.failure.ended_at:%d %b %H:%M}" if row.failure.ended_at else "open"
    number = row.invoice.number or row.invoice.stripe_id
    typer.echo(f"{number}  {spoken(row.amount)}  {who}: {family_label(row.family)}, {ended}")
    for mark in row.marks:
        said = " ".join(part for part in (what(mark, row), why(mark, row)) if part)
        typer.echo(f"  {mark.at:%a %d %b %H:%M}  {said}{_in_brackets(came_to(mark))}")
    if row.never[0]:
        typer.echo(f"  Nothing is charged by itself ({row.never[0]}): {row.never[1]}")
    if row.unsent:
        typer.echo(f"  Nobody is written to: {REASONS[row.unsent]}.")


def _in_brackets(said: str) -> str:
    return f" [{said}]" if said else ""


def _sum_up(found: Backtest, totals: Totals) -> None:
    from tideover.core.money import spoken  # noqa: PLC0415
    from tideover.dashboard.onboarding.past_file import in_the_way  # noqa: PLC0415

    owed = ", ".join(spoken(each) for each in totals.amounts) or "nothing"
    typer.echo(f"{totals.failures} payments failed, {owed}.")
    for how, number in totals.ended.most_common():
        typer.echo(f"  {number} {how}")
    typer.echo(f"{totals.charges} charges; of {totals.known} it is known what they came to, as we made them then.")
    typer.echo(f"{totals.messages} messages; {totals.joined} more were told along with another.")
    for rule, number in totals.rules.most_common():
        typer.echo(f"  {number} by {rule}")
    typer.echo("What would have stood in the way:")
    for rule, number in (+totals.refused).most_common():
        typer.echo(f"  {number} {in_the_way(rule)} ({rule})")
    for sentence in found.assumptions:
        typer.echo(sentence)

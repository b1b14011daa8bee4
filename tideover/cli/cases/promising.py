"""`tideover promise case_… DAY`: the customer pays on another day; and a promise called off."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import typer

from tideover.cli.cases.why import case_of
from tideover.cli.start import fail

if TYPE_CHECKING:
    from tideover.recovery.models import Case

BY = "operator"


def promise(case_id: str, day: str, *, off: bool) -> int:
    """Note it, call it off, or tell what stands."""
    case = case_of(case_id)
    if off:
        return _call_off(case)
    if not day:
        return _tell(case)
    from tideover import clock  # noqa: PLC0415
    from tideover.recovery.commands import Refusal  # noqa: PLC0415
    from tideover.recovery.ways.promises import Whose  # noqa: PLC0415
    from tideover.recovery.ways.promises import promise as note  # noqa: PLC0415

    answer = note(case, _day(day), Whose(by=BY), clock.now())
    if isinstance(answer, Refusal):
        fail(answer.why.rstrip("."))
    return _noted(answer)


def _noted(cases: Sequence[Case]) -> int:
    for case in cases:
        typer.echo(f"{case.public_id}: promised for {case.promised_on:%A, %d %B %Y}. Nothing is charged before.")
    return 0


def _day(typed: str) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        fail("that is no day", then="Write it as 2026-12-01.")


def _call_off(case: Case) -> int:
    from tideover import clock  # noqa: PLC0415
    from tideover.recovery.ways.promises import call_off  # noqa: PLC0415

    refusal = call_off(case, by=BY, now=clock.now())
    if refusal:
        fail(refusal.why.rstrip("."))
    typer.echo("The promise is off. The plan goes on.")
    return 0


def _tell(case: Case) -> int:
    from tideover import clock  # noqa: PLC0415
    from tideover.core.ways.promises import NoDay  # noqa: PLC0415
    from tideover.recovery.known import known_of  # noqa: PLC0415
    from tideover.recovery.test_clocks.rows import now_by  # noqa: PLC0415
    from tideover.recovery.ways.promising import days_of  # noqa: PLC0415

    if case.promised_on is not None:
        typer.echo(f"Promised for {case.promised_on:%A, %d %B %Y}.")
    now = now_by(case.clock, clock.now())
    days = days_of(known_of([case], now)[0], now, None)
    typer.echo(days.why if isinstance(days, NoDay) else f"A day from {days.first} to {days.last} may be promised.")
    return 0

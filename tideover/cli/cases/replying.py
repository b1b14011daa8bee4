"""`tideover they-replied case_… [DAY]`: the customer waits for an answer, and their cases wait with them."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Final

import typer

from tideover.cli.cases.why import case_of
from tideover.cli.start import fail

if TYPE_CHECKING:
    from tideover.recovery.models import Case

BY: Final = "operator"


def they_replied(case_id: str, day: str) -> int:
    """Hold the customer's cases until the morning of that day, by the clocks of their project."""
    case = case_of(case_id)
    from tideover import clock  # noqa: PLC0415
    from tideover.recovery.commands import Refusal  # noqa: PLC0415
    from tideover.recovery.commands import they_replied as hold  # noqa: PLC0415

    now = clock.now()
    answer = hold(case, until=_until(case, day, now), by=BY, now=now)
    if isinstance(answer, Refusal):
        fail(answer.why.rstrip("."))
    for held in answer:
        typer.echo(
            f"{held.public_id}: waits until {held.paused_until:%A, %d %B %Y}. Nothing is charged or sent before."
        )
    return 0


def _until(case: Case, typed: str, now: datetime) -> datetime:
    from tideover.core.timing import local_day  # noqa: PLC0415
    from tideover.recovery.paying.replies import WAITS  # noqa: PLC0415
    from tideover.recovery.places import zone  # noqa: PLC0415
    from tideover.recovery.test_clocks.rows import now_by  # noqa: PLC0415
    from tideover.recovery.ways.resting import morning_of  # noqa: PLC0415

    local = zone(case.project.time_zone)
    try:
        day = date.fromisoformat(typed) if typed else local_day(now_by(case.clock, now), local) + WAITS
    except ValueError:
        fail("that is no day", then="Write it as 2026-12-01.")
    until = morning_of(day, local)
    if until is None:
        fail("that day is out of reach", then="Write a day of this year or the next.")
    return until

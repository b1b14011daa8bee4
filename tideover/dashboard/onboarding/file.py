"""A rehearsal as a table for a spreadsheet: a line for each step that would come, and for each that is refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

from tideover.core.charging import Refused
from tideover.core.situation import Planned
from tideover.core.steps import CHARGES
from tideover.dashboard.words import FORESEEN, REASONS, family_label
from tideover.recovery.telling.rehearsal import Rehearsed

COLUMNS: Final = (
    "case", "customer", "email", "invoice_number", "currency", "amount_open", "failed_at", "failure", "at", "what",
    "message", "rule", "why",
)  # fmt: skip


def rehearsal_lines(rows: Iterable[Rehearsed]) -> Iterator[Sequence[str]]:
    """A header, then what would come, failure by failure and in the order of time."""
    yield COLUMNS
    for row in rows:
        whose = _whose(row)
        for at, told in sorted([*_foreseen(row), *_steps(row), *_refused(row.refused)]):
            yield (*whose, _instant(at), *told)


def _whose(row: Rehearsed) -> Sequence[str]:
    case = row.case
    who = (case.public_id, case.customer_name, case.customer_email, case.invoice_number, case.currency.upper())
    return (*who, str(case.owed.major()), _instant(case.opened_at), family_label(case.family))


Told = tuple[datetime, Sequence[str]]


def _steps(row: Rehearsed) -> Iterator[Told]:
    for step in row.steps:
        yield step.at, (_what(step, row), step.template, step.rule, _why(step, row))


def _foreseen(row: Rehearsed) -> Iterator[Told]:
    for each in row.foreseen:
        yield each.at, (FORESEEN[each.announced], "", "", "")


def _what(step: Planned, row: Rehearsed) -> str:
    if step.template:
        return "not written" if row.unsent else "message"
    return "charge" if step.do in CHARGES else "given up"


def _why(step: Planned, row: Rehearsed) -> str:
    return REASONS[row.unsent] if step.template and row.unsent else step.why


def _refused(refused: Iterable[Refused]) -> Iterator[Told]:
    for each in refused:
        yield each.at, ("refused by a network", "", each.rule, each.why)


def _instant(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"

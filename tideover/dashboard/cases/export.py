"""The list of cases as a file: the same filter and order, every page of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Final

from django.db.models import QuerySet

from tideover.core.money import Money
from tideover.dashboard.progress import Row, rows
from tideover.dashboard.words import STATES, WAYS, failure_label
from tideover.recovery.models import Case

BATCH: Final = 500


def _instant(at: datetime | None) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}" if at else ""


def _amount(minor: int, currency: str) -> str:
    return str(Money(minor, currency).major())


COLUMNS: Final[Sequence[tuple[str, Callable[[Row], str]]]] = (
    ("case", lambda row: row.case.public_id),
    ("customer", lambda row: row.case.customer_name),
    ("email", lambda row: row.case.customer_email),
    ("invoice_number", lambda row: row.case.invoice_number),
    ("invoice_id", lambda row: row.case.invoice_id),
    ("currency", lambda row: row.case.currency.upper()),
    ("amount_due", lambda row: _amount(row.case.amount_due, row.case.currency)),
    ("amount_open", lambda row: _amount(row.case.owed.minor, row.case.currency)),
    ("amount_recovered", lambda row: _amount(row.case.amount_recovered, row.case.currency)),
    ("amount_returned", lambda row: _amount(row.case.amount_returned, row.case.currency)),
    ("state", lambda row: STATES[row.case.state].label),
    ("recovered_by", lambda row: WAYS[row.case.via].label if row.case.via else ""),
    ("first_failure", lambda row: failure_label(row.case, row.case.first_family)),
    ("latest_failure", lambda row: failure_label(row.case, row.case.family)),
    ("decline_code", lambda row: row.case.decline_code),
    ("opened_at", lambda row: _instant(row.case.opened_at)),
    ("ended_at", lambda row: _instant(row.case.ended_at)),
    ("needs_attention", lambda row: row.mark.label if row.mark else ""),
    ("steps_done", lambda row: str(row.progress.done)),
    ("steps", lambda row: str(row.progress.steps)),
    ("next_step", lambda row: row.progress.next_label),
    ("next_at", lambda row: _instant(row.progress.next.due_at if row.progress.next else None)),
    ("why", lambda row: row.progress.next.why if row.progress.next else ""),
)


def case_lines(cases: QuerySet[Case]) -> Iterator[Sequence[str]]:
    """A header, then one line per case; read in batches, so that a million cases need no memory."""
    yield [name for name, _ in COLUMNS]
    found = cases.select_related("connection").iterator(chunk_size=BATCH)
    while batch := list(islice(found, BATCH)):
        yield from ([cell(row) for _, cell in COLUMNS] for row in rows(batch))

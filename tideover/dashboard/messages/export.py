"""The list of messages as rows of a file, read in batches, so that a million need no memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import Any, Final

from django.db.models import QuerySet

from tideover.dashboard.messages.filters import MessageFilter
from tideover.dashboard.messages.listing import Line, lines_of
from tideover.ids import public
from tideover.messages.models import Message
from tideover.recovery.models import Action
from tideover.tenants.models import Project

BATCH: Final = 500
Row = Message | Action


def _instant(at: datetime | None) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}" if at else ""


def _moment(line: Line, what: str) -> str:
    return _instant(dict(line.moments).get(what))


COLUMNS: Final[Sequence[tuple[str, Callable[[Line, Row], str]]]] = (
    ("message", lambda line, row: line.message or public("act", row.pk)),
    ("case", lambda line, _: line.case.public_id if line.case else ""),
    ("customer", lambda line, _: line.name),
    ("address", lambda line, _: line.to),
    ("kind", lambda _, row: row.template),
    ("channel", lambda _, row: row.channel),
    ("language", lambda _, row: row.locale if isinstance(row, Message) else ""),
    ("tone", lambda _, row: row.tone),
    ("wording", lambda _, row: ("psychology" if row.psychology else "plain") if isinstance(row, Message) else ""),
    ("text_version", lambda _, row: str(row.text_version) if isinstance(row, Message) else ""),
    ("draft", lambda _, row: public("draft", row.draft_id) if isinstance(row, Message) and row.draft_id else ""),
    ("half", lambda _, row: row.half if isinstance(row, Message) else ""),
    ("subject", lambda line, _: line.subject),
    ("status", lambda line, _: line.word.label),
    ("why", lambda line, _: line.detail),
    ("at", lambda line, _: _instant(line.at)),
    ("opened_by", lambda _, row: row.opened_by if isinstance(row, Message) else ""),
    ("opened_at", lambda line, _: _moment(line, "opened")),
    ("clicked_by", lambda _, row: row.clicked_by if isinstance(row, Message) else ""),
    ("clicked_at", lambda line, _: _moment(line, "clicked")),
    ("paid_at", lambda line, _: _moment(line, "paid")),
)


def message_lines(project: Project, wanted: MessageFilter) -> Iterator[Sequence[str]]:
    """A header, then a line for each."""
    yield [name for name, _ in COLUMNS]
    for line, row in rows_of(project, wanted):
        yield [cell(line, row) for _, cell in COLUMNS]


def rows_of(project: Project, wanted: MessageFilter) -> Iterator[tuple[Line, Row]]:
    """Each row with its line, in the order of the page."""
    lists = [_in_batches(project, found) for found in wanted.rows(project)]
    return merge(*lists, key=lambda pair: pair[0].at, reverse=True) if len(lists) > 1 else iter(lists[0])


def _in_batches(project: Project, found: QuerySet[Any]) -> Iterator[tuple[Line, Row]]:
    rows = found.iterator(chunk_size=BATCH)
    while batch := list(islice(rows, BATCH)):
        yield from zip(lines_of(project, batch), batch, strict=True)

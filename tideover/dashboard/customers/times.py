"""A year of a customer on one line: a dot for each invoice, a bar for each case, in percent of the whole width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from tideover.core.timing import on_wall
from tideover.mirror.models import MirrorInvoice
from tideover.recovery.models import Case

MONTHS: Final = 12
THINNEST: Final = 1.2  # percent: a case of an hour is seen still


@dataclass(frozen=True, slots=True)
class Month:
    """One of the columns."""

    starts: datetime
    ends: datetime
    present: bool


@dataclass(frozen=True, slots=True)
class Dot:
    """An invoice on the line. look: paid, open or lost."""

    place: str
    look: str
    invoice: MirrorInvoice


@dataclass(frozen=True, slots=True)
class Bar:
    """A case on its line. place, wide: in percent. days: how long it took, or takes so far. older: from before."""

    case: Case
    place: str
    wide: str
    days: int
    late: bool


def months(now: datetime, here: ZoneInfo) -> list[Month]:
    """The present month of the merchant's and eleven before it."""
    local = now.astimezone(here)
    whole = local.year * 12 + local.month - 1
    starts = [_first(each, here) for each in range(whole - MONTHS + 1, whole + 2)]
    return [Month(start, end, end > now) for start, end in pairwise(starts)]


def _first(month: int, here: ZoneInfo) -> datetime:
    return on_wall(date(month // 12, month % 12 + 1, 1), time.min, here)


def _percent(at: datetime, span: Sequence[Month]) -> float:
    first, last = span[0].starts, span[-1].ends
    return 100 * min(max((at - first) / (last - first), 0.0), 1.0)


def dots(invoices: Sequence[MirrorInvoice], span: Sequence[Month]) -> list[Dot]:
    """Those of the year that ask for money."""
    return [
        Dot(f"{_percent(invoice.made_at, span):.1f}", _look(invoice), invoice)
        for invoice in invoices
        if invoice.amount_due and invoice.made_at >= span[0].starts and invoice.status not in {"draft", "deleted"}
    ]


def _look(invoice: MirrorInvoice) -> str:
    if invoice.status in {"paid", "open"}:
        return invoice.status
    return "lost"


def bars(cases: Sequence[Case], span: Sequence[Month], now: datetime) -> list[Bar]:
    """The cases of the year, the oldest first."""
    mine = [case for case in cases if (case.ended_at or now) >= span[0].starts]
    return [_bar(case, span, now) for case in sorted(mine, key=lambda case: (case.opened_at, case.pk))]


def _bar(case: Case, span: Sequence[Month], now: datetime) -> Bar:
    ended_at = case.ended_at or now
    place = _percent(case.opened_at, span)
    wide = max(_percent(ended_at, span) - place, THINNEST)
    return Bar(
        case,
        place=f"{min(place, 100 - THINNEST):.1f}",
        wide=f"{wide:.1f}",
        days=max((ended_at - case.opened_at).days, 0),
        late=place > 60,  # its words stand before it
    )

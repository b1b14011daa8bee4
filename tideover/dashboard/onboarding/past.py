"""What the rules would have done with what failed in the last days: counted, by day, and payment by payment.

A page lives through so many payments and no more; the command counts them all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo

from django.http import HttpResponse, StreamingHttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tideover import clock
from tideover.core.editing.lives import Mark
from tideover.core.timing import local_day
from tideover.dashboard.exports import csv_response
from tideover.dashboard.frame.drawing import show, zone_of
from tideover.dashboard.onboarding.past_file import came_to, in_the_way, past_lines, what, why
from tideover.dashboard.paging import AFTER, PER_PAGE
from tideover.dashboard.words import REASONS, family_label
from tideover.ids import private, public
from tideover.recovery.telling.backtest import Backtest, Day, Relived, Totals, backtest
from tideover.tenants.access import MemberRequest, may, member_required
from tideover.tenants.roles import Permission

PAGE: Final = "dashboard/onboarding/past.html"
MOST: Final = 200  # payments that are counted for a page: about two seconds of work
MOST_IN_FILE: Final = 2000
WEEK: Final = 7
PREFIX: Final = "payment"  # of the ids by which a page is asked for


@dataclass(frozen=True, slots=True)
class Step:
    """A mark in words."""

    mark: Mark
    what: str
    why: str
    came_to: str


@dataclass(frozen=True, slots=True)
class Line:
    """A payment and its steps."""

    row: Relived
    failure: str
    unsent: str
    steps: Sequence[Step]


@require_safe
@never_cache
@member_required
@may(Permission.READ)
def page(request: MemberRequest) -> HttpResponse:
    """The sums and the days stand on the first page; each further one begins behind a payment of the one before."""
    found, zone = backtest(request.project, clock.now()), zone_of(request)
    after = private(PREFIX, request.GET.get(AFTER, ""))
    firsts = list(found.firsts(after)[: (PER_PAGE if after else MOST) + 1])
    rows = found.relived(firsts[: PER_PAGE if after else MOST])
    shown = {(each.connection_id, each.invoice_id) for each in firsts[:PER_PAGE]}
    context = {
        "found": found,
        "is_first": after is None,
        "next": public(PREFIX, firsts[PER_PAGE - 1].pk) if len(firsts) > PER_PAGE else "",
        "lines": [_line(row) for row in rows if (row.invoice.connection_id, row.invoice.stripe_id) in shown],
        "unread": [each.sentence for each in found.histories if not each.is_read],
        "most_in_file": MOST_IN_FILE,
        **(_counted(found, rows, zone, more=len(firsts) > MOST) if rows and after is None else {}),
    }
    return show(request, PAGE, context)


def _counted(found: Backtest, rows: Sequence[Relived], zone: ZoneInfo, *, more: bool) -> dict[str, object]:
    totals = Totals()
    for row in rows:
        totals.add(row, zone)
    return {
        "totals": totals,
        "most": MOST if more else None,
        "weeks": _weeks(found, totals, zone),
        "refused": [(in_the_way(rule), rule, number) for rule, number in (+totals.refused).most_common()],
        "rules": totals.rules.most_common(),
        "ended": totals.ended.most_common(),
        "silent": [(REASONS[why], number) for why, number in totals.silent.most_common()],
    }


def _weeks(found: Backtest, totals: Totals, zone: ZoneInfo) -> list[list[tuple[date, Day]]]:
    """The days from Monday to Sunday, from the first of them until today."""
    first, last = local_day(found.since, zone), local_day(found.now, zone)
    monday = first - timedelta(days=first.weekday())
    days = [monday + timedelta(days=number) for number in range((last - monday).days + 1)]
    return [[(day, totals.days[day]) for day in days[start : start + WEEK]] for start in range(0, len(days), WEEK)]


def _line(row: Relived) -> Line:
    steps = [Step(mark, what(mark, row), why(mark, row), came_to(mark)) for mark in row.marks]
    return Line(row, family_label(row.family), REASONS[row.unsent] if row.unsent else "", steps)


@require_safe
@never_cache
@member_required
@may(Permission.READ)
def file(request: MemberRequest) -> StreamingHttpResponse:
    """The same as a table for a spreadsheet, a line for each step, of the latest so many payments."""
    found = backtest(request.project, clock.now())
    name = f"back-test-{request.project.slug}-{found.now:%Y-%m-%d}.csv"
    return csv_response(name, past_lines(islice(found.every(), MOST_IN_FILE)))

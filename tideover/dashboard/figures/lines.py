"""The figures of a period as lines: name, value, formula; the four that stand on top say the most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tideover.analytics import queries, revenue
from tideover.analytics.period import Period
from tideover.analytics.queries import Totals, Waiting
from tideover.analytics.revenue import Attempted, Chased, Kind, Proceeds, Recurring, Tries
from tideover.analytics.scope import Scope
from tideover.analytics.winback import WonBack, won_back
from tideover.core import measures
from tideover.core.networks import By
from tideover.dashboard.templatetags.house import percent, short_span, whole_money
from tideover.dashboard.words import DASH


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What the page is drawn from."""

    totals: Totals
    waiting: Waiting
    at_risk: Recurring
    recovered: Recurring
    tries: Mapping[By, Tries]
    attempted: Attempted
    proceeds: Proceeds
    kinds: Sequence[Kind]
    chased: Chased
    won_back: WonBack
    now: datetime


def read(scope: Scope, period: Period, now: datetime) -> Figures:
    """Everything a period has to say in one currency."""
    by_sort = revenue.by_sort(scope, period)
    return Figures(
        totals=queries.totals(scope, period),
        waiting=queries.waiting(scope),
        at_risk=revenue.at_risk(scope),
        recovered=revenue.recovered(by_sort),
        tries=revenue.tries(scope, period),
        attempted=revenue.attempted(scope, period),
        proceeds=revenue.proceeds(by_sort),
        kinds=revenue.kinds(by_sort),
        chased=revenue.chased(by_sort),
        won_back=won_back(scope, period),
        now=now,
    )


@dataclass(frozen=True, slots=True)
class Headline:
    """A figure on top: what it is called, its value, and a few words below it."""

    title: str
    value: str
    below: str


def headlines(figures: Figures) -> Sequence[Headline]:
    """What is at stake now, what came back, and how often that works."""
    waiting, totals = figures.waiting, figures.totals
    oldest = f"oldest {short_span(figures.now - waiting.oldest_at)}" if waiting.oldest_at else "nothing is failing"
    back = f"{whole_money(totals.recovered)} recovered in the period"
    rate = "by value, of the cases that ended" if totals.matured_by_amount is not None else "no case has ended yet"
    return [
        Headline("Failing now", str(waiting.cases), oldest),
        Headline("Recovered", str(totals.recovered_cases), back),
        Headline("MRR at risk", whole_money(figures.at_risk.amount), _of(figures.at_risk.cases, "subscription")),
        Headline("Recovery rate", _rate(totals.matured_by_amount), rate),
    ]


@dataclass(frozen=True, slots=True)
class Line:
    """A figure with its formula. values: each with what it is measured by. note: what must be known beside it."""

    title: str
    values: Sequence[tuple[str, str]]
    formula: str
    note: str = ""


def lines(figures: Figures) -> Sequence[Line]:
    """Every rate and sum of the page, in the order in which they explain each other."""
    rates, tries = _rates(figures.totals, figures.attempted), _tries(figures.tries)
    return [*_recurring(figures), *rates, *tries, *_chased(figures.chased), *_won_back(figures.won_back)]


def _recurring(figures: Figures) -> Sequence[Line]:
    risk, back = figures.at_risk, figures.recovered
    return [
        Line(
            "MRR at risk",
            [(whole_money(risk.amount), f"{_of(risk.cases, 'subscription')}, now")],
            measures.MRR_AT_RISK,
            _unread(risk),
        ),
        Line(
            "MRR recovered",
            [(whole_money(back.amount), f"{_of(back.cases, 'invoice')}, in the period")],
            measures.MRR_RECOVERED,
            _unread(back),
        ),
    ]


def _rates(totals: Totals, attempted: Attempted) -> Sequence[Line]:
    return [
        Line("Recovery rate, matured", _both(totals.matured_by_amount, totals.matured_by_count), measures.MATURED),
        Line("Lost", [(whole_money(totals.lost), "of the cases that ended in the period")], measures.LOST),
        Line("Recovery rate, all cases", _both(totals.all_by_amount, totals.all_by_count), measures.OF_ALL),
        Line(
            "Attempted recovery rate",
            _both(attempted.by_amount, attempted.by_count),
            measures.ATTEMPTED,
            "Named as Baremetrics names its benchmark. How Baremetrics counts in detail is not published.",
        ),
    ]


def _tries(tries: Mapping[By, Tries]) -> Sequence[Line]:
    return [
        Line(title, [(_rate(tries[by].rate), f"{tries[by].paid} of {tries[by].paid + tries[by].failed}")], formula)
        for title, by, formula in (
            ("Retry success, ours", By.US, measures.SUCCESS),
            ("Retry success, Stripe's own", By.STRIPE, f"{measures.SUCCESS}; without the first of each case"),
        )
    ]


def _chased(chased: Chased) -> Sequence[Line]:
    """Nothing where none was ever overdue."""
    if not (chased.cases or chased.paid):
        return []
    values = [
        (whole_money(chased.due), f"{_of(chased.cases, 'invoice')}, due in the period"),
        (whole_money(chased.came), f"{_of(chased.paid, 'invoice')}, paid in the period"),
    ]
    return [Line("Overdue invoices", values, measures.CHASED)]


def _won_back(back: WonBack) -> Sequence[Line]:
    """Nothing where nobody was asked back, and nobody came."""
    if not (back.letters or back.subscriptions):
        return []
    values = [
        (whole_money(back.monthly), f"{_of(back.subscriptions, 'subscription')}, in the period"),
        (str(back.letters), "letters sent, in every currency"),
    ]
    note = f"Without {_of(back.unread, 'subscription')} paid by use." if back.unread else ""
    return [Line("MRR won back", values, measures.WON_BACK, note)]


def _both(amount: int | None, count: int | None) -> Sequence[tuple[str, str]]:
    return [(_rate(amount), "by value"), (_rate(count), "by count")]


def _rate(basis_points: int | None) -> str:
    return DASH if basis_points is None else f"{percent(basis_points)}%"


def _of(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _unread(some: Recurring) -> str:
    return f"Without {_of(some.unread, 'case')} of an earlier version, not read again since." if some.unread else ""

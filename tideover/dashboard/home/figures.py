"""The figures on top of home: one table, an entry for each, and the card an entry draws."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from tideover.analytics.queries import Totals, Waiting
from tideover.analytics.trend import Metric, Value
from tideover.core import measures
from tideover.dashboard.home.units import DAYS, MONEY, PERCENT, Unit
from tideover.dashboard.templatetags.house import percent, short_span, whole_money
from tideover.dashboard.words import DASH

FLOW: Final = "Flow: what happened in the period."
SNAPSHOT: Final = "Snapshot: how it stands at this moment, whatever period is chosen."
Formulas = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Reading:
    """What the figures of a period are read from."""

    totals: Totals
    waiting: Waiting
    now: datetime


def _nothing(_: Reading) -> str:
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure: its name, how it is written, and what its card says.

    color: a color of the charts, "c1" to "c4". value: what is read. formulas: how it is computed, each with its name.
    left, right, note: small print below, and beside the value; what is compared says on the right what it was.
    snapshot: it is of this moment, and compared with nothing. adds_up: its chart's values sum up to it.
    """

    title: str
    unit: Unit
    color: str
    value: Callable[[Reading], Value]
    formulas: Callable[[Reading], Formulas]
    left: Callable[[Reading], str]
    right: Callable[[Reading], str] = _nothing
    note: Callable[[Reading], str] = _nothing
    snapshot: bool = False
    more_is_better: bool = True
    adds_up: bool = False


def _rate_formulas(read: Reading) -> Formulas:
    def pair(amount: int | None, count: int | None) -> str:
        return f"{percent(amount)}% by value, {percent(count)}% by count" if amount is not None else "no cases"

    totals = read.totals
    return (
        (f"Matured: {pair(totals.matured_by_amount, totals.matured_by_count)}", measures.MATURED),
        (f"All cases: {pair(totals.all_by_amount, totals.all_by_count)}", measures.OF_ALL),
    )


def _returned(read: Reading) -> str:
    return f"{whole_money(read.totals.returned)} went back" if read.totals.returned.minor else ""


def _attention(read: Reading) -> str:
    waiting = read.waiting.attention
    return f"{waiting} need{'s' if waiting == 1 else ''} attention" if waiting else "nothing needs you"


def _oldest(read: Reading) -> str:
    return f"oldest {short_span(read.now - read.waiting.oldest_at)}" if read.waiting.oldest_at else ""


# In the order of the page. A figure's line over time is its measure in analytics.trend.
FIGURES: Final[Mapping[Metric, Figure]] = {
    Metric.RECOVERED: Figure(
        title="Recovered",
        unit=MONEY,
        color="c1",
        value=lambda read: read.totals.recovered.minor,
        left=lambda read: f"of {whole_money(read.totals.failed)} failed",
        note=_returned,
        formulas=lambda _: [("Recovered", measures.RECOVERED)],
        adds_up=True,
    ),
    Metric.RATE: Figure(
        title="Recovery rate",
        unit=PERCENT,
        color="c1",
        value=lambda read: read.totals.matured_by_amount,
        left=lambda read: "no case has closed yet" if read.totals.matured_by_amount is None else "by value",
        formulas=_rate_formulas,
    ),
    Metric.OPEN: Figure(
        title="In recovery now",
        unit=MONEY,
        color="c3",
        value=lambda read: read.waiting.amount.minor,
        left=_attention,
        right=_oldest,
        note=lambda read: f"{read.waiting.cases} case{'' if read.waiting.cases == 1 else 's'}",
        formulas=lambda _: [("In recovery now", "What is open on failed invoices whose case is still open.")],
        snapshot=True,
    ),
    Metric.TIME: Figure(
        title="Median time to recovery",
        unit=DAYS,
        color="c2",
        value=lambda read: read.totals.median_days,
        left=lambda _: "first failure to paid",
        formulas=lambda _: [("Median time", measures.MEDIAN)],
        more_is_better=False,
    ),
}


@dataclass(frozen=True, slots=True)
class Delta:
    """A change against the other period; `up` and `better` are None where nothing changed."""

    text: str
    up: bool | None
    better: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A figure as it is drawn: `value` with its `suffix`, `was` the same of the other period, `spark` its line."""

    metric: Metric
    figure: Figure
    value: str
    suffix: str
    was: str
    delta: Delta | None
    left: str
    right: str
    note: str
    kind: str
    formulas: Formulas
    spark: Sequence[Value]


def card_of(metric: Metric, read: Reading, before: Totals | None, spark: Sequence[Value]) -> Card:
    """The figure's card, with what it is compared with where `before` is known."""
    figure, currency = FIGURES[metric], read.waiting.amount.currency
    unit, value = figure.unit, figure.value(read)
    earlier = None if before is None or figure.snapshot else figure.value(replace(read, totals=before))
    was = "" if earlier is None else f"{unit.short(earlier, currency)}{unit.suffix}"
    return Card(
        metric=metric,
        figure=figure,
        value=DASH if value is None else unit.short(value, currency),
        suffix="" if value is None else unit.suffix,
        was=was,
        delta=_delta(figure, value, earlier),
        left=figure.left(read),
        right=f"was {was}" if was else figure.right(read),
        note=figure.note(read),
        kind=SNAPSHOT if figure.snapshot else FLOW,
        formulas=figure.formulas(read),
        spark=spark,
    )


def _delta(figure: Figure, now: Value, before: Value) -> Delta | None:
    """The change to a tenth; less than that is none."""
    change = None if now is None or before is None else figure.unit.change(now, before)
    if change is None:
        return None
    size = f"{abs(change):.1f}"
    if Decimal(size) == 0:
        return Delta("no change", None, None)
    return Delta(f"{size}{figure.unit.change_suffix}", change > 0, (change > 0) == figure.more_is_better)

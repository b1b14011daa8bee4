"""What home shows: the four figures, the trend, the splits; each number with what it is compared with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from tideover.analytics import queries
from tideover.analytics.period import Grain, Period
from tideover.analytics.queries import Funnel, Reason, Source, Totals, Waiting
from tideover.analytics.scope import Scope
from tideover.analytics.trend import Bucket, Metric, Value, from_days
from tideover.core import measures
from tideover.core.money import Money, spoken
from tideover.dashboard.home.choice import Choice
from tideover.dashboard.templatetags.house import percent, short_span, whole_money
from tideover.dashboard.words import DASH, NOT_OURS, WAYS, Word, family_label
from tideover.recovery.models import Ruleset

MOST_IN_A_SPARK = 45
FUNNEL_STEPS = ("Messaged", "Opened", "Visited page", "Card updated", "Paid")


@dataclass(frozen=True, slots=True)
class Delta:
    """A change against the other period; `up` and `better` are None where nothing changed."""

    text: str
    up: bool | None
    better: bool | None


@dataclass(frozen=True, slots=True)
class Card:
    """One of the four figures."""

    metric: Metric
    title: str
    value: str
    unit: str
    delta: Delta | None
    left: str
    right: str
    spark: Sequence[Value]
    color: str
    note: str = ""
    kind: str = "Flow: what happened in the period."
    formulas: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A way money came back, with its share in basis points."""

    source: Source
    word: Word
    share: int


@dataclass(frozen=True, slots=True)
class Bar:
    """A reason for failing: its width and its recovered width in basis points of the largest."""

    reason: Reason
    label: str
    width: int
    filled: int
    share: int


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the funnel; `share` of the step before, `height` of the first, in basis points."""

    label: str
    cases: int
    share: int
    height: int


@dataclass(frozen=True, slots=True)
class Home:
    """Everything a period has to say."""

    totals: Totals
    before: Totals | None
    waiting: Waiting
    cards: Sequence[Card]
    chart: dict[str, Any]
    spoken: str
    rows: Sequence[tuple[Bucket, str, Bucket | None, str]]
    parts: Sequence[Part]
    ours: Money
    bars: Sequence[Bar]
    funnel: Funnel
    steps: Sequence[Step]


def build(scope: Scope, choice: Choice, now: datetime) -> Home:
    """Read and lay out the period."""
    totals = queries.totals(scope, choice.period)
    before = queries.totals(scope, choice.before) if choice.before else None
    waiting = queries.waiting(scope)
    current = _Lines(scope, choice.period)
    parts = _parts(queries.sources(scope, choice.period), totals.recovered)
    funnel = queries.funnel(scope, choice.period)
    rows = _pairs(current, _Lines(scope, choice.before) if choice.before else None, choice)
    return Home(
        totals=totals,
        before=before,
        waiting=waiting,
        cards=_cards(totals, before, waiting, current, now),
        chart=_chart(scope, choice, rows, now),
        spoken=_spoken(rows, choice),
        rows=[(row, _value(row.value, choice), old, _value(old.value, choice) if old else "") for row, old in rows],
        parts=parts,
        ours=scope.money(sum(part.source.amount.minor for part in parts if part.source.via not in NOT_OURS)),
        bars=_bars(queries.reasons(scope, choice.period)),
        funnel=funnel,
        steps=_steps(funnel),
    )


class _Lines:
    """A period's days, read once, as the line of any metric."""

    def __init__(self, scope: Scope, period: Period) -> None:
        self.period = period
        self.days = queries.days(scope, period)
        self.open_before = queries.waiting_at(scope, period.start)

    def of(self, metric: Metric, grain: Grain) -> tuple[Bucket, ...]:
        return from_days(self.days, self.period, metric, grain, self.open_before)

    def spark(self, metric: Metric) -> Sequence[Value]:
        """A few dozen values at most: a small picture shows no more, and weighs less."""
        grain = Grain.DAY if self.period.length <= MOST_IN_A_SPARK else Grain.WEEK
        return [bucket.value for bucket in self.of(metric, grain)]


def _pairs(current: _Lines, before: _Lines | None, choice: Choice) -> list[tuple[Bucket, Bucket | None]]:
    """Each bucket beside its counterpart, by position."""
    now = current.of(choice.metric, choice.grain)
    old: Sequence[Bucket | None] = before.of(choice.metric, choice.grain) if before else ()
    return [(bucket, old[place] if place < len(old) else None) for place, bucket in enumerate(now)]


# ── the four figures ──


def _cards(totals: Totals, before: Totals | None, waiting: Waiting, lines: _Lines, now: datetime) -> list[Card]:
    return [
        _recovered(totals, before, lines),
        _rate(totals, before, lines),
        _waiting(waiting, lines, now),
        _time(totals, before, lines),
    ]


def _recovered(totals: Totals, before: Totals | None, lines: _Lines) -> Card:
    return Card(
        Metric.RECOVERED,
        "Recovered",
        whole_money(totals.recovered),
        "",
        _change(totals.recovered.minor, before.recovered.minor) if before else None,
        f"of {whole_money(totals.failed)} failed",
        f"was {whole_money(before.recovered)}" if before else "",
        lines.spark(Metric.RECOVERED),
        "c1",
        formulas=(("Recovered", "What was paid on failed invoices in the period, by whatever way it came."),),
    )


def _rate(totals: Totals, before: Totals | None, lines: _Lines) -> Card:
    was = before.matured_by_amount if before else None
    measured = totals.matured_by_amount is not None
    return Card(
        Metric.RATE,
        "Recovery rate",
        percent(totals.matured_by_amount),
        "%" if measured else "",
        _points(totals.matured_by_amount, was),
        "by value" if measured else "no case has closed yet",
        f"was {percent(was)}%" if was is not None else "",
        lines.spark(Metric.RATE),
        "c1",
        formulas=_rate_formulas(totals),
    )


def _rate_formulas(totals: Totals) -> Sequence[tuple[str, str]]:
    def pair(amount: int | None, count: int | None) -> str:
        return f"{percent(amount)}% by value, {percent(count)}% by count" if amount is not None else "no cases"

    return (
        (f"Matured: {pair(totals.matured_by_amount, totals.matured_by_count)}", measures.MATURED),
        (f"All cases: {pair(totals.all_by_amount, totals.all_by_count)}", measures.OF_ALL),
    )


def _waiting(waiting: Waiting, lines: _Lines, now: datetime) -> Card:
    attention = waiting.attention
    oldest = short_span(now - waiting.oldest_at) if waiting.oldest_at else ""
    return Card(
        Metric.OPEN,
        "In recovery now",
        whole_money(waiting.amount),
        "",
        None,
        f"{attention} need{'s' if attention == 1 else ''} attention" if attention else "nothing needs you",
        f"oldest {oldest}" if oldest else "",
        lines.spark(Metric.OPEN),
        "c3",
        note=f"{waiting.cases} case{'' if waiting.cases == 1 else 's'}",
        kind="Snapshot: how it stands at this moment, whatever period is chosen.",
        formulas=(("In recovery now", "What is due on failed invoices whose case is still open."),),
    )


def _time(totals: Totals, before: Totals | None, lines: _Lines) -> Card:
    was = before.median_days if before else None
    return Card(
        Metric.TIME,
        "Median time to recovery",
        f"{totals.median_days:.1f}" if totals.median_days is not None else DASH,
        "days" if totals.median_days is not None else "",
        _days_change(totals.median_days, was),
        "first failure to paid",
        f"was {was:.1f} days" if was is not None else "",
        lines.spark(Metric.TIME),
        "c2",
        formulas=(("Median time", measures.MEDIAN),),
    )


def _change(now: int, before: int) -> Delta | None:
    """The change in percent; None where there is nothing to compare with."""
    if before == 0:
        return None
    return _delta(Decimal((now - before) * 100) / before, "%", more_is_better=True)


def _points(now: int | None, before: int | None) -> Delta | None:
    if now is None or before is None:
        return None
    return _delta(Decimal(now - before) / 100, " pts", more_is_better=True)


def _days_change(now: Decimal | None, before: Decimal | None) -> Delta | None:
    """Fewer days are better."""
    if now is None or before is None:
        return None
    return _delta(now - before, " days", more_is_better=False)


def _delta(change: Decimal, unit: str, *, more_is_better: bool) -> Delta:
    """The change to a tenth; less than that is none."""
    size = f"{abs(change):.1f}"
    if Decimal(size) == 0:
        return Delta("no change", None, None)
    return Delta(f"{size}{unit}", change > 0, (change > 0) == more_is_better)


# ── the trend ──

_TOKENS = {Metric.RECOVERED: "--c1", Metric.RATE: "--c1", Metric.OPEN: "--c3", Metric.TIME: "--c2"}
_UNITS = {Metric.RECOVERED: "money", Metric.RATE: "percent", Metric.OPEN: "money", Metric.TIME: "days"}


def _chart(scope: Scope, choice: Choice, rows: Sequence[tuple[Bucket, Bucket | None]], now: datetime) -> dict[str, Any]:
    """What the chart's script reads: plain numbers and words."""
    number: Callable[[Value], int | float | None] = _plain(choice.metric)
    today = now.astimezone(choice.period.zone).date()
    return {
        "unit": _UNITS[choice.metric],
        "currency": scope.currency.upper(),
        "exponent": scope.money(0).exponent,
        "token": _TOKENS[choice.metric],
        "labels": [day_label(row) for row, _ in rows],
        "dates": [long_label(row) for row, _ in rows],
        "values": [number(row.value) for row, _ in rows],
        "before": [number(old.value) if old else None for _, old in rows],
        "datesBefore": [long_label(old) if old else "" for _, old in rows],
        "partial": len(rows) > 1 and rows[-1][0].last_on >= today,
        "marks": _marks(scope, choice, [row for row, _ in rows]),
    }


def _spoken(rows: Sequence[tuple[Bucket, Bucket | None]], choice: Choice) -> str:
    """The chart in a sentence, for who does not see it."""
    known = [row for row, _ in rows if row.value is not None]
    if not known:
        return "No data in this period."
    low, high = min(known, key=lambda row: row.value or 0), max(known, key=lambda row: row.value or 0)
    return (
        f"From {_value(known[0].value, choice)} on {long_label(known[0])} to {_value(known[-1].value, choice)} on "
        f"{long_label(known[-1])}; lowest {_value(low.value, choice)}, highest {_value(high.value, choice)}."
    )


def _plain(metric: Metric) -> Callable[[Value], int | float | None]:
    """A value as JSON: minor units stay whole; percentages and days are measures, not money."""
    if metric in {Metric.RECOVERED, Metric.OPEN}:
        return lambda value: None if value is None else int(value)
    scale = 100 if metric == Metric.RATE else 1
    return lambda value: None if value is None else round(float(value) / scale, 2)


def _marks(scope: Scope, choice: Choice, buckets: Sequence[Bucket]) -> list[dict[str, Any]]:
    """A line where a new version of the rules went live."""
    period = choice.period
    versions = Ruleset.objects.filter(organization_id=scope.organization_id, project_id=scope.project_id, version__gt=1)
    versions = versions.filter(created_at__gte=period.start, created_at__lt=period.end).order_by("created_at")
    days = [(version, version.created_at.astimezone(period.zone).date()) for version in versions]
    return [
        {"label": f"Rules v{version.version} live", "at": place}
        for version, day in days
        for place, bucket in enumerate(buckets)
        if bucket.first_on <= day <= bucket.last_on
    ]


def day_label(bucket: Bucket) -> str:
    """The bucket's first day, short: "Nov 5"."""
    return f"{bucket.first_on:%b} {bucket.first_on.day}"


def long_label(bucket: Bucket) -> str:
    """The bucket's day with its weekday, or its two ends."""
    if bucket.first_on == bucket.last_on:
        return f"{bucket.first_on:%a}, {day_label(bucket)}"
    return f"{day_label(bucket)} {DASH} {bucket.last_on:%b} {bucket.last_on.day}"


def _value(value: Value, choice: Choice) -> str:
    """The bucket's value in words, for the table under the chart."""
    if value is None:
        return DASH
    if choice.metric == Metric.RATE:
        return f"{percent(int(value))}%"
    return f"{value:.1f} days" if choice.metric == Metric.TIME else spoken(Money(int(value), choice.currency))


def csv_line(bucket: Bucket, before: Bucket | None, choice: Choice) -> tuple[str, ...]:
    """A row of the chart's table with plain figures."""
    old = (str(before.first_on), str(before.last_on), _figure(before.value, choice)) if before else ("", "", "")
    return (str(bucket.first_on), str(bucket.last_on), _figure(bucket.value, choice), *old)


def _figure(value: Value, choice: Choice) -> str:
    """A value without sign or unit: major units, percent, or days."""
    if value is None:
        return ""
    if choice.metric == Metric.RATE:
        return percent(int(value))
    return f"{value:.2f}" if choice.metric == Metric.TIME else str(Money(int(value), choice.currency).major())


# ── the splits ──


def _share(part: int, whole: int) -> int:
    return part * 10_000 // whole if whole else 0


def _parts(sources: Sequence[Source], total: Money) -> list[Part]:
    return [Part(source, WAYS[source.via], _share(source.amount.minor, total.minor)) for source in sources]


def _bars(reasons: Sequence[Reason]) -> list[Bar]:
    largest = max((reason.amount.minor for reason in reasons), default=0)
    return [
        Bar(
            reason,
            family_label(reason.family),
            _share(reason.amount.minor, largest),
            _share(reason.recovered.minor, largest),
            _share(reason.recovered.minor, reason.amount.minor),
        )
        for reason in reasons
    ]


def _steps(funnel: Funnel) -> list[Step]:
    counts = [funnel.messaged, funnel.opened, funnel.visited, funnel.card_updated, funnel.paid]
    befores = [funnel.cases, *counts]
    return [
        Step(label, count, _share(count, before), _share(count, funnel.messaged))
        for label, count, before in zip(FUNNEL_STEPS, counts, befores, strict=False)
    ]

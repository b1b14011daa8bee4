"""A figure over time: each bucket beside its counterpart, for the chart, in words, as a table and as a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from tideover.analytics.period import Grain
from tideover.analytics.queries import Flows, NewRules
from tideover.analytics.trend import Bucket, Metric, Value, from_days
from tideover.core.money import Money
from tideover.core.timing import local_day
from tideover.dashboard.home.choice import Choice
from tideover.dashboard.home.figures import FIGURES
from tideover.dashboard.words import DASH

MOST_IN_A_SPARK: Final = 45


class Lines:
    """A period's days, read once, as the line of any metric."""

    def __init__(self, flows: Flows) -> None:
        self.flows, self.period, self.days = flows, flows.period, flows.days()

    def of(self, metric: Metric, grain: Grain) -> tuple[Bucket, ...]:
        return from_days(self.days, self.period, metric, grain, self.flows.open_before)

    def spark(self, metric: Metric) -> Sequence[Value]:
        """A few dozen values at most: a small picture shows no more, and weighs less."""
        grain = Grain.DAY if self.period.length <= MOST_IN_A_SPARK else Grain.WEEK
        return [bucket.value for bucket in self.of(metric, grain)]


@dataclass(frozen=True, slots=True)
class Pair:
    """A bucket, and the one at its place in the other period."""

    now: Bucket
    before: Bucket | None


def pairs(current: Lines, before: Lines | None, choice: Choice) -> Sequence[Pair]:
    """Each bucket beside its counterpart, by position."""
    old: Sequence[Bucket | None] = before.of(choice.metric, choice.grain) if before else ()
    return [
        Pair(bucket, old[place] if place < len(old) else None)
        for place, bucket in enumerate(current.of(choice.metric, choice.grain))
    ]


def chart(choice: Choice, rows: Sequence[Pair], now: datetime, new_rules: Sequence[NewRules]) -> dict[str, Any]:
    """What the chart's script reads: plain numbers and words."""
    figure, today = FIGURES[choice.metric], local_day(now, choice.period.zone)
    number = figure.unit.on_chart
    return {
        "unit": figure.unit.name,
        "currency": choice.currency.upper(),
        "exponent": Money(0, choice.currency).exponent,
        "token": f"--{figure.color}",
        "labels": [_day_label(row.now) for row in rows],
        "dates": [_long_label(row.now) for row in rows],
        "values": [number(row.now.value) for row in rows],
        "before": [number(row.before.value) if row.before else None for row in rows],
        "datesBefore": [_long_label(row.before) if row.before else "" for row in rows],
        "partial": len(rows) > 1 and rows[-1].now.last_on >= today,
        "marks": _marks(rows, new_rules),
    }


def _marks(rows: Sequence[Pair], new_rules: Sequence[NewRules]) -> list[dict[str, Any]]:
    """A line where a new version of the rules went live."""
    return [
        {"label": f"Rules v{rules.version} live", "at": place}
        for rules in new_rules
        for place, row in enumerate(rows)
        if row.now.first_on <= rules.live_on <= row.now.last_on
    ]


def in_a_sentence(rows: Sequence[Pair], choice: Choice) -> str:
    """The chart for who does not see it."""
    known = [row.now for row in rows if row.now.value is not None]
    if not known:
        return "No data in this period."
    low, high = min(known, key=lambda row: row.value or 0), max(known, key=lambda row: row.value or 0)
    first, last = known[0], known[-1]
    return (
        f"From {_exact(first, choice)} on {_long_label(first)} to {_exact(last, choice)} on "
        f"{_long_label(last)}; lowest {_exact(low, choice)}, highest {_exact(high, choice)}."
    )


def table(rows: Sequence[Pair], choice: Choice) -> Sequence[tuple[Bucket, str, Bucket | None, str]]:
    """Each bucket with its value in words, and its counterpart with its own."""
    return [
        (row.now, _exact(row.now, choice), row.before, _exact(row.before, choice) if row.before else "") for row in rows
    ]


def lines_of_file(rows: Sequence[Pair], choice: Choice) -> Sequence[Sequence[str]]:
    """A header, then the same buckets with plain figures."""
    name = choice.metric.value
    header = ("from", "to", "currency", name, "compared_from", "compared_to", f"{name}_before")
    return [header, *(_line_of_file(row, choice) for row in rows)]


def _line_of_file(row: Pair, choice: Choice) -> Sequence[str]:
    first, last, figure = _plain(row.now, choice)
    return (first, last, choice.currency.upper(), figure, *_plain(row.before, choice))


def _plain(bucket: Bucket | None, choice: Choice) -> tuple[str, str, str]:
    if bucket is None:
        return "", "", ""
    figure = FIGURES[choice.metric].unit.in_file(bucket.value, choice.currency)
    return str(bucket.first_on), str(bucket.last_on), figure


def _exact(bucket: Bucket, choice: Choice) -> str:
    return FIGURES[choice.metric].unit.in_table(bucket.value, choice.currency)


def _day_label(bucket: Bucket) -> str:
    """The bucket's first day, short: "Nov 5"."""
    return f"{bucket.first_on:%b} {bucket.first_on.day}"


def _long_label(bucket: Bucket) -> str:
    """The bucket's day with its weekday, or its two ends."""
    if bucket.first_on == bucket.last_on:
        return f"{bucket.first_on:%a}, {_day_label(bucket)}"
    return f"{_day_label(bucket)} {DASH} {bucket.last_on:%b} {bucket.last_on.day}"

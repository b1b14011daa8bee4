"""A metric over time: the values of its buckets, from what happened on each day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from tideover.analytics.period import Grain, Period
from tideover.analytics.queries import Day, flows
from tideover.analytics.scope import Scope
from tideover.core.case import State
from tideover.core.measures import matured_rate, median_days

Value = int | Decimal | None


class Metric(StrEnum):
    """What the main chart shows; each is one of the four figures."""

    RECOVERED = "recovered"  # minor units
    RATE = "rate"  # basis points, of the cases that ended
    OPEN = "open"  # minor units in recovery when the bucket ends
    TIME = "time"  # median days from failure to money


@dataclass(frozen=True, slots=True)
class Bucket:
    """One value of a chart; None where there was nothing to measure."""

    first_on: date
    last_on: date
    value: Value


def trend(scope: Scope, period: Period, metric: Metric, grain: Grain) -> tuple[Bucket, ...]:
    """The metric in each day or week of the period."""
    flowed = flows(scope, period)
    return from_days(flowed.days(), period, metric, grain, flowed.open_before)


def from_days(
    by_day: Mapping[date, Day], period: Period, metric: Metric, grain: Grain, open_before: int
) -> tuple[Bucket, ...]:
    """The same from days already read; `open_before` is what was in recovery when the period began."""
    buckets, open_now = [], open_before
    for group in period.buckets(grain):
        some = [by_day[day] for day in group]
        open_now += sum(day.opened - day.ended for day in some)
        buckets.append(Bucket(group[0], group[-1], MEASURES[metric](some, open_now)))
    return tuple(buckets)


def _recovered(some: Sequence[Day], _: int) -> Value:
    return sum(day.recovered for day in some)


def _rate(some: Sequence[Day], _: int) -> Value:
    won, lost = sum(day.won for day in some), sum(day.lost for day in some)
    return matured_rate({State.RECOVERED: won, State.ABANDONED: lost}).basis_points


def _open(_: Sequence[Day], open_now: int) -> Value:
    return open_now


def _time(some: Sequence[Day], _: int) -> Value:
    waited = Counter[int]()
    for day in some:
        waited.update(day.waited)
    return median_days(waited)


# The days of a bucket and what was in recovery when it ended, as one value.
MEASURES: Final[Mapping[Metric, Callable[[Sequence[Day], int], Value]]] = {
    Metric.RECOVERED: _recovered,
    Metric.RATE: _rate,
    Metric.OPEN: _open,
    Metric.TIME: _time,
}

"""Home's address as data: which days, held against what, which metric by which grain, in which currency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from django.http import QueryDict

from tideover.analytics.period import Comparison, Grain, Period
from tideover.analytics.trend import Metric
from tideover.dashboard.periods import Days, currency_of, read_days

C = TypeVar("C", Comparison, Metric, Grain)

COMPARISONS: Final[Mapping[Comparison, str]] = {
    Comparison.PREVIOUS: "Previous period",
    Comparison.EXACT: "Previous period, exact days",
    Comparison.NONE: "No comparison",
}
WEEKLY_FROM: Final = 60  # days from which on single days are too many points


@dataclass(frozen=True, slots=True)
class Choice(Days):
    """Everything the address of home says."""

    comparison: Comparison
    metric: Metric
    grain: Grain
    currency: str

    @property
    def before(self) -> Period | None:
        """The period it is compared with."""
        return self.period.before(self.comparison)


def read_choice(get: QueryDict, today: date, zone: ZoneInfo, currencies: Sequence[str]) -> Choice:
    """The choice an address makes; what it does not say, or says wrongly, is the default."""
    asked = read_days(get, today, zone)
    return Choice(
        range=asked.range,
        period=asked.period,
        comparison=_one_of(Comparison.PREVIOUS, get.get("vs")),
        metric=_one_of(Metric.RECOVERED, get.get("metric")),
        grain=_one_of(Grain.WEEK if asked.period.length >= WEEKLY_FROM else Grain.DAY, get.get("by")),
        currency=currency_of(get, currencies),
    )


def _one_of(default: C, text: str | None) -> C:
    """The member of the default's kind that `text` names, else the default."""
    try:
        return type(default)(text or "")
    except ValueError:
        return default

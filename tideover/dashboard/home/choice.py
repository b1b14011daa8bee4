"""Home's address as data: which days, held against what, which metric by which grain, in which currency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeVar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import QueryDict

from tideover.analytics.period import Comparison, Grain, Period
from tideover.analytics.trend import Metric
from tideover.dashboard.periods import CUSTOM, RANGES, read_period

C = TypeVar("C", Comparison, Metric, Grain)

DEFAULT_RANGE: Final = "30d"
COMPARISONS: Final[Mapping[Comparison, str]] = {
    Comparison.PREVIOUS: "Previous period",
    Comparison.EXACT: "Previous period, exact days",
    Comparison.NONE: "No comparison",
}
WEEKLY_FROM: Final = 60  # days from which on single days are too many points


@dataclass(frozen=True, slots=True)
class Choice:
    """Everything the address of home says."""

    range: str
    period: Period
    comparison: Comparison
    metric: Metric
    grain: Grain
    currency: str

    @property
    def before(self) -> Period | None:
        """The period it is compared with."""
        return self.period.before(self.comparison)

    @property
    def days(self) -> str:
        """The same days as parameters of the list of cases."""
        if self.range != CUSTOM:
            return urlencode({"range": self.range})
        return urlencode({"range": CUSTOM, "from": self.period.first_on, "to": self.period.last_on})

    @property
    def range_label(self) -> str:
        return RANGES.get(self.range, "Custom")


def read_choice(get: QueryDict, today: date, zone: ZoneInfo, currencies: Sequence[str]) -> Choice:
    """The choice an address makes; what it does not say, or says wrongly, is the default."""
    name, period = read_period(get, today, zone, DEFAULT_RANGE)
    assert period is not None
    currency = get.get("currency", "")
    return Choice(
        range=name,
        period=period,
        comparison=_one_of(Comparison.PREVIOUS, get.get("vs")),
        metric=_one_of(Metric.RECOVERED, get.get("metric")),
        grain=_one_of(Grain.WEEK if period.length >= WEEKLY_FROM else Grain.DAY, get.get("by")),
        currency=currency if currency in currencies else currencies[0],
    )


def _one_of(default: C, text: str | None) -> C:
    """The member of the default's kind that `text` names, else the default."""
    try:
        return type(default)(text or "")
    except ValueError:
        return default


def neighbour(choice: Choice, direction: int, today: date) -> Period | None:
    """The period right before (-1) or after (+1) this one; None where it would lie ahead."""
    moved = choice.period.moved(direction * choice.period.length)
    return moved if moved.first_on <= today else None

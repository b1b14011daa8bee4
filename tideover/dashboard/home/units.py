"""How the values of a figure are written: as a headline, in a table, in a file, for the chart; and how they change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tideover.analytics.trend import Value
from tideover.core.money import Money, spoken
from tideover.dashboard.templatetags.house import percent, whole_money
from tideover.dashboard.words import DASH

Known = int | Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A kind of value. `name` is what the chart's script calls it; the functions take a value and its currency.

    short: a headline, without its suffix. exact: with everything, for a table. plain: for a file, without sign or unit.
    number: for the chart. change: from the earlier value (second) to the later, None where there is nothing to compare.
    """

    name: str
    suffix: str = ""
    short: Callable[[Known, str], str]
    exact: Callable[[Known, str], str]
    plain: Callable[[Known, str], str]
    number: Callable[[Known], int | float]
    change: Callable[[Known, Known], Decimal | None]
    change_suffix: str

    def in_table(self, value: Value, currency: str) -> str:
        """With everything; a dash where nothing is known."""
        return DASH if value is None else self.exact(value, currency)

    def in_file(self, value: Value, currency: str) -> str:
        """For a machine; empty where nothing is known."""
        return "" if value is None else self.plain(value, currency)

    def on_chart(self, value: Value) -> int | float | None:
        """For the chart's script; a gap where nothing is known."""
        return None if value is None else self.number(value)


def _percent_change(now: Known, before: Known) -> Decimal | None:
    return Decimal((now - before) * 100) / before if before else None


MONEY: Final = Unit(  # minor units
    name="money",
    short=lambda value, currency: whole_money(Money(int(value), currency)),
    exact=lambda value, currency: spoken(Money(int(value), currency)),
    plain=lambda value, currency: str(Money(int(value), currency).major()),
    number=int,
    change=_percent_change,
    change_suffix="%",
)
PERCENT: Final = Unit(  # basis points
    name="percent",
    suffix="%",
    short=lambda value, _: percent(int(value)),
    exact=lambda value, _: f"{percent(int(value))}%",
    plain=lambda value, _: percent(int(value)),
    number=lambda value: round(float(value) / 100, 2),
    change=lambda now, before: Decimal(now - before) / 100,
    change_suffix=" pts",
)
DAYS: Final = Unit(
    name="days",
    suffix=" days",
    short=lambda value, _: f"{value:.1f}",
    exact=lambda value, _: f"{value:.1f} days",
    plain=lambda value, _: f"{value:.2f}",
    number=lambda value: round(float(value), 2),
    change=lambda now, before: Decimal(now - before),
    change_suffix=" days",
)

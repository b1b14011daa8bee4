"""Home of a period, read from analytics and laid out; each number with what it is compared with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tideover.analytics import queries
from tideover.analytics.queries import Funnel, NewRules
from tideover.analytics.scope import Scope
from tideover.analytics.trend import Bucket
from tideover.core.money import Money
from tideover.dashboard.home import splits, trend
from tideover.dashboard.home.choice import Choice
from tideover.dashboard.home.figures import FIGURES, Card, Reading, card_of
from tideover.dashboard.home.splits import Bar, Part, Step
from tideover.dashboard.home.trend import Lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Everything a period has to say. `chosen` is the card whose figure the chart shows."""

    cards: Sequence[Card]
    chosen: Card
    chart: dict[str, Any]
    spoken: str
    rows: Sequence[tuple[Bucket, str, Bucket | None, str]]
    parts: Sequence[Part]
    ours: Money
    bars: Sequence[Bar]
    funnel: Funnel
    steps: Sequence[Step]

    @property
    def is_blank(self) -> bool:
        """Whether the chart would be an empty one: without any figure, or with sums of nothing alone."""
        nothing = (None, 0) if self.chosen.figure.adds_up else (None,)
        return not self.chart["marks"] and all(
            value in nothing for part in ("values", "before") for value in self.chart[part]
        )


def build(scope: Scope, choice: Choice, now: datetime, new_rules: Sequence[NewRules]) -> Home:
    """Read and lay out the period."""
    flows, earlier, shares = queries.flows_and_shares(scope, choice.period, choice.before)
    current, before = Lines(flows), Lines(earlier) if earlier else None
    read = Reading(flows.totals(), queries.waiting(scope), now)
    compared = earlier.totals() if earlier else None
    cards = {metric: card_of(metric, read, compared, current.spark(metric)) for metric in FIGURES}
    rows, funnel = trend.pairs(current, before, choice), queries.funnel(scope, choice.period)
    return Home(
        cards=list(cards.values()),
        chosen=cards[choice.metric],
        chart=trend.chart(choice, rows, now, new_rules),
        spoken=trend.in_a_sentence(rows, choice),
        rows=trend.table(rows, choice),
        parts=splits.parts(shares.sources, read.totals.recovered),
        ours=scope.money(splits.our_part(shares.sources)),
        bars=splits.bars(shares.reasons),
        funnel=funnel,
        steps=splits.steps(funnel),
    )


def file_of_trend(scope: Scope, choice: Choice) -> Sequence[Sequence[str]]:
    """The chart's figures as the lines of a file."""
    before = Lines(queries.flows(scope, choice.before)) if choice.before else None
    current = Lines(queries.flows(scope, choice.period))
    return trend.lines_of_file(trend.pairs(current, before, choice), choice)

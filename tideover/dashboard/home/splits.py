"""How a period's money splits: by what brought it back, by why it failed, by how far the customers came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tideover.analytics.queries import Funnel, Reason, Source
from tideover.core.money import Money
from tideover.dashboard.words import NOT_OURS, WAYS, Word, family_label


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


def parts(sources: Sequence[Source], total: Money) -> Sequence[Part]:
    """The ways, each with its share of the total."""
    return [Part(source, WAYS[source.via], _share(source.amount.minor, total.minor)) for source in sources]


def our_part(sources: Sequence[Source]) -> int:
    """Minor units that neither Stripe nor the customers brought by themselves."""
    return sum(source.amount.minor for source in sources if source.via not in NOT_OURS)


def bars(reasons: Sequence[Reason]) -> Sequence[Bar]:
    """The reasons, drawn against the largest."""
    largest = max((reason.amount.minor for reason in reasons), default=0)
    return [
        Bar(
            reason,
            label=family_label(reason.family),
            width=_share(reason.amount.minor, largest),
            filled=_share(reason.recovered.minor, largest),
            share=_share(reason.recovered.minor, reason.amount.minor),
        )
        for reason in reasons
    ]


def steps(funnel: Funnel) -> Sequence[Step]:
    """The steps from the first message to the payment, each against the one before."""
    counts = {
        "Messaged": funnel.messaged,
        "Opened": funnel.opened,
        "Visited page": funnel.visited,
        "Card updated": funnel.card_updated,
        "Paid": funnel.paid,
    }
    befores = [funnel.cases, *counts.values()]
    return [
        Step(label, count, _share(count, before), _share(count, funnel.messaged))
        for (label, count), before in zip(counts.items(), befores, strict=False)
    ]


def _share(part: int, whole: int) -> int:
    return part * 10_000 // whole if whole else 0

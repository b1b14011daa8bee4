"""One try to charge, by anyone, and what the rules about trying again leave: what networks and debits both count."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tideover.core.declines import Decline
from tideover.core.money import Money
from tideover.core.outcomes import Tried


class By(StrEnum):
    """Whose try it was."""

    US = "us"
    STRIPE = "stripe"
    CUSTOMER = "customer"


@dataclass(frozen=True)
class Attempt:
    """One try to charge a card, a bank account or another method.

    brand: of the card, or the kind of another method (core.methods). counts: it reached the network. elsewhere: it was
    for another invoice, with the same card or account. returned_at: when the bank sent it back, where that took days.
    """

    at: datetime
    by: By
    amount: Money
    outcome: Tried
    decline: Decline | None
    fingerprint: str | None
    brand: str | None
    counts: bool = True
    elsewhere: bool = False
    returned_at: datetime | None = None

    @property
    def method(self) -> str | None:
        """The word by which the method is known; None where nobody said."""
        return self.brand or (self.decline.brand if self.decline else None) or None

    @property
    def known_at(self) -> datetime:
        """Since when its outcome is known."""
        return self.returned_at or self.at


class Sure(StrEnum):
    """How well a figure is known."""

    PUBLISHED = "published"  # several processors publish the same figure
    DISPUTED = "disputed"  # pages differ; we keep to the strictest
    CAUTION = "caution"  # none is published that we know of; we keep to another's


@dataclass(frozen=True)
class Budget:
    """Whether a try may go out now. If not: from when (None: never on this card or account), why, and by which rule.

    left: how many more tries the caps leave at this moment, with the one asked for.
    """

    allowed: bool
    earliest_at: datetime | None
    left: int
    why: str
    rule: str


def on(fingerprint: str | None, attempts: Iterable[Attempt]) -> list[Attempt]:
    """Those on this card or account, oldest first.

    Without a fingerprint, or for a try of which it is not known, all count: rather one try too few.
    """
    same = [each for each in attempts if fingerprint is None or each.fingerprint in {None, fingerprint}]
    return sorted(same, key=lambda attempt: attempt.at)

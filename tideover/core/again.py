"""Whether a payer may have the card on file tried once more now: the networks' budget, and a breath of ours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from tideover.core import networks
from tideover.core.money import Money
from tideover.core.outcomes import FAILED_TRIES
from tideover.core.tries import Attempt, Budget, By, on

# Who was just refused is given the time to call the bank or to move money: a click is no news to it.
BREATH: Final = timedelta(minutes=10)


def left(
    brand: str | None, amount: Money, attempts: Sequence[Attempt], now: datetime, *, fingerprint: str | None
) -> Budget:
    """What is left for one more try of `amount`, asked for by the payer. attempts: everybody's (networks.budget)."""
    budget = networks.budget(brand, amount, attempts, now, fingerprint=fingerprint)
    mine = [each for each in on(fingerprint, attempts) if each.by == By.CUSTOMER and each.outcome in FAILED_TRIES]
    until = mine[-1].at + BREATH if mine else now
    if budget.allowed and until > now:
        return Budget(False, until, 0, "The payer's last try was refused a moment ago.", "payer.breath")
    return budget

"""How a customer treats mail and money: drawn once per person, so that the same person behaves alike in every world."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final

from tideover.simulator.clock.chance import stream
from tideover.simulator.shop.paydays import DAY, HOUR
from tideover.simulator.shop.plastic import Cause

LEAVES_A_MONTH: Final = 0.016  # customers who cancel without any payment trouble
LEAVES_WHEN_FAILING_DAYS: Final = 150  # the mean days until somebody with an unpaid invoice cancels
SCANNED: Final = 0.12  # recipients whose mail gateway opens every link before they see it
UNSUBSCRIBES: Final = 0.012  # of those who open a mail
LEAVES_AFTER_MAIL: Final = 0.008

# Where money is missing a new card is no remedy for most; where the bank wants to be asked, one tap is; and who holds
# a card that has run out has its successor in the drawer.
_EASE: Final = {
    Cause.NO_FUNDS: 0.5, Cause.AUTHENTICATION: 1.25, Cause.TECHNICAL: 0.9, Cause.EXPIRED: 1.5, Cause.DEAD: 1.2,
    Cause.BLOCKED: 0.7,
}  # fmt: skip
NOTICES: Final = 0.07  # who sees by themselves that they were not charged, or that the card needs to be changed
_SEES: Final = {Cause.EXPIRED: 3.0, Cause.DEAD: 2.0}


@dataclass(slots=True)
class Habits:
    """A person's propensities, each the chance of one step after the one before."""

    dice: Random
    opens: float
    fatigue: float
    clicks: float
    acts: float
    loads_pictures: bool
    scanned: bool
    attention: float
    mails: int = 0

    def mail_comes(self) -> bool:
        """Another mail about money arrives: will it be opened? Each one wears the reader out a little more."""
        chance = self.opens * self.fatigue**self.mails
        self.mails += 1
        return self.dice.random() < chance

    def notices(self, cause: Cause | None) -> bool:
        """Does the customer see without any mail that a payment failed?"""
        return self.attention < NOTICES * (_SEES.get(cause, 1.0) if cause else 1.0)

    def will_click(self, cause: Cause | None) -> bool:
        """Does the reader press the main link?"""
        return self.dice.random() < min(0.95, self.clicks * _ease(cause))

    def will_act(self, cause: Cause | None) -> bool:
        """Does the visitor finish what the page asks for?"""
        return self.dice.random() < min(0.95, self.acts * _ease(cause))

    def happens(self, chance: float) -> bool:
        """Something of that chance happens to this person."""
        return self.dice.random() < chance

    def delay(self, median: int) -> int:
        """Seconds until somebody gets round to it: often soon, sometimes much later, never at once."""
        return max(20, min(int(self.dice.lognormvariate(0, 1.1) * median), 6 * DAY))

    def scan_delay(self) -> int:
        """A mail gateway looks at a message within a minute or so."""
        return self.dice.randint(3, 60)


def _ease(cause: Cause | None) -> float:
    return _EASE.get(cause, 1.0) if cause else 1.0


def draw_habits(seed: int, number: int) -> Habits:
    """The habits of the customer of that number."""
    dice = stream(seed, "habits", number)
    return Habits(
        dice=dice,
        opens=0.15 + 0.6 * dice.betavariate(4, 5),
        fatigue=dice.uniform(0.6, 0.9),
        clicks=dice.uniform(0.25, 0.45),
        acts=dice.uniform(0.4, 0.7),
        loads_pictures=dice.random() < 0.8,
        scanned=dice.random() < SCANNED,
        attention=dice.random(),
    )


def leaving_time(seed: int, number: int, start: int) -> int:
    """The instant (unix second) at which the customer cancels for reasons of their own."""
    return start + int(stream(seed, "leaving", number).expovariate(LEAVES_A_MONTH / 30) * DAY)


OPEN_DELAY: Final = 3 * HOUR
ACT_DELAY: Final = 150

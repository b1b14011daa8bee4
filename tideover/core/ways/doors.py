"""The ways to pay that stand open to a payer: which of them for which kind of failure, in which order, and where.

One table says it all. A way that is added is a member of Door: its place stands in OPEN, what it needs in NEEDS, and
what is behind it in a folder of its own under tideover/customer/doors.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from tideover.core import networks
from tideover.core.declines import Family
from tideover.core.money import Money
from tideover.core.outcomes import FAILED_TRIES
from tideover.core.tries import Attempt, Budget, By, on


class Door(StrEnum):
    """A way to pay, or to agree when it is paid. Each language has words for each."""

    CONFIRM = "confirm"  # the payment that waits for the bank, confirmed with it
    AGAIN = "again"  # what is on file, tried once more now: money has arrived, or the bank says that it works
    CARD = "card"  # another card, or whatever else the merchant takes, kept and charged at once
    PORTAL = "portal"  # another one, put on file in Stripe's customer portal, from which they come back
    PAYPAL = "paypal"  # the PayPal account that they have saved: Stripe's form shows it to nobody
    DAY = "day"  # another day, promised: the charge waits for it
    PARTS = "parts"  # monthly parts, the first charged at once to what is on file
    STRIPE = "stripe"  # Stripe's own page of the invoice: no charge of ours, open where every other way is closed


class Need(StrEnum):
    """What must be so for a door to open."""

    CHARGING = "charging"  # we may charge: the account is in act mode, nothing is stopped, Stripe's form can be shown
    PAYER = "payer"  # Stripe knows a customer, for whom a method can be kept
    SAME = "same"  # the networks leave a try of what is on file at this moment (left_for_again)
    QUESTION = "question"  # the bank has asked to hear from the payer, about this very payment
    FORM = "form"  # what is brought is entered here
    PORTAL = "portal"  # what is brought is put on file in Stripe's portal, as the merchant prefers
    PAYPAL = "paypal"  # the payer has saved a PayPal account with the merchant, and it is not what failed
    DAYS = "days"  # there are days that may be promised (core.ways.promises)
    PLAN = "plan"  # a payment plan may be chosen at this moment (core.ways.in_parts)
    HOSTED = "hosted"  # the invoice has a page of Stripe's own


# Where what is on file may be charged again, it may be in parts, too.
_AGAIN_FIRST: Final = (
    Door.CONFIRM, Door.AGAIN, Door.CARD, Door.PORTAL, Door.PAYPAL, Door.DAY, Door.PARTS, Door.STRIPE,
)  # fmt: skip
_AGAIN_TOO: Final = (
    Door.CONFIRM, Door.CARD, Door.PORTAL, Door.PAYPAL, Door.AGAIN, Door.DAY, Door.PARTS, Door.STRIPE,
)  # fmt: skip
_NEVER_AGAIN: Final = (Door.CONFIRM, Door.CARD, Door.PORTAL, Door.PAYPAL, Door.STRIPE)

# For each kind of failure every door that helps, the one that fits best first.
OPEN: Final[Mapping[Family, tuple[Door, ...]]] = {
    Family.NO_FUNDS: _AGAIN_FIRST,
    Family.REFUSED: _AGAIN_TOO,
    Family.TECHNICAL: _AGAIN_FIRST,
    Family.EXPIRED: _NEVER_AGAIN,
    Family.CARD_DEAD: _NEVER_AGAIN,
    Family.AUTHENTICATION: _NEVER_AGAIN,
    Family.REVOKED: _NEVER_AGAIN,
    Family.WRONG_DATA: _NEVER_AGAIN,
    Family.BLOCKED: _NEVER_AGAIN,
    Family.UNCHARGEABLE: _NEVER_AGAIN,
    # What was sent is paid as its receiver likes, and Stripe's page takes it all.
    Family.OVERDUE: (Door.STRIPE,),
    Family.OTHER: _AGAIN_TOO,
}

NEEDS: Final[Mapping[Door, frozenset[Need]]] = {
    Door.CONFIRM: frozenset({Need.CHARGING, Need.PAYER, Need.QUESTION}),
    Door.AGAIN: frozenset({Need.CHARGING, Need.PAYER, Need.SAME}),
    Door.CARD: frozenset({Need.CHARGING, Need.PAYER, Need.FORM}),
    Door.PORTAL: frozenset({Need.CHARGING, Need.PAYER, Need.PORTAL}),
    Door.PAYPAL: frozenset({Need.CHARGING, Need.PAYER, Need.PAYPAL}),
    Door.DAY: frozenset({Need.CHARGING, Need.PAYER, Need.DAYS}),
    Door.PARTS: frozenset({Need.CHARGING, Need.PAYER, Need.PLAN}),
    Door.STRIPE: frozenset({Need.HOSTED}),
}


# Of what a bank sent back, however it had failed at first: no account is asked again, and nothing is charged later.
OPEN_AFTER_A_RETURN: Final = (Door.CARD, Door.STRIPE)


def open_doors(family: Family, has: Collection[Need]) -> tuple[Door, ...]:
    """The doors that open where these things are so, the first one first. None does where nothing can be paid."""
    return _open(OPEN[family], has)


def open_after_a_return(has: Collection[Need]) -> tuple[Door, ...]:
    """The same of what was paid and came back."""
    return _open(OPEN_AFTER_A_RETURN, has)


def _open(doors: Sequence[Door], has: Collection[Need]) -> tuple[Door, ...]:
    return tuple(door for door in doors if NEEDS[door].issubset(has))


# ── the same again ──


# Who was just refused is given the time to call the bank or to move money: a click is no news to it.
BREATH: Final = timedelta(minutes=10)


def left_for_again(
    brand: str | None, amount: Money, attempts: Sequence[Attempt], now: datetime, *, fingerprint: str | None
) -> Budget:
    """What is left for one more try of `amount`, asked for by the payer. attempts: everybody's (networks.budget)."""
    budget = networks.budget(brand, amount, attempts, now, fingerprint=fingerprint)
    mine = [each for each in on(fingerprint, attempts) if each.by == By.CUSTOMER and each.outcome in FAILED_TRIES]
    until = mine[-1].at + BREATH if mine else now
    if budget.allowed and until > now:
        return Budget(False, until, 0, "The payer's last try was refused a moment ago.", "payer.breath")
    return budget

"""The ways to pay that stand open to a payer: which of them for which kind of failure, in which order, and where.

One table says it all. A way that is added is a member of Door: its place stands in OPEN, what it needs in NEEDS, and
what is behind it in a folder of its own under tideover/customer/doors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tideover.core.declines import Family


class Door(StrEnum):
    """A way to pay, or to agree when it is paid. Each language has words for each."""

    CONFIRM = "confirm"  # the payment that waits for the bank, confirmed with it
    CARD = "card"  # another card, or whatever else the merchant takes, kept and charged at once
    STRIPE = "stripe"  # Stripe's own page of the invoice: no charge of ours, open where every other way is closed


class Need(StrEnum):
    """What must be so for a door to open."""

    CHARGING = "charging"  # we may charge: the account is in act mode, nothing is stopped, Stripe's form can be shown
    PAYER = "payer"  # Stripe knows a customer, for whom a method can be kept
    QUESTION = "question"  # the bank has asked to hear from the payer, about this very payment
    HOSTED = "hosted"  # the invoice has a page of Stripe's own


@dataclass(frozen=True, slots=True)
class Standing:
    """A debt as its payer stands before the doors: the kind of failure, and what is so."""

    family: Family
    has: frozenset[Need]


_METHOD_FIRST: Final = (Door.CONFIRM, Door.CARD, Door.STRIPE)

# For each kind of failure every door that helps, the one that fits best first.
OPEN: Final[Mapping[Family, tuple[Door, ...]]] = {
    Family.NO_FUNDS: _METHOD_FIRST,
    Family.REFUSED: _METHOD_FIRST,
    Family.TECHNICAL: _METHOD_FIRST,
    Family.EXPIRED: _METHOD_FIRST,
    Family.CARD_DEAD: _METHOD_FIRST,
    Family.AUTHENTICATION: _METHOD_FIRST,
    Family.REVOKED: _METHOD_FIRST,
    Family.WRONG_DATA: _METHOD_FIRST,
    Family.BLOCKED: _METHOD_FIRST,
    Family.UNCHARGEABLE: _METHOD_FIRST,
    # What was sent is paid as its receiver likes, and Stripe's page takes it all.
    Family.OVERDUE: (Door.STRIPE,),
    Family.OTHER: _METHOD_FIRST,
}

NEEDS: Final[Mapping[Door, frozenset[Need]]] = {
    Door.CONFIRM: frozenset({Need.CHARGING, Need.PAYER, Need.QUESTION}),
    Door.CARD: frozenset({Need.CHARGING, Need.PAYER}),
    Door.STRIPE: frozenset({Need.HOSTED}),
}


def open_doors(standing: Standing) -> tuple[Door, ...]:
    """The doors that open, the first one first. None does where nothing can be paid here or at Stripe."""
    return tuple(door for door in OPEN[standing.family] if NEEDS[door] <= standing.has)

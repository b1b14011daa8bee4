"""What the card page answers, as a sentence's key and its fields: the words are each language's own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tideover.core.declines import Decline
from tideover.core.money import Money


class Sentence(StrEnum):
    """All that can be answered. Each language has its words for each (answers.liquid)."""

    THANKS = "thanks"
    CLOSED = "closed"
    BANK_DEBIT = "bank_debit"
    BEING_CHECKED = "being_checked"
    CONFIRM = "confirm"
    NOT_CONFIRMED = "not_confirmed"
    IN_DOUBT = "in_doubt"
    ANOTHER_TRY = "another_try"
    LATER = "later"
    NOT_REACHED = "not_reached"
    NOT_HERE = "not_here"
    NOT_RECOGNIZED = "not_recognized"
    NOT_SAVED = "not_saved"
    BY_CARD = "by_card"  # what a bank sent back is asked of no account again
    NOTHING_TO_CONFIRM = "nothing_to_confirm"
    DECLINED = "declined"
    FORBIDDEN = "forbidden"
    CHANGED = "changed"
    FROM_PORTAL = "from_portal"
    NOT_THE_FIRST_PART = "not_the_first_part"
    NOT_THIS_PLAN = "not_this_plan"
    NOT_IN_PARTS_NOW = "not_in_parts_now"


@dataclass(frozen=True, slots=True)
class Bill:
    """One of several invoices that were paid together: what the payer knows it by, and what was owed for it."""

    name: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Said:
    """An answer and what it is about.

    decline: why the card was refused, of `declined`. earliest_at: when the networks allow a next try, of `forbidden`;
    None where they never will. paid, left: of several invoices that were paid in turn, what came and what did not.
    """

    sentence: Sentence
    decline: Decline | None = None
    earliest_at: datetime | None = None
    paid: tuple[Bill, ...] = ()
    left: tuple[Bill, ...] = ()


def declined(decline: Decline) -> Said:
    """Why the card was not charged."""
    return Said(Sentence.DECLINED, decline=decline)

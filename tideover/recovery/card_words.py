"""What the card page answers, in the payer's words: short, no blame, what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from babel.dates import format_date

from tideover.core.declines import Decline, Family, family, for_payer

THANKS: Final = "Thank you. Your payment went through and your subscription continues."
CLOSED: Final = "This invoice is closed. There is nothing to pay."
BANK_DEBIT: Final = "Your bank payment is on its way. It takes about four business days. There is nothing more to do."
BEING_CHECKED: Final = "Your bank account is being checked. There is nothing more to do right now."
CONFIRM: Final = "Your bank asks you to confirm this payment."
NOT_CONFIRMED: Final = (
    "The payment was not confirmed with your bank, so nothing was charged. Please try again, or use another card."
)
IN_DOUBT: Final = (
    "The bank has not answered yet. We ask until it does, and you are not charged twice. There is nothing more to do."
)
ANOTHER_TRY: Final = "Your card is saved. Another try at this payment is under way. This page asks again in a moment."
LATER: Final = "Your card is saved. The payment is made within a few minutes. There is nothing more to do."
NOT_REACHED: Final = "The payment service could not be reached. Nothing was charged. Please try again in a minute."
NOT_HERE: Final = "This payment cannot be made on this page. Please use Stripe's own page; the link is below."
NOT_RECOGNIZED: Final = "These card details do not belong to this payment. Please reload the page and enter them again."
NOT_SAVED: Final = "The card was not saved. Nothing was charged. Please try again or use another card."
NOTHING_TO_CONFIRM: Final = "There is nothing to confirm with your bank. Please pay with a card instead."
LINK_GONE: Final = "This link no longer works. Please use the link in the latest email."
TOO_OFTEN: Final = "There were too many tries in a short time. Please wait ten minutes, then try again."

WHAT_HELPS: Final[Mapping[Family, str]] = {
    Family.NO_FUNDS: "Use another card, or add money to this account and try again.",
    Family.REFUSED: "Use another card, or ask the bank that issued this one.",
    Family.TECHNICAL: "Nothing is wrong with your card. Try again in a few minutes, or use another card.",
    Family.EXPIRED: "Use a card that is still valid.",
    Family.CARD_DEAD: "Use another card.",
    Family.AUTHENTICATION: "Confirm it with your bank, or use another card.",
    Family.REVOKED: "Use another card, or ask the bank that issued this one.",
    Family.WRONG_DATA: "Check the number, the date and the security code, or use another card.",
    Family.OTHER: "Use another card, or ask the bank that issued this one.",
}


def declined(decline: Decline) -> str:
    """Why the card was not charged and what to do. Lost, stolen and fraud read like any other refusal."""
    return f"{for_payer(decline)} {WHAT_HELPS[family(decline)]}"


def forbidden(earliest_at: datetime | None) -> str:
    """The networks allow no further try on this card, for now or for good."""
    if earliest_at is None:
        return "The card networks allow no further try with this card. Please use another one."
    day = format_date(earliest_at.date(), "MMMM d", locale="en_US")
    return f"The card networks allow no further try with this card before {day}. Please use another one."

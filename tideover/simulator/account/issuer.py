"""The bank behind each card: the hook through which a charge is approved, declined, challenged or left to settle.

Sources: https://docs.stripe.com/api/charges/object (outcome), https://docs.stripe.com/error-codes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

By = Literal["stripe", "api", "customer"]


@dataclass(frozen=True, slots=True)
class Ask:
    """A question to the bank: may this card pay this amount now?

    `amount` is in minor units and 0 for a set-up (purpose "setup"), `currency` is lower case. `by` is who triggers
    it: Stripe's own schedule, the merchant's API call or the customer on a page. `authenticated` is true once the
    customer has passed 3D Secure for this very payment. `at` is a unix second.
    """

    at: int
    payment_method: str
    customer: str | None
    amount: int
    currency: str
    by: By
    off_session: bool = True
    authenticated: bool = False
    purpose: Literal["charge", "setup"] = "charge"
    invoice: str | None = None
    fingerprint: str | None = None
    brand: str | None = None
    exp_month: int = 12
    exp_year: int = 2099


@dataclass(frozen=True, slots=True)
class Verdict:
    """The bank's answer.

    "declined" carries Stripe's error `code` (card_declined, expired_card, incorrect_cvc, processing_error,
    authentication_required) and the `decline_code`; advice and network codes where the bank gives them.
    `reached_network` is false for a card Stripe blocks itself. "processing" (bank debits) settles at `settles_at`
    with `later`.
    """

    outcome: Literal["approved", "declined", "needs_authentication", "processing"]
    code: str | None = None
    decline_code: str | None = None
    advice_code: str | None = None
    network_decline_code: str | None = None
    network_advice_code: str | None = None
    reached_network: bool = True
    settles_at: int | None = None
    later: Verdict | None = None


APPROVED = Verdict("approved")
CHALLENGE = Verdict("needs_authentication")


class Issuer(Protocol):
    """Answers for every card of the world. Called for each charge attempt, so it must be cheap and must not wait."""

    def authorize(self, ask: Ask) -> Verdict:
        """Decide one charge or set-up at `ask.at`."""
        ...

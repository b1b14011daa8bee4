"""A debit that came back: what its merchant is told of it. Pure."""

from __future__ import annotations

from typing import Final

from tideover.core.ways.returns import Returned

_SENT_BACK: Final = "The bank sent the debit back after it had gone through."
_AT_STRIPE: Final = (
    f"{_SENT_BACK} Stripe shows the invoice as open again, so it is paid there, and nothing is collected beside it: its"
    " own tries and its page go on. If they pay in another way, mark the case as recovered; or stop it."
)
_PAID_AT_STRIPE: Final = f"{_SENT_BACK} Stripe keeps the invoice paid and takes no charge on it any more,"
_BY_CARD: Final = (
    f"{_PAID_AT_STRIPE} so nothing is charged by itself: on the pay page the customer pays it by card, as a payment of"
    " its own. If they pay in another way, mark the case as recovered; or stop it."
)
_OBSERVED: Final = (
    f"{_PAID_AT_STRIPE} and this account is connected in observe mode: agree with the customer how they pay, and mark"
    " the case as recovered once they have; or stop it."
)


def why_nothing_is_charged(debt: Returned, *, may_charge: bool) -> str:
    """In full sentences, with what there is to do."""
    if debt.at_stripe:
        return _AT_STRIPE
    return _BY_CARD if may_charge else _OBSERVED

"""A debit that came back: the one message about it to its payer, and what its merchant is told of it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from tideover.core.catalogue import Template, Tone
from tideover.core.choices import Rules
from tideover.core.messaging import BETWEEN_MESSAGES
from tideover.core.situation import Planned, Situation
from tideover.core.steps import Do, ReturnTold
from tideover.core.timing import DAY, next_opening
from tideover.core.ways.returns import Returned

FRESH_FOR: Final = 7 * DAY  # who hears of it later has seen it on their account, or was written to by the merchant

_SENT_BACK: Final = "The bank sent the debit back after it had gone through."
_AT_STRIPE: Final = (
    f"{_SENT_BACK} Stripe shows the invoice as open again, so it is paid there, and nothing is collected beside it: its"
    " own tries and its page go on. If they pay in another way, mark the case as recovered; or stop it."
)
_PAID_AT_STRIPE: Final = f"{_SENT_BACK} Stripe keeps the invoice paid and takes no charge on it any more,"
_BY_CARD: Final = (
    f"{_PAID_AT_STRIPE} so nothing is charged by itself: the customer is told once, and pays it by card on the pay"
    " page, as a payment of its own. If they pay in another way, mark the case as recovered; or stop it."
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


def told(situation: Situation, rules: Rules, now: datetime) -> Iterator[Planned]:
    """The one message about what came back, where the payer can pay it by what the message leads to."""
    debt = situation.came_back
    if debt is None or not debt.amount or not _is_for_the_payer(situation, rules, debt):
        return
    step, last = ReturnTold(debt.number), situation.last_written_at
    free = max(debt.at, situation.rest_until(now), *([last + BETWEEN_MESSAGES] if last else []))
    at = next_opening(free, rules.sending, situation.zone)
    if situation.has_done(step.key) or at > debt.at + FRESH_FOR:
        return
    why = "The bank sent the debit back after it had gone through: the customer is told once, and how to pay it."
    yield Planned(step.key, Do.MESSAGE, at, str(Template.CAME_BACK), str(Tone.FRIENDLY), f"{rules.name}.came_back", why)


def _is_for_the_payer(situation: Situation, rules: Rules, debt: Returned) -> bool:
    """What came back before recovery was on is not made up for, nor told to whom these rules never write."""
    if situation.rest or (situation.live_since and debt.at <= situation.live_since):
        return False
    if situation.is_overdue and not rules.chase_overdue:
        return False
    return situation.may_charge and not debt.at_stripe

"""The presets a merchant starts from: four known schedules to the day, and our own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from tideover.core.catalogue import Template, Tone
from tideover.core.choices import NEVER, Cadence, Coexistence, MessageStep, Rules, Strategy
from tideover.core.declines import NOT_BY_ITSELF, Family

Charges = Mapping[Family, Strategy]


def _days(name: str, *days: int) -> Strategy:
    return Strategy(name, Cadence.DAYS, days)


def _charges(others: Strategy, **special: Strategy) -> Charges:
    """A strategy for every family: `others` where nothing is said, never where time alone does not help."""
    said = {Family(name): strategy for name, strategy in special.items()}
    return {kind: said.get(kind) or (NEVER if kind in NOT_BY_ITSELF else others) for kind in Family}


def _messages(*steps: tuple[int, Template, Tone]) -> tuple[MessageStep, ...]:
    return tuple(MessageStep(day, template, tone) for day, template, tone in steps)


# Three messages and no charge of its own; a card that is attached is charged at once. The document gives no end:
# a week after the last message is left for the customer to act.
PAYMENTRESCUE: Final = Rules(
    name="paymentrescue",
    charges=_charges(NEVER),
    messages=_messages(
        (0, Template.FAILED, Tone.FRIENDLY), (3, Template.URGENT, Tone.URGENT), (7, Template.FINAL, Tone.FINAL)
    ),
    window_days=14,
)

# Its "retries" are messages; nothing is charged. Given up on the day of the fourth message.
WINDBACK: Final = Rules(
    name="windback",
    charges=_charges(NEVER),
    messages=_messages(
        (1, Template.FAILED, Tone.GENTLE),
        (3, Template.URGENT, Tone.URGENT),
        (5, Template.HELP, Tone.HELP),
        (7, Template.FINAL, Tone.FINAL),
    ),
    window_days=7,
    charge_new_card=False,
    grace_hours=4,
)

RECOVER: Final = Rules(
    name="recover",
    charges=_charges(
        _days("standard", 1, 3, 7, 14, 21, 28),
        no_funds=Strategy("payday", Cadence.PAYDAYS, (9,)),
        refused=_days("backoff", 3, 7, 14, 21),
    ),
    messages=_messages(
        (0, Template.FAILED, Tone.FRIENDLY),
        (3, Template.REMINDER, Tone.GENTLE),
        (7, Template.WARNING, Tone.URGENT),
        (14, Template.SUSPENSION, Tone.SERIOUS),
        (21, Template.LAST_CHANCE, Tone.EMOTIONAL),
        (28, Template.FINAL, Tone.FINAL),
    ),
    window_days=28,
)

# The document names three kinds of message (payment failed, reminder, final notice) without their days: they go out
# with the failure, between the charges, and with the last charge. The second week is left for the customer to act.
REVGUARD: Final = Rules(
    name="revguard",
    charges=_charges(Strategy("optimized", Cadence.HOURS, (3, 24, 72, 168))),
    messages=_messages(
        (0, Template.FAILED, Tone.FRIENDLY), (3, Template.REMINDER, Tone.GENTLE), (7, Template.FINAL, Tone.FINAL)
    ),
    window_days=14,
    min_gap_hours=3,
)

# The best fixed days per kind of failure that simulated worlds have shown so far: eight tries in 28 days, and two where
# a bank debit may be presented twice more. Wrong details are not charged again, as they must be corrected first.
TUNED: Final = Rules(
    name="tuned",
    charges=_charges(
        _days("steady", 1, 2, 3, 6, 10, 16, 21, 27),
        no_funds=_days("replenish", 2, 4, 6, 8, 13, 17, 23, 26),
        technical=_days("outage", 1, 3, 7, 10, 13, 15, 21, 26),
        wrong_data=NEVER,
    ),
    debits={
        Family.NO_FUNDS: _days("refill", 10, 19),
        Family.REFUSED: _days("again", 5, 23),
        Family.OTHER: _days("again", 5, 23),
        Family.TECHNICAL: _days("outage", 4, 22),
    },
    messages=_messages(
        (0, Template.FAILED, Tone.FRIENDLY),
        (3, Template.REMINDER, Tone.GENTLE),
        (7, Template.URGENT, Tone.URGENT),
        (14, Template.HELP, Tone.HELP),
        (21, Template.LAST_CHANCE, Tone.SERIOUS),
        (27, Template.FINAL, Tone.FINAL),
    ),
    window_days=28,
    max_charges=8,
    coexistence=Coexistence.TAKE_OVER,
)

# Stripe's own tries first, then ours, after the days on which its default ends: eight tries in two weeks.
# https://docs.stripe.com/billing/revenue-recovery/smart-retries. Where Stripe does not retry, the days of `tuned`.
RELAY: Final = replace(
    TUNED, name="relay", coexistence=Coexistence.COEXIST, relay=(3, 7, 10, 13, 17, 21, 24), most_retries=12
)

PRESETS: Final[Mapping[str, Rules]] = {
    rules.name: rules for rules in (RELAY, TUNED, RECOVER, REVGUARD, PAYMENTRESCUE, WINDBACK)
}

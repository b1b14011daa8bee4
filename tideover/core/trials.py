"""The first charge after a trial: it may have days and messages of its own, and who never gave a card is left alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from tideover.core.choices import AfterTrial, Rules
from tideover.core.methods import Means
from tideover.core.presets import PRESETS
from tideover.core.situation import Situation

NO_CARD: Final = (
    "The trial ended and no payment method was ever given: there is nothing to charge, and nobody is written to."
)


def fitting(situation: Situation, rules: Rules) -> Rules:
    """The rules as they are for this case: by a preset where it is the first charge after a trial, and they say so.

    What the merchant has promised or allowed stays: the hours, the consequence, the limits, who collects.
    """
    if not situation.after_trial or rules.after_trial == AfterTrial.SAME:
        return rules
    own = PRESETS[rules.after_trial]
    return replace(
        rules, charges=own.charges, debits=own.debits, messages=own.messages, window_days=own.window_days,
        max_charges=own.max_charges, relay=own.relay,
    )  # fmt: skip


def was_never_a_customer(situation: Situation) -> bool:
    """Whether a trial has ended for which no payment method was ever given: a subscription nobody agreed to pay."""
    return situation.after_trial and situation.means == Means.NONE and not situation.new_method

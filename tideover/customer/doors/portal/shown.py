"""What the way to Stripe's portal tells before anybody goes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tideover.customer.brand import merchant_of
from tideover.customer.doors.owing import Owing
from tideover.recovery.rulesets import rules_of


def facts(owing: Owing) -> Mapping[str, Any]:
    """What becomes of a method that was changed there, in a sentence."""
    at_once = rules_of(owing.case.ruleset).charge_new_card
    merchant = merchant_of(owing.case.project)
    return {"what": owing.language.say("page", "portal_what", at_once=at_once, merchant=merchant)}

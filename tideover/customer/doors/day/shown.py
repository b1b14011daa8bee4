"""The days that may be promised, and what is charged on them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from tideover.core.money import Money
from tideover.customer.doors.owing import Owing
from tideover.messages.languages import Language
from tideover.messages.wording import BETWEEN, card_name
from tideover.recovery.ways.promises import offered


def facts(owing: Owing) -> Mapping[str, Any]:
    """The days with a few at one touch, what stands, and the sentence that says what happens on them."""
    choice, language = offered(owing.case, owing.now), owing.language
    if choice is None:  # it was offered a moment ago
        return {}
    asked_for = language.amount(Money(sum(case.owed.minor for case in choice.cases), owing.case.currency))
    card = card_name(owing.case.card_brand, owing.case.card_last4, BETWEEN) or ""
    words = {"card": card, "amount": asked_for, "count": len(choice.cases), "last": _day(choice.days.last, language)}
    return {
        "days": choice.days,
        "suggested": [(day, language.short_day(day)) for day in choice.days.suggested],
        "what": language.say("page", "promise_what", **words),
        "until": language.say("page", "promise_until", **words),
    }


def standing(day: date, language: Language) -> str:
    """What stands, in a sentence."""
    return language.say("page", "promised_on", day=_day(day, language))


def _day(day: date, language: Language) -> str:
    return language.day(day, "full")

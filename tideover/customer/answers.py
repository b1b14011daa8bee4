"""What the card page answers, in the customer's language."""

from __future__ import annotations

from tideover.core.declines import Decline, family, for_payer
from tideover.core.methods import Means, means_of
from tideover.messages.languages import Language
from tideover.messages.wording import method_words
from tideover.recovery.telling.said import Said


def in_words(said: Said, language: Language) -> str:
    """The sentence of `said`. Lost, stolen and fraud read like any other refusal."""
    day = language.day_of_this_year(said.earliest_at.date()) if said.earliest_at else None
    reason, helps = _why(said.decline, language) if said.decline else (None, None)
    return language.say("answers", said.sentence, reason=reason, helps=helps, day=day)


def _why(decline: Decline, language: Language) -> tuple[str, str]:
    """Why the card was refused, and what helps against it."""
    words = method_words(language, means_of(decline.brand) if decline.brand else Means.OTHER)
    return words[f"reason.{for_payer(decline)}"], words[f"helps.{family(decline)}"]

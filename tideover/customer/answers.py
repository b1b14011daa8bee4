"""What the pay page answers while somebody pays: in the customer's language, and for our script."""

from __future__ import annotations

from typing import Final

from django.http import HttpResponse, JsonResponse
from django.urls import reverse

from tideover.core.declines import Decline, family, for_payer
from tideover.core.methods import Means, means_of
from tideover.customer.queries import language_of
from tideover.messages.languages import Language
from tideover.messages.wording import method_words
from tideover.recovery.cards import Finished, State
from tideover.recovery.models import Link
from tideover.recovery.telling.said import Said

STAYS_HERE: Final = {State.DECLINED, State.AUTHENTICATE}
ASK_AGAIN_SECONDS: Final = 3


def in_words(said: Said, language: Language) -> str:
    """The sentence of `said`. Lost, stolen and fraud read like any other refusal."""
    day = language.day_of_this_year(said.earliest_at.date()) if said.earliest_at else None
    reason, helps = _why(said.decline, language) if said.decline else (None, None)
    return language.say("answers", said.sentence, reason=reason, helps=helps, day=day)


def _why(decline: Decline, language: Language) -> tuple[str, str]:
    """Why the card was refused, and what helps against it."""
    words = method_words(language, means_of(decline.brand) if decline.brand else Means.OTHER)
    return words[f"reason.{for_payer(decline)}"], words[f"helps.{family(decline)}"]


def answer(finished: Finished, link: Link, token: str) -> HttpResponse:
    """What the script is told: where it stands, in words, and where to go or when to ask again."""
    message = in_words(finished.said, language_of(link.case))
    told: dict[str, str | int] = {"state": str(finished.state), "message": message}
    if finished.client_secret:
        told |= {"client_secret": finished.client_secret, "payment_method": finished.payment_method_id}
    if finished.ask_again:
        told["ask_again_seconds"] = ASK_AGAIN_SECONDS
    if finished.state not in STAYS_HERE:
        told["next"] = reverse("customer:card", args=[token])
    return JsonResponse(told)

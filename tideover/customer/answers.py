"""What the pay page answers while somebody pays: in the customer's language, and for our script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse

from tideover.core.declines import Decline, family, for_payer
from tideover.core.methods import Means, means_of
from tideover.core.outcomes import FAILED_TRIES
from tideover.core.timing import local_day
from tideover.customer.entering import wants_json
from tideover.messages.languages import Language
from tideover.messages.wording import method_words
from tideover.recovery import ledger
from tideover.recovery.models import Attempt, Case, Link, Plan
from tideover.recovery.paying.till import Finished, State, is_out
from tideover.recovery.places import language_of, zone
from tideover.recovery.telling.said import Bill, Said, Sentence

STAYS_HERE: Final = {State.DECLINED, State.AUTHENTICATE}
# What the page itself shows while it is true: an address that was kept must not say it of what is open.
SHOWN_BY_THE_PAGE: Final = {
    Sentence.THANKS,
    Sentence.CLOSED,
    Sentence.BANK_DEBIT,
    Sentence.BEING_CHECKED,
    Sentence.LATER,
    Sentence.FORBIDDEN,
}
NO_PLAN: Final = {Sentence.NOT_THE_FIRST_PART, Sentence.NOT_THIS_PLAN, Sentence.NOT_IN_PARTS_NOW}
WHILE_OUT: Final = {Sentence.IN_DOUBT, Sentence.ANOTHER_TRY}
ASK_AGAIN_SECONDS: Final = 3


def in_words(said: Said, language: Language, here: ZoneInfo) -> str:
    """The sentence of `said`, its days by a calendar in `here`. Lost, stolen and fraud read like any other refusal."""
    day = language.day_of_this_year(local_day(said.earliest_at, here)) if said.earliest_at else None
    reason, helps = _why(said.decline, language) if said.decline else (None, None)
    sentence = language.say("answers", said.sentence, reason=reason, helps=helps, day=day)
    return f"{_in_part(said, language)} {sentence}" if said.left else sentence


def _to(case: Case, said: Said) -> str:
    """The sentence in the words and days of whom the case is about."""
    return in_words(said, language_of(case), zone(case.time_zone))


def _in_part(said: Said, language: Language) -> str:
    """Which of several invoices are paid, and which are not."""
    paid, left = (_bills(bills, language) for bills in (said.paid, said.left))
    return language.say("answers", "in_part", paid=paid, left=left)


def _bills(bills: Sequence[Bill], language: Language) -> str:
    named = (language.say("answers", "bill", name=each.name, amount=language.amount(each.amount)) for each in bills)
    return language.listed(list(named))


@dataclass(frozen=True, slots=True)
class Told:
    """What the page says of what was just done: of a form that was sent without our script."""

    text: str
    bad: bool


def told_of(word: str, case: Case) -> Told | None:
    """The sentence of this key; a refusal with the reason that is known by now. None for what is none."""
    if word == Sentence.DECLINED:
        failed = Attempt.objects.filter(case=case, outcome__in=FAILED_TRIES).order_by("-at", "-id").first()
        decline = ledger.decline_of(failed) if failed else None
        return Told(_to(case, Said(Sentence.DECLINED, decline)), bad=True) if decline else None
    if word not in set(Sentence) - SHOWN_BY_THE_PAGE or (word in WHILE_OUT and not is_out(case)):
        return None
    if word in NO_PLAN and case.plans.filter(state=Plan.State.STANDS).exists():
        return None
    return Told(_to(case, Said(Sentence(word))), bad=word.startswith("not_"))


def _why(decline: Decline, language: Language) -> tuple[str, str]:
    """Why the card was refused, and what helps against it."""
    words = method_words(language, means_of(decline.brand) if decline.brand else Means.OTHER)
    return words[f"reason.{for_payer(decline)}"], words[f"helps.{family(decline)}"]


def reply(request: HttpRequest, finished: Finished, link: Link, token: str) -> HttpResponse:
    """The answer to our script, or for a plain form back to the page, which says it."""
    if wants_json(request):
        return answer(finished, link, token)
    return redirect(reverse("customer:card", args=[token], query={"said": str(finished.said.sentence)}))


def answer(finished: Finished, link: Link, token: str) -> HttpResponse:
    """What the script is told: where it stands, in words, and where to go or when to ask again."""
    message = _to(link.case, finished.said)
    told: dict[str, str | int | bool] = {"state": str(finished.state), "message": message}
    if finished.client_secret:
        told |= {"client_secret": finished.client_secret, "payment_method": finished.payment_method_id}
    if finished.said.paid or finished.has_changed:
        told["outdated"] = True  # what the page shows is not what is open any more
    if finished.ask_again:
        told["ask_again_seconds"] = ASK_AGAIN_SECONDS
    if finished.state not in STAYS_HERE:
        told["next"] = reverse("customer:card", args=[token])
    return JsonResponse(told)

"""The calls that the script of Stripe's form makes: what is saved, an intent for the browser, and what became of it."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse

from tideover.core.ways.doors import Door
from tideover.customer.answers import answer
from tideover.customer.entering import agreed_in, asked_by_the_page, now_of, with_link
from tideover.customer.queries import Kind, doors_of, kind_of, may_charge
from tideover.flow.stripe import stripe_for
from tideover.recovery import cards
from tideover.recovery.cards import Begun
from tideover.recovery.models import Link
from tideover.recovery.paying.till import Finished, State
from tideover.recovery.telling.said import Said, Sentence

LONGEST_INTENT_ID: Final = 255


@asked_by_the_page
def saved(_request: HttpRequest, link: Link, _token: str) -> HttpResponse:
    """What lets the form show what the payer has saved; empty where it is to be shown without."""
    owing = kind_of(link.case) in {Kind.OPEN, Kind.CAME_BACK} and may_charge(link.case)
    return JsonResponse({"customer_session": cards.show_saved(link, stripe_for(link.case.connection)) if owing else ""})


@with_link
def setup(request: HttpRequest, link: Link, token: str) -> HttpResponse:
    """An intent for the browser: a new card's, or (`want=payment`) the payment's that waits for the bank."""
    wanted = request.POST.get("want") or ("payment" if Door.CONFIRM in doors_of(link.case, None) else "setup")
    begin = cards.begin_authentication if wanted == "payment" else cards.begin_setup
    begun = begin(link, stripe_for(link.case.connection), now_of(link), agreed_in(request.POST))
    return answer(begun, link, token) if isinstance(begun, Finished) else JsonResponse(_intent(begun, link))


def _intent(begun: Begun, link: Link) -> dict[str, str]:
    return {
        "intent": begun.intent,
        "client_secret": begun.client_secret,
        "payment_method": begun.payment_method_id,
        "publishable_key": link.case.connection.publishable_key,
    }


@with_link
def done(request: HttpRequest, link: Link, token: str) -> HttpResponse:
    """The browser is through with an intent (`intent=seti_…` or `pi_…`): ask Stripe, and charge a new card."""
    intent_id = request.POST.get("intent", "")[:LONGEST_INTENT_ID]
    if not intent_id.startswith(("seti_", "pi_")):
        return answer(Finished(State.DECLINED, Said(Sentence.NOT_RECOGNIZED)), link, token)
    stripe, agreed = stripe_for(link.case.connection), agreed_in(request.POST)
    return answer(cards.finish(link, intent_id, stripe, now_of(link), agreed), link, token)

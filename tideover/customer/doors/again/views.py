"""The payer asks for the same card to be tried now: by our script, or by a plain form that comes back to the page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from tideover.customer.answers import reply
from tideover.customer.entering import agreed_in, now_of, with_link
from tideover.customer.queries import may_charge
from tideover.flow.stripe import stripe_for
from tideover.recovery.models import Link
from tideover.recovery.paying import same_card
from tideover.recovery.paying.till import Finished, State
from tideover.recovery.telling.said import Said, Sentence


@with_link
def again(request: HttpRequest, link: Link, token: str) -> HttpResponse:
    """The try of the number that the form names (`try`), once."""
    if not may_charge(link.case):
        return reply(request, Finished(State.DECLINED, Said(Sentence.NOT_HERE)), link, token)
    number = request.POST.get("try", "")
    wanted = int(number) if number.isascii() and number.isdigit() and len(number) < 4 else 0
    stripe, agreed = stripe_for(link.case.connection), agreed_in(request.POST)
    finished = same_card.try_again(link, wanted, stripe, now_of(link), agreed)
    return reply(request, finished, link, token)

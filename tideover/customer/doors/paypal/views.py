"""The call of the form: the saved PayPal account is charged. Works without a script."""

from __future__ import annotations

import re
from typing import Final

from django.http import HttpRequest, HttpResponse

from tideover.customer.answers import reply
from tideover.customer.doors.paypal.shown import PAYPAL
from tideover.customer.entering import agreed_in, now_of, with_link
from tideover.customer.queries import may_charge
from tideover.flow.stripe import stripe_for
from tideover.recovery import cards
from tideover.recovery.models import Link
from tideover.recovery.paying.till import Finished, State
from tideover.recovery.telling.said import Said, Sentence

FORMS: Final = re.compile("form_[0-9a-f-]{36}")


@with_link
def paypal(request: HttpRequest, link: Link, token: str) -> HttpResponse:
    """The payment that this form (`asked`) asks for, once."""
    if not (may_charge(link.case) and link.case.project.pay_by_paypal):
        return reply(request, Finished(State.DECLINED, Said(Sentence.NOT_HERE)), link, token)
    asked = FORMS.fullmatch(request.POST.get("asked", ""))
    stripe, agreed = stripe_for(link.case.connection), agreed_in(request.POST)
    finished = cards.charge_saved(link, PAYPAL, asked[0] if asked else "", stripe, now_of(link), agreed)
    return reply(request, finished, link, token)

"""The payer agrees to a plan: one plain post, which names the plan and the amount that was looked at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from tideover.customer.entering import is_amount, now_of, with_link
from tideover.customer.queries import may_charge
from tideover.flow.stripe import stripe_for
from tideover.recovery.models import Link
from tideover.recovery.paying.in_parts import Came, Wish, agree
from tideover.recovery.paying.till import via_of_link
from tideover.recovery.telling.said import Sentence

# What is said where no plan was set; a plan that is set is what the page shows.
SAID: Final[Mapping[Came, Sentence]] = {
    Came.DECLINED: Sentence.NOT_THE_FIRST_PART,
    Came.CHANGED: Sentence.NOT_THIS_PLAN,
    Came.BUSY: Sentence.NOT_IN_PARTS_NOW,
}


@with_link
def agreed(request: HttpRequest, link: Link, token: str) -> HttpResponse:
    """Set the plan of so many parts, and charge the first."""
    count, owed = (request.POST.get(name, "") for name in ("parts", "owed"))
    came = Came.CHANGED
    if is_amount(count) and is_amount(owed) and may_charge(link.case):
        wish = Wish(int(count), int(owed), via_of_link(link))
        came = agree(link.case, wish, stripe_for(link.case.connection), now_of(link))
    query = {"said": str(SAID[came])} if came in SAID else {}
    return redirect(reverse("customer:card", args=[token], query=query))

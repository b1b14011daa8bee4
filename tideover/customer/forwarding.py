"""The payer forwards the page's link to somebody else: one mail in fixed words, to an address that they type.

A plain form: it works without scripts. The answer is the same whether or not anything is sent, so that nobody learns by
it who is known here.
"""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from tideover import clock
from tideover.customer.entering import now_of, with_link
from tideover.customer.queries import Kind, Page
from tideover.flow.throttle import Throttle
from tideover.recovery.models import Case, Link
from tideover.recovery.ways import forwarding
from tideover.tenants.requests import place_of

FORWARDED: Final = "forwarded"  # how the page is told to say what became of it
SENT, WRONG = "yes", "no"
visitors = Throttle("forward", limit=10, seconds=3600)


def may_forward(case: Case, page: Page) -> bool:
    """Whether the page offers it."""
    return page.kind == Kind.OPEN and forwarding.may_forward(case)


@with_link
def forward(request: HttpRequest, link: Link, token: str) -> HttpResponse:
    """Who asks too often is told the same, and nothing more is sent."""
    address = request.POST.get("address", "")
    is_one = forwarding.is_address(address)
    if is_one and visitors.allows(place_of(request), clock.wall()):
        forwarding.forward(link, address, now_of(link), from_now_on="on" in request.POST)
    page = reverse("customer:card", args=[token], query={FORWARDED: SENT if is_one else WRONG})
    return redirect(f"{page}#forward")

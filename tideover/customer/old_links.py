"""What a link gets that was ours and opens nothing any more: what happened to it, and a new one for who asks.

It names no amount and no person. Who asks is answered in the same words whether or not anything is sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from tideover import clock
from tideover.customer.brand import brand_of
from tideover.customer.entering import gone, note_visit, now_of
from tideover.customer.queries import Kind, kind_of
from tideover.customer.safety import guarded
from tideover.flow.throttle import Throttle
from tideover.messages.languages import Language
from tideover.messages.signals import ACTED, told_by
from tideover.recovery import links
from tideover.recovery.models import Case, Link
from tideover.recovery.paying.new_link import ask
from tideover.recovery.places import language_of
from tideover.tenants.requests import place_of

ASKED: Final = "asked"  # how the page is told to say that somebody has asked
GONE: Final = 410
visitors = Throttle("new-link", limit=10, seconds=3600)


class Old(StrEnum):
    """What the page of an old link has to say."""

    EXPIRED = "old"
    WITHDRAWN = "withdrawn"
    ASKED = "asked"
    PAID = "old_paid"
    CLOSED = "old_closed"


@dataclass(frozen=True, slots=True)
class About:
    """How it is drawn. The words stand in the language's closed.liquid, under its name and with `_what` behind it."""

    icon: str
    settled: bool = False


DRAWN: Final[Mapping[Old, About]] = {
    Old.EXPIRED: About("link"),
    Old.WITHDRAWN: About("link"),
    Old.ASKED: About("mail"),
    Old.PAID: About("check", settled=True),
    Old.CLOSED: About("circle-check", settled=True),
}
ENDED: Final[Mapping[Kind, Old]] = {Kind.PAID: Old.PAID, Kind.CLOSED: Old.CLOSED}


def old_link(request: HttpRequest, token: str) -> HttpResponse:
    """The page of an old link; a link that was never ours gets the one answer for all of these."""
    link = links.find_old(token, clock.now())
    if link is None:
        return gone(request)
    note_visit(link, told_by(request), now_of(link))
    told = told_of(link, asked=ASKED in request.GET)
    context = {**drawn(told, link.case, language_of(link.case)), "token": token}
    return guarded(request, render(request, "customer/old.html", context, status=GONE))


def told_of(link: Link, *, asked: bool) -> Old:
    """What has happened to it. asked: whether this visitor has just asked for a new one."""
    ended = ENDED.get(kind_of(link.case))
    if ended:
        return ended
    if link.revoked_at is not None:
        return Old.WITHDRAWN
    return Old.ASKED if asked else Old.EXPIRED


def drawn(told: Old, case: Case, language: Language) -> dict[str, object]:
    """What the template is told, but for the way back to it."""
    brand = brand_of(case.project)
    say = language.lines("closed", merchant=brand.merchant)
    about = DRAWN[told]
    return {
        "language": language,
        "brand": brand,
        "say": say,
        "head": say[told],
        "what": say[f"{told}_what"],
        "icon": about.icon,
        "settled": about.settled,
        "may_ask": told == Old.EXPIRED,
    }


@require_POST
@sensitive_variables("token")
def new_link(request: HttpRequest, token: str) -> HttpResponse:
    """They ask for a new one. Who asks too often is told the same, and nothing more is sent."""
    now = clock.now()
    link = links.find_old(token, now)
    if link is None:
        return gone(request)
    note_visit(link, ACTED, now_of(link))
    if visitors.allows(place_of(request), clock.wall()) and told_of(link, asked=False) == Old.EXPIRED:
        ask(link, now)
    return guarded(request, redirect(reverse("customer:card", args=[token], query={ASKED: "1"})))

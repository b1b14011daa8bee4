"""Who may come in by a link to the pay page, how often, and what a wrong, old or overused link gets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from tideover import clock
from tideover.core.signals.signs import WHO, Who
from tideover.customer.safety import guarded
from tideover.flow.throttle import Throttle
from tideover.messages.languages import Language, asked_for
from tideover.messages.signals import ACTED, Told, sign_without_message
from tideover.messages.tracking import only_a_note, record_click
from tideover.recovery import links
from tideover.recovery.models import Link
from tideover.recovery.paying.till import Agreed
from tideover.recovery.places import language_of
from tideover.recovery.test_clocks.rows import now_by

WINDOW_SECONDS: Final = 600
MOST_DIGITS: Final = 15
throttle = Throttle("card-page", limit=30, seconds=WINDOW_SECONDS)


View = Callable[[HttpRequest, Link, str], HttpResponse]
Entered = Callable[[HttpRequest, str], HttpResponseBase]


def with_link(view: View) -> Entered:
    """Only for who holds a link that still opens, and not more often than a person would; whoever acts is one."""

    @wraps(view)
    def acted(request: HttpRequest, link: Link, token: str) -> HttpResponse:
        note_visit(link, ACTED, now_of(link))
        return view(request, link, token)

    return asked_by_the_page(acted)


def asked_by_the_page(view: View) -> Entered:
    """The same of what the page's script asks for by itself, also in a scanner's browser."""

    @require_POST
    @sensitive_post_parameters()
    @wraps(view)
    def entered(request: HttpRequest, token: str) -> HttpResponse:
        link = links.find(token, clock.now())
        if link is None:
            return _shut(request, token)
        if not throttle.allows(str(link.pk), clock.wall()):
            return too_often(request, language_of(link.case), reverse("customer:card", args=[token]))
        return guarded(request, view(request, link, token))

    return entered


def note_visit(link: Link, told: Told, now: datetime) -> None:
    """Somebody asked for the page, or acted on it: a note of who it was. Only of people it is a visit."""
    with only_a_note():
        by = record_click(link.message_id, told, now) if link.message_id else None
        if (by or WHO[sign_without_message(told)]) == Who.PERSON:
            links.note_visit(link, now)


def now_of(link: Link) -> datetime:
    """What time it is for whoever came by this link: their case may live by a test clock."""
    return now_by(link.case.clock, clock.now())


def chosen_in(sent: QueryDict) -> list[str] | None:
    """Which other invoices are chosen (`in`), by a form that asks (`pick`); None by one that does not."""
    return sent.getlist("in") if "pick" in sent else None


def agreed_in(sent: QueryDict) -> Agreed | None:
    """What the pressed button was for (`agreed`), as the page wrote it down; None of a form that names no amount.

    What cannot be read is agreed to by nobody.
    """
    said = sent.getlist("agreed")
    if not said:
        return None
    named = (each.partition(":") for each in said[-1].split())
    return {invoice: int(minor) for invoice, _, minor in named if is_amount(minor)}


def is_amount(typed: str) -> bool:
    """Whether it is a whole number that a form of ours may have sent."""
    return typed.isascii() and typed.isdigit() and len(typed) <= MOST_DIGITS


def wants_json(request: HttpRequest) -> bool:
    """Whether our script asks, rather than a form."""
    return "application/json" in request.headers.get("Accept", "")


def gone(request: HttpRequest) -> HttpResponse:
    """One answer for every link that was never ours, so that nothing can be learnt by trying.

    It is in the browser's language: the customer's would tell that there is such a customer.
    """
    language = asked_for(request.headers.get("Accept-Language", ""))
    if wants_json(request):
        message = language.say("closed", "gone_answer")
        answer: HttpResponse = JsonResponse({"state": "closed", "message": message}, status=404)
    else:
        context = {"language": language, "say": language.lines("closed")}
        answer = render(request, "customer/gone.html", context, status=404)
    return guarded(request, answer)


def _shut(request: HttpRequest, token: str) -> HttpResponse:
    """A form that was open as its link came to an end leads back to the page, which says so."""
    if wants_json(request) or links.find_old(token, clock.now()) is None:
        return gone(request)
    return guarded(request, redirect("customer:card", token))


def too_often(request: HttpRequest, language: Language, back: str) -> HttpResponse:
    """To who acts more often than a person would: back leads to the page, after a while."""
    if wants_json(request):
        message = language.say("closed", "too_often_answer")
        answer: HttpResponse = JsonResponse({"state": "declined", "message": message}, status=429)
    else:
        context = {"language": language, "say": language.lines("closed"), "back": back}
        answer = render(request, "customer/too_often.html", context, status=429)
    answer["Retry-After"] = str(WINDOW_SECONDS)
    return guarded(request, answer)

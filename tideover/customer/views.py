"""The card page: one page to look at, and two calls its script makes. Money moves only on POST."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from tideover import clock
from tideover.customer.answers import in_words
from tideover.customer.queries import kind_of, language_of, may_have_changed, page_of, stripe_js
from tideover.customer.safety import guarded
from tideover.flow.stripe import stripe_for
from tideover.flow.throttle import Throttle
from tideover.messages.languages import asked_for
from tideover.messages.tracking import only_a_note, record_click
from tideover.recovery import cards, links
from tideover.recovery.cards import Begun, Finished, State
from tideover.recovery.models import Link
from tideover.recovery.telling.said import Said, Sentence

WINDOW_SECONDS: Final = 600
throttle = Throttle("card-page", limit=30, seconds=WINDOW_SECONDS)
STAYS_HERE: Final = {State.DECLINED, State.AUTHENTICATE}
LONGEST_INTENT_ID: Final = 255
ASK_AGAIN_SECONDS: Final = 3


@require_safe
@sensitive_variables("token")
def page(request: HttpRequest, token: str) -> HttpResponse:
    """What is owed, why it failed and what to do. Changes nothing the customer would see.

    Asks nothing of Stripe, unless the case has ended: then nobody else does, and it may be paid or voided by now.
    """
    now = clock.now()
    link = links.find(token, now)
    if link is None:
        return _gone(request)
    if request.method == "GET" and may_have_changed(link.case):
        cards.look_again(link, stripe_for(link.case.connection), now)
    if request.method == "GET":
        _note_visit(link, now)
    shown = page_of(link)
    context = {"page": shown, "say": shown.say, "language": shown.language, "token": token}
    return guarded(request, render(request, "customer/card.html", context), stripe_js(link.case))


@require_safe
@sensitive_variables("token")
def of_invoice(request: HttpRequest, invoice_id: str) -> HttpResponse:
    """To the card page of an invoice, for who brings its link's token: an invoice's id is no secret."""
    token = request.GET.get("token", "")
    link = links.find(token, clock.now())
    if link is None or link.case.invoice_id != invoice_id:
        return _gone(request)
    return redirect("customer:card", token)


def _note_visit(link: Link, now: datetime) -> None:
    with only_a_note():
        if links.note_visit(link, now) and link.message_id:
            record_click(link.message_id, now)


def _with_link(
    view: Callable[[HttpRequest, Link, str], HttpResponse],
) -> Callable[[HttpRequest, str], HttpResponseBase]:
    """Only for who holds a link that still opens, and not more often than a person would."""

    @require_POST
    @sensitive_post_parameters()
    @wraps(view)
    def with_link(request: HttpRequest, token: str) -> HttpResponse:
        link = links.find(token, clock.now())
        if link is None:
            return _gone(request)
        if not throttle.allows(str(link.pk), clock.wall()):
            return _too_often(request, link, token)
        return guarded(request, view(request, link, token))

    return with_link


@_with_link
def setup(request: HttpRequest, link: Link, token: str) -> HttpResponse:
    """An intent for the browser: a new card's, or (`want=payment`) the payment's that waits for the bank."""
    waits = kind_of(link.case) == "authenticate"
    wanted = request.POST.get("want") or ("payment" if waits else "setup")
    begin = cards.begin_authentication if wanted == "payment" else cards.begin_setup
    begun = begin(link, stripe_for(link.case.connection), clock.now())
    if isinstance(begun, Finished):
        return _answer(begun, link, token)
    return JsonResponse(_intent(begun, link))


def _intent(begun: Begun, link: Link) -> dict[str, str]:
    return {
        "intent": begun.intent,
        "client_secret": begun.client_secret,
        "payment_method": begun.payment_method_id,
        "publishable_key": link.case.connection.publishable_key,
    }


@_with_link
def done(request: HttpRequest, link: Link, token: str) -> HttpResponse:
    """The browser is through with an intent (`intent=seti_…` or `pi_…`): ask Stripe, and charge a new card."""
    intent_id = request.POST.get("intent", "")[:LONGEST_INTENT_ID]
    if not intent_id.startswith(("seti_", "pi_")):
        return _answer(Finished(State.DECLINED, Said(Sentence.NOT_RECOGNIZED)), link, token)
    return _answer(cards.finish(link, intent_id, stripe_for(link.case.connection), clock.now()), link, token)


def _answer(finished: Finished, link: Link, token: str) -> HttpResponse:
    message = in_words(finished.said, language_of(link.case))
    answer: dict[str, str | int] = {"state": str(finished.state), "message": message}
    if finished.client_secret:
        answer |= {"client_secret": finished.client_secret, "payment_method": finished.payment_method_id}
    if finished.ask_again:
        answer["ask_again_seconds"] = ASK_AGAIN_SECONDS
    if finished.state not in STAYS_HERE:
        answer["next"] = reverse("customer:card", args=[token])
    return JsonResponse(answer)


# ── what a wrong, old or overused link gets ──


def _wants_json(request: HttpRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")


def _gone(request: HttpRequest) -> HttpResponse:
    """One answer for every link that does not open, so that nothing can be learnt by trying.

    It is in the browser's language: the customer's would tell that there is such a customer.
    """
    language = asked_for(request.headers.get("Accept-Language", ""))
    if _wants_json(request):
        message = language.say("closed", "gone_answer")
        gone: HttpResponse = JsonResponse({"state": "closed", "message": message}, status=404)
    else:
        context = {"language": language, "say": language.lines("closed")}
        gone = render(request, "customer/gone.html", context, status=404)
    return guarded(request, gone)


def _too_often(request: HttpRequest, link: Link, token: str) -> HttpResponse:
    language = language_of(link.case)
    if _wants_json(request):
        message = language.say("closed", "too_often_answer")
        answer: HttpResponse = JsonResponse({"state": "declined", "message": message}, status=429)
    else:
        context = {"language": language, "say": language.lines("closed"), "token": token}
        answer = render(request, "customer/too_often.html", context, status=429)
    answer["Retry-After"] = str(WINDOW_SECONDS)
    return guarded(request, answer)

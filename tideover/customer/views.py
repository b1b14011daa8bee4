"""The card page: one page to look at, and two calls its script makes. Money moves only on POST."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from tideover import clock
from tideover.customer.queries import page_of, stripe_js
from tideover.customer.safety import guarded
from tideover.flow.stripe import stripe_for
from tideover.flow.throttle import Throttle
from tideover.messages.tracking import record_click
from tideover.recovery import card_words as words
from tideover.recovery import cards, links
from tideover.recovery.cards import Begun, Finished, State
from tideover.recovery.models import Link

WINDOW_SECONDS: Final = 600
throttle = Throttle("card-page", limit=30, seconds=WINDOW_SECONDS)
STAYS_HERE: Final = {State.DECLINED, State.AUTHENTICATE}
LONGEST_INTENT_ID: Final = 255
ASK_AGAIN_SECONDS: Final = 3


@require_safe
@sensitive_variables("token")
def page(request: HttpRequest, token: str) -> HttpResponse:
    """What is owed, why it failed and what to do. Asks nothing of Stripe and changes nothing the customer would see."""
    now = clock.now()
    link = links.find(token, now)
    if link is None:
        return _gone(request)
    if request.method == "GET" and links.note_visit(link, now) and link.message_id:
        record_click(link.message_id, now)
    context = {"page": page_of(link), "token": token}
    return guarded(request, render(request, "customer/card.html", context), stripe_js(link.case))


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
        if not throttle.allows(str(link.pk)):
            return _too_often(request, token)
        return guarded(request, view(request, link, token))

    return with_link


@_with_link
def setup(request: HttpRequest, link: Link, token: str) -> HttpResponse:
    """An intent for the browser: a new card's, or (`want=payment`) the payment's that waits for the bank."""
    waits = page_of(link).kind == "authenticate"
    wanted = request.POST.get("want") or ("payment" if waits else "setup")
    begin = cards.begin_authentication if wanted == "payment" else cards.begin_setup
    begun = begin(link, stripe_for(link.case.connection), clock.now())
    if isinstance(begun, Finished):
        return _answer(begun, token)
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
        return _answer(Finished(State.DECLINED, words.NOT_RECOGNIZED), token)
    return _answer(cards.finish(link, intent_id, stripe_for(link.case.connection), clock.now()), token)


def _answer(finished: Finished, token: str) -> HttpResponse:
    answer: dict[str, str | int] = {"state": str(finished.state), "message": finished.message}
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
    """One answer for every link that does not open, so that nothing can be learnt by trying."""
    if _wants_json(request):
        gone: HttpResponse = JsonResponse({"state": "closed", "message": words.LINK_GONE}, status=404)
    else:
        gone = render(request, "customer/gone.html", status=404)
    return guarded(request, gone)


def _too_often(request: HttpRequest, token: str) -> HttpResponse:
    if _wants_json(request):
        answer: HttpResponse = JsonResponse({"state": "declined", "message": words.TOO_OFTEN}, status=429)
    else:
        answer = render(request, "customer/too_often.html", {"token": token}, status=429)
    answer["Retry-After"] = str(WINDOW_SECONDS)
    return guarded(request, answer)

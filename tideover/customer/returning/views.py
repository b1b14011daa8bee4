"""The page of somebody who has left, and its button: Stripe's Checkout, opened at a click alone. Works without a
script.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from tideover import clock
from tideover.core.ahead.kinds import WINBACKS
from tideover.customer.brand import merchant_of
from tideover.customer.entering import gone, throttle, too_often
from tideover.customer.noting import note
from tideover.customer.returning.shown import (
    NOT_OPENED,
    SOON,
    language_of,
    opens_checkout,
    page_of,
    subscribes,
)
from tideover.customer.safety import guarded
from tideover.flow.stripe import stripe_for
from tideover.messages.signals import ACTED, told_by
from tideover.mirror.models import Customer, Subscription
from tideover.predunning import links
from tideover.predunning.looking import plan_of
from tideover.predunning.models import Alert
from tideover.predunning.sending import page_of as page_of_letter
from tideover.recovery.last_look import Moot

View = Callable[[HttpRequest, Alert, tuple[Customer, Subscription], str], HttpResponse]


def with_plan(view: View) -> Callable[[HttpRequest, str], HttpResponseBase]:
    """Only for who holds a link that opens."""

    @wraps(view)
    @sensitive_variables("token")
    def entered(request: HttpRequest, token: str) -> HttpResponse:
        alert = links.find(token, WINBACKS, clock.now())
        known = plan_of(alert) if alert else None
        if alert is None or known is None:
            return gone(request)
        return guarded(request, view(request, alert, known, token))

    return entered


@require_safe
@with_plan
def page(request: HttpRequest, alert: Alert, known: tuple[Customer, Subscription], token: str) -> HttpResponse:
    """What ended, what is offered, and where they come back. Changes nothing and asks nobody."""
    note(alert, told_by(request))
    shown = page_of(alert, *known, request.GET.get("said", ""), clock.now())
    context = {"page": shown, "say": shown.say, "language": shown.language, "brand": shown.brand, "token": token}
    return render(request, "customer/returning.html", context)


@require_POST
@with_plan
def checkout(request: HttpRequest, alert: Alert, known: tuple[Customer, Subscription], token: str) -> HttpResponse:
    """On to Stripe's Checkout, by a page that leads there: a form may lead to no other site."""
    back = reverse("customer:returning", args=[token])
    language = language_of(alert, known[0])
    if not throttle.allows(str(alert.pk), clock.wall()):
        return too_often(request, language, back)
    note(alert, ACTED)
    if subscribes(*known):
        return redirect(back)
    try:
        stripe = stripe_for(alert.connection)
        address = links.lead_back(alert, _came, stripe, clock.now()) if opens_checkout(alert) else ""
    except Moot:
        return redirect(f"{back}?said={SOON}")
    if urlsplit(address).scheme not in {"https", "http"}:
        return redirect(f"{back}?said={NOT_OPENED}")
    words = language.lines("page", merchant=merchant_of(alert.connection.project))
    return render(request, "customer/leading_on.html", {"language": language, "say": words, "address": address})


def _came(alert: Alert) -> str:
    """Where a letter's Checkout leads back to."""
    return f"{page_of_letter(alert)}?said={SOON}"

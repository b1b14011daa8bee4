"""The page of a card that ends, and its button: Stripe's portal, opened at a click alone. Works without a script."""

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
from tideover.config import public_address
from tideover.core.ahead.kinds import Ahead
from tideover.customer.brand import merchant_of
from tideover.customer.entering import gone, throttle, too_often
from tideover.customer.noting import note
from tideover.customer.renewing.shown import FROM_PORTAL, NOT_OPENED, language_of, opens_portal, page_of
from tideover.customer.safety import guarded
from tideover.flow.stripe import stripe_for
from tideover.messages.signals import ACTED, told_by
from tideover.predunning import links
from tideover.predunning.looking import Known, known_of
from tideover.predunning.models import Alert

View = Callable[[HttpRequest, Alert, Known, str], HttpResponse]


def with_alert(view: View) -> Callable[[HttpRequest, str], HttpResponseBase]:
    """Only for who holds a link that opens."""

    @wraps(view)
    @sensitive_variables("token")
    def entered(request: HttpRequest, token: str) -> HttpResponse:
        alert = links.find(token, [Ahead.CARD], clock.now())
        known = known_of(alert) if alert else None
        if alert is None or known is None:
            return gone(request)
        return guarded(request, view(request, alert, known, token))

    return entered


@require_safe
@with_alert
def page(request: HttpRequest, alert: Alert, known: Known, token: str) -> HttpResponse:
    """Which card it is, what it is needed for, and where it is updated. Changes nothing and asks nobody."""
    note(alert, told_by(request))
    shown = page_of(alert, known, request.GET.get("said", ""), clock.now())
    context = {"page": shown, "say": shown.say, "language": shown.language, "brand": shown.brand, "token": token}
    return render(request, "customer/renewing.html", context)


@require_POST
@with_alert
def portal(request: HttpRequest, alert: Alert, known: Known, token: str) -> HttpResponse:
    """On to Stripe's portal, by a page that leads there: a form may lead to no other site."""
    back = reverse("customer:renewing", args=[token])
    language = language_of(alert, known)
    if not throttle.allows(str(alert.pk), clock.wall()):
        return too_often(request, language, back)
    note(alert, ACTED)
    leads = links.standing_of(alert, known) == links.Standing.ENDS and opens_portal(alert)
    came = f"{public_address()}{back}?said={FROM_PORTAL}"
    address = links.lead(alert, came, stripe_for(alert.connection), clock.now()) if leads else ""
    if urlsplit(address).scheme not in {"https", "http"}:
        return redirect(f"{back}?said={NOT_OPENED}")
    words = language.lines("page", merchant=merchant_of(alert.connection.project))
    context = {"language": language, "say": words, "address": address}
    return render(request, "customer/leading_on.html", context)

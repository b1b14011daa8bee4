"""The page of a card that ends, and its button: Stripe's portal, opened at a click alone. Works without a script."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from tideover import clock
from tideover.config import public_address
from tideover.core.ahead.kinds import Ahead
from tideover.customer.ahead import language_of, lead_on, opens_portal, with_alert
from tideover.customer.noting import note
from tideover.customer.renewing.shown import FROM_PORTAL, page_of
from tideover.flow.stripe import stripe_for
from tideover.messages.signals import told_by
from tideover.predunning import links
from tideover.predunning.looking import Known, known_of
from tideover.predunning.models import Alert


@require_safe
@with_alert([Ahead.CARD], known_of)
def page(request: HttpRequest, alert: Alert, known: Known, token: str) -> HttpResponse:
    """Which card it is, what it is needed for, and where it is updated. Changes nothing and asks nobody."""
    note(alert, told_by(request))
    shown = page_of(alert, known, request.GET.get("said", ""), clock.now())
    context = {"page": shown, "say": shown.say, "language": shown.language, "brand": shown.brand, "token": token}
    return render(request, "customer/renewing.html", context)


@require_POST
@with_alert([Ahead.CARD], known_of)
def portal(request: HttpRequest, alert: Alert, known: Known, token: str) -> HttpResponse:
    """On to Stripe's portal, where another card is brought."""
    back = reverse("customer:renewing", args=[token])

    def opened() -> str:
        if links.standing_of(alert, known) != links.Standing.ENDS or not opens_portal(alert):
            return ""
        came = f"{public_address()}{back}?said={FROM_PORTAL}"
        return links.lead(alert, came, stripe_for(alert.connection), clock.now())

    return lead_on(request, alert, language_of(alert, known.customer), back, opened)

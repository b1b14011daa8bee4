"""The page of a subscription that renews, and its button: Stripe's portal, opened at a click alone. Works without a
script.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from tideover.config import public_address
from tideover.core.ahead.kinds import NOTICES
from tideover.customer.ahead import language_of, lead_on, with_alert
from tideover.customer.canceling.shown import Standing, may_lead, page_of, standing_of
from tideover.customer.noting import note
from tideover.flow.stripe import stripe_for
from tideover.messages.signals import told_by
from tideover.mirror.models import Customer, Subscription
from tideover.predunning import links
from tideover.predunning.looking import plan_of
from tideover.predunning.models import Alert


@require_safe
@with_alert(NOTICES, plan_of)
def page(request: HttpRequest, alert: Alert, known: tuple[Customer, Subscription], token: str) -> HttpResponse:
    """When it renews, and where it is canceled. Changes nothing and asks nobody."""
    note(alert, told_by(request))
    shown = page_of(alert, *known, request.GET.get("said", ""))
    context = {"page": shown, "say": shown.say, "language": shown.language, "brand": shown.brand, "token": token}
    return render(request, "customer/canceling.html", context)


@require_POST
@with_alert(NOTICES, plan_of)
def portal(request: HttpRequest, alert: Alert, known: tuple[Customer, Subscription], token: str) -> HttpResponse:
    """On to Stripe's portal, where the subscription is canceled."""
    customer, plan = known
    back = reverse("customer:canceling", args=[token])

    def opened() -> str:
        if standing_of(plan) not in {Standing.RENEWS, Standing.TRIAL} or not may_lead(alert):
            return ""
        return links.lead_to_cancel(alert, f"{public_address()}{back}", stripe_for(alert.connection))

    return lead_on(request, alert, language_of(alert, customer), back, opened)

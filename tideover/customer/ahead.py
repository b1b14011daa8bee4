"""What the pages ahead of a payment have in common: who may come in, in which language, and on to Stripe's portal."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import wraps
from typing import Final, TypeVar
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_variables

from tideover import clock
from tideover.core.ahead.kinds import Ahead
from tideover.core.tongues import wishes
from tideover.customer.brand import merchant_of
from tideover.customer.entering import gone, throttle, too_often
from tideover.customer.noting import note
from tideover.customer.safety import guarded
from tideover.flow.stops import why_stopped
from tideover.messages.languages import Language
from tideover.messages.signals import ACTED
from tideover.mirror.models import Customer
from tideover.predunning import links
from tideover.predunning.models import Alert
from tideover.recovery.places import language_for

NOT_OPENED: Final = "not_opened"
Known = TypeVar("Known")
View = Callable[[HttpRequest, Alert, Known, str], HttpResponse]
Entered = Callable[[HttpRequest, str], HttpResponseBase]


def with_alert(kinds: Collection[Ahead], known_of: Callable[[Alert], Known | None]) -> Callable[[View[Known]], Entered]:
    """Only for who holds a link of these kinds that opens, with what is known of what it is about."""

    def entrance(view: View[Known]) -> Entered:
        @wraps(view)
        @sensitive_variables("token")
        def entered(request: HttpRequest, token: str) -> HttpResponse:
            alert = links.find(token, kinds, clock.now())
            known = known_of(alert) if alert else None
            if alert is None or known is None:
                return gone(request)
            return guarded(request, view(request, alert, known, token))

        return entered

    return entrance


def language_of(alert: Alert, customer: Customer) -> Language:
    """In which they are written to."""
    return language_for(wishes(customer.locale, customer.country), alert.connection.project)


def opens_portal(alert: Alert) -> bool:
    """Whether we may open one: it is a write at Stripe."""
    return alert.connection.may_write and not why_stopped(alert.connection)


def lead_on(
    request: HttpRequest, alert: Alert, language: Language, back: str, opened: Callable[[], str]
) -> HttpResponse:
    """On to Stripe's portal, by a page that leads there: a form may lead to no other site.

    back: the page the button is on. opened: opens the portal; empty where it is not.
    """
    if not throttle.allows(str(alert.pk), clock.wall()):
        return too_often(request, language, back)
    note(alert, ACTED)
    address = opened()
    if urlsplit(address).scheme not in {"https", "http"}:
        return redirect(f"{back}?said={NOT_OPENED}")
    words = language.lines("page", merchant=merchant_of(alert.connection.project))
    return render(request, "customer/leading_on.html", {"language": language, "say": words, "address": address})

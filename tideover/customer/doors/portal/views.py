"""The call of the button to Stripe's portal: opens it for this payer, and leads there. Works without a script."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from tideover.config import public_address
from tideover.core.ways.doors import Door
from tideover.customer.brand import merchant_of
from tideover.customer.entering import with_link
from tideover.customer.queries import Kind, doors_of, kind_of
from tideover.flow.stripe import stripe_for
from tideover.recovery.models import Link
from tideover.recovery.paying.portal import open_portal
from tideover.recovery.places import language_of
from tideover.recovery.telling.said import Sentence

# How the page is asked for the form in the place of a portal that did not open.
FORM: Final = "form"


@with_link
def portal(request: HttpRequest, link: Link, token: str) -> HttpResponse:
    """On to Stripe's portal, by a page that leads there: a form may lead to no other site."""
    page = reverse("customer:card", args=[token])
    back = f"{public_address()}{page}?said={Sentence.FROM_PORTAL}"
    allowed = kind_of(link.case) == Kind.OPEN and Door.PORTAL in doors_of(link.case, None)
    address = open_portal(link, back, stripe_for(link.case.connection)) if allowed else ""
    if urlsplit(address).scheme not in {"https", "http"}:
        return redirect(f"{page}?{FORM}=1")
    language = language_of(link.case)
    words = language.lines("page", merchant=merchant_of(link.case.project))
    context = {"language": language, "say": words, "address": address}
    return render(request, "customer/leading_on.html", context)

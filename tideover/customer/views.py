"""The pay page itself: to be looked at. What acts on it is behind the doors, and money moves only on POST."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_safe

from tideover import clock
from tideover.customer.allowing import allowing_of
from tideover.customer.answers import told_of
from tideover.customer.doors.card.shown import stripe_js
from tideover.customer.doors.portal.views import FORM
from tideover.customer.entering import chosen_in, gone, note_visit, now_of
from tideover.customer.forwarding import may_forward
from tideover.customer.old_links import old_link
from tideover.customer.queries import may_have_changed, page_of
from tideover.customer.safety import guarded
from tideover.flow.stripe import stripe_for
from tideover.messages.signals import told_by
from tideover.recovery import cards, links


@require_safe
@sensitive_variables("token")
def page(request: HttpRequest, token: str) -> HttpResponse:
    """What is owed, why it failed and what to do. Changes nothing the customer would see.

    Asks nothing of Stripe, unless the case has ended: then nobody else does, and it may be paid or voided by now.
    """
    link = links.find(token, clock.now())
    if link is None:
        return old_link(request, token)
    now = now_of(link)
    if request.method == "GET" and may_have_changed(link.case):
        cards.look_again(link, stripe_for(link.case.connection), now)
    note_visit(link, told_by(request), now)
    shown = page_of(link, now, chosen_in(request.GET), form=FORM in request.GET)
    told = told_of(request.GET.get("said", ""), link.case)
    context = {"page": shown, "say": shown.say, "language": shown.language, "token": token, "told": told}
    context["brand"] = shown.brand
    context["may_forward"] = may_forward(link.case, shown)
    context["allowing"] = allowing_of(link.case, shown.say, shown.language)
    return guarded(request, render(request, "customer/pay.html", context), stripe_js(link.case))


@require_safe
@sensitive_variables("token")
def of_invoice(request: HttpRequest, invoice_id: str) -> HttpResponse:
    """To the pay page of an invoice, for who brings its link's token: an invoice's id is no secret."""
    token = request.GET.get("token", "")
    now = clock.now()
    link = links.find(token, now) or links.find_old(token, now)
    if link is None or link.case.invoice_id != invoice_id:
        return gone(request)
    return redirect("customer:card", token)

"""Ask a customer back again who wanted no win-back letters: on their own request, with the record of it."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from tideover.dashboard.customers.showing import found_of, name_of
from tideover.dashboard.forms.answers import page_with, saved, sent
from tideover.dashboard.letting_in import LetBackInForm, let_in
from tideover.messages.suppression import WINBACK, suppressed
from tideover.tenants.access import MemberRequest, may, member_required
from tideover.tenants.roles import Permission

PAGE = "dashboard/customers/let_back_in.html"


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
@may(Permission.READ, send=Permission.ACT)
def page(request: MemberRequest, public_id: str) -> HttpResponse:
    """The question with what keeps them out of these letters alone, or done."""
    customer = found_of(request, public_id)
    kept_out = suppressed(request.organization, WINBACK, customer.email)
    form, name = LetBackInForm(*sent(request)), name_of(customer)
    if kept_out is None or not form.is_valid():
        return page_with(request, PAGE, form, {"who": customer, "name": name, "kept_out": kept_out})
    said = let_in(request, WINBACK, customer.email, form, f"{name} gets win-back letters again.")
    return saved(request, reverse("dashboard:customer", args=[customer.public_id]), said)

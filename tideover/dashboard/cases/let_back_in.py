"""Write to a customer again who had opted out: on their own request, with the record of it."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from tideover.core.catalogue import Channel
from tideover.dashboard.cases.access import of_mine
from tideover.dashboard.cases.forms import url
from tideover.dashboard.forms.answers import page_with, saved, sent
from tideover.dashboard.letting_in import LetBackInForm, let_in
from tideover.dashboard.words import name_of
from tideover.messages.suppression import suppressed
from tideover.recovery.models import Case
from tideover.tenants.access import MemberRequest, may, member_required
from tideover.tenants.roles import Permission

PAGE = "dashboard/cases/let_back_in.html"


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
@may(Permission.READ, send=Permission.ACT)
@of_mine
def page(request: MemberRequest, case: Case) -> HttpResponse:
    """The question with what keeps them out, or done."""
    kept_out = suppressed(request.organization, Channel.EMAIL, case.customer_email)
    form, name = LetBackInForm(*sent(request)), name_of(case)
    if kept_out is None or not form.is_valid():
        return page_with(request, PAGE, form, {"case": case, "name": name, "kept_out": kept_out})
    said = let_in(request, Channel.EMAIL, case.customer_email, form, f"{name} is written to again.")
    return saved(request, url("case", case), said)

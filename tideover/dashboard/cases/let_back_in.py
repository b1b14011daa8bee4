"""Write to a customer again who had opted out: on their own request, with the record of it."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from tideover import clock
from tideover.core.catalogue import Channel
from tideover.dashboard.cases.access import of_mine
from tideover.dashboard.cases.forms import url
from tideover.dashboard.forms.answers import page_with, saved, sent
from tideover.dashboard.forms.fields import Cards, LongText, Option
from tideover.dashboard.forms.form import About, Form
from tideover.dashboard.frame.flash import Flash
from tideover.dashboard.words import name_of
from tideover.messages.models import LetBackIn
from tideover.messages.suppression import NotSuppressed, Request, let_back_in, suppressed
from tideover.recovery.models import Case
from tideover.tenants.access import MemberRequest, may, member_required
from tideover.tenants.roles import Permission

PAGE = "dashboard/cases/let_back_in.html"


class LetBackInForm(Form):
    """How the wish was told, and why."""

    about = About(button="Write to them again", once=True)
    consent = Cards(
        label="How they asked for it",
        options=[Option(each.value, str(each.label)) for each in LetBackIn.Consent],
        error_messages={"required": "Say how they asked for it."},
    )
    why = LongText(
        label="What they said, and when",
        longest=300,
        rows=2,
        help_text="Kept with your name and this moment, as the record of their consent.",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
@may(Permission.READ, send=Permission.ACT)
@of_mine
def page(request: MemberRequest, case: Case) -> HttpResponse:
    """The question with what keeps them out, or done."""
    kept_out = suppressed(request.organization, Channel.EMAIL, case.customer_email)
    form = LetBackInForm(*sent(request))
    if kept_out is None or not form.is_valid():
        return page_with(request, PAGE, form, {"case": case, "name": name_of(case), "kept_out": kept_out})
    wish = Request(LetBackIn.Consent(form.cleaned_data["consent"]), form.cleaned_data["why"], request.member.user.email)
    try:
        let_back_in(request.organization, Channel.EMAIL, case.customer_email, wish, clock.now())
    except NotSuppressed as let_in_meanwhile:
        return saved(request, url("case", case), Flash(str(let_in_meanwhile), bad=True))
    return saved(request, url("case", case), Flash(f"{name_of(case)} is written to again."))

"""Who had opted out is written to again: what is asked for that, and the deed."""

from __future__ import annotations

from tideover import clock
from tideover.dashboard.forms.fields import Cards, LongText, Option
from tideover.dashboard.forms.form import About, Form
from tideover.dashboard.frame.flash import Flash
from tideover.messages.models import LetBackIn
from tideover.messages.suppression import NotSuppressed, Request, let_back_in
from tideover.tenants.access import MemberRequest


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


def let_in(request: MemberRequest, channel: str, address: str, form: LetBackInForm, done: str) -> Flash:
    """By a form that is valid, out of what they had opted out of. done: what is said then."""
    told = form.cleaned_data
    wish = Request(LetBackIn.Consent(told["consent"]), told["why"], request.member.user.email)
    try:
        let_back_in(request.organization, channel, address, wish, clock.now())
    except NotSuppressed as let_in_meanwhile:
        return Flash(str(let_in_meanwhile), bad=True)
    return Flash(done)

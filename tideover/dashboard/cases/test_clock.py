"""The test clock that a case lives by: what it shows, and the button that advances it to the next step."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from tideover import clock
from tideover.dashboard.cases.access import of_mine
from tideover.dashboard.cases.acts import done, who
from tideover.dashboard.frame.drawing import fragment
from tideover.dashboard.frame.flash import Flash
from tideover.flow.stripe import stripe_for
from tideover.recovery.commands import Refusal
from tideover.recovery.models import Case
from tideover.recovery.test_clocks import moving
from tideover.tenants.access import MemberRequest, may, member_required
from tideover.tenants.roles import Permission


@require_POST
@member_required
@may(Permission.ACT)
@of_mine
def advance(request: MemberRequest, case: Case) -> HttpResponse:
    """The clock goes on to the next step on it."""
    asked = moving.advance(case, stripe_for(case.connection), by=who(request), now=clock.now())
    if isinstance(asked, moving.NoAdvance):
        return done(request, case, Refusal(asked.why), Flash(""))
    return done(request, case, None, Flash(moving.told_of(asked)))


@require_safe
@never_cache
@member_required
@may(Permission.READ)
@of_mine
def looked_at(request: MemberRequest, case: Case) -> HttpResponse:
    """Where the clock is, by itself; once it has arrived and what came due is done the whole page is drawn anew."""
    on_clock = moving.lived_by(case)
    response = fragment(request, "dashboard/cases/test_clock.html", {"case": case, "on_clock": on_clock})
    if on_clock is None or not on_clock.waits:
        response["HX-Refresh"] = "true"
    return response

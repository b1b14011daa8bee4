"""What a person may do on Home: see with their own eyes that mail leaves."""

from __future__ import annotations

from typing import Final

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from tideover import clock
from tideover.dashboard.forms.answers import page_of, saved
from tideover.dashboard.frame.flash import Flash
from tideover.flow.throttle import Throttle
from tideover.messages.languages import asked_for
from tideover.messages.trial import try_out
from tideover.tenants import audit
from tideover.tenants.access import MemberRequest, may, member_required
from tideover.tenants.roles import Permission

# A mail server that is set up takes a few looks; more than that is no test any more.
PERSON: Final = Throttle("test mail", limit=5, seconds=3600)
TOO_OFTEN: Final = "That was the sixth test mail within an hour. Wait a while: too many look like spam."


@require_POST
@member_required
@may(Permission.ACT)
def send_test_mail(request: MemberRequest) -> HttpResponse:
    """A real mail to the person who asks, whatever else the form says, and the mail server's own words about it."""
    user, page = request.member.user, page_of(request) or "dashboard:home"
    if not PERSON.allows(str(user.pk), clock.wall()):
        return saved(request, page, Flash(TOO_OFTEN, bad=True))
    language = asked_for(request.headers.get("Accept-Language", ""))
    trial = try_out(request.project, user.name, user.email, language, clock.now())
    deed = audit.Deed(user.email, "test mail", user.email, after={"taken": trial.taken, "outcome": trial.says})
    audit.write(request.organization.pk, deed, clock.wall())
    return saved(request, page, Flash(trial.says, bad=not trial.taken))

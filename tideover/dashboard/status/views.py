"""The status page: what must never be and is not, what waits and since when, and how each Stripe account stands."""

from __future__ import annotations

from typing import Final

from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from tideover import clock
from tideover.core.catalogue import Channel, channel_label
from tideover.dashboard.forms.answers import saved
from tideover.dashboard.frame.drawing import show
from tideover.dashboard.frame.flash import Flash
from tideover.dashboard.status.gauges import accounts, gauges, own_mail, own_mail_asked, verdict
from tideover.flow.throttle import Throttle
from tideover.messages import pauses
from tideover.tenants.access import MemberRequest, may, member_required
from tideover.tenants.at_once import lines
from tideover.tenants.roles import Permission
from tideover.upkeep import watched

# A look holds each rule against everything there is; the worker does that every minute anyway.
LOOKS: Final = Throttle("look again", limit=6, seconds=60)
TOO_OFTEN: Final = "That was the seventh look within a minute. The worker looks every minute by itself."


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@member_required
@may(Permission.READ)
def page(request: MemberRequest) -> HttpResponse:
    """How this organization's recovery runs; sent to, the rules are looked at again first."""
    if request.method == "POST":
        return _look_again(request)
    now, organization = clock.now(), request.organization
    found = watched.seen(organization, now)
    told = lines([pauses.asked(organization), own_mail_asked(organization)])
    context = {
        "seen": found,
        "old": found.is_old(now),
        "rules": [(rule, verdict(rule, found, now)) for rule in found.rules],
        "broken": sum(not rule.fine for rule in found.rules),
        "gauges": [*gauges(organization, now), *own_mail(told)],
        "accounts": accounts(organization, now),
        "paused": pauses.told(told),
        "stopped_at": organization.stopped_at,
    }
    return show(request, "dashboard/status/page.html", context)


def _look_again(request: MemberRequest) -> HttpResponse:
    if not LOOKS.allows(str(request.organization.pk), clock.wall()):
        return saved(request, "dashboard:status", Flash(TOO_OFTEN, bad=True))
    watched.look_again(request.organization, clock.now())
    return saved(request, "dashboard:status", Flash("Each rule was looked at just now."))


@require_POST
@member_required
@may(Permission.SET)
def resume(request: MemberRequest) -> HttpResponse:
    """A pause by what came back is ended by a person."""
    channel = request.POST.get("channel", "")
    lifted = channel in set(Channel) and pauses.lift(
        request.organization, Channel(channel), request.member.user.email, clock.now()
    )
    if not lifted:
        return saved(request, "dashboard:status", Flash("Nothing was changed: there is no pause any more."))
    said = f"{channel_label(channel)} goes out again. Everything is counted anew from now on."
    return saved(request, "dashboard:status", Flash(said))

"""Connecting by Stripe's consent: to Stripe's page, and back with what was agreed to there."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tideover import clock
from tideover.config import config
from tideover.dashboard.connections.asking import (
    BY_KEY,
    NOT_ASKED,
    answered,
    ask,
    back_to,
    mode_asked_for,
    not_connected,
    why_not,
)
from tideover.dashboard.connections.views import hooked_up
from tideover.gateways import consent
from tideover.gateways.answers import AccountRead, Busy, LockedOut, NotPossible, Unreachable
from tideover.gateways.consent import Agreed, Platform
from tideover.gateways.kinds import Kind
from tideover.gateways.stripe import Stripe
from tideover.tenants.access import MemberRequest, may, member_required
from tideover.tenants.connecting import Access, ConnectedElsewhere, Names, connect
from tideover.tenants.models import Connection
from tideover.tenants.roles import Permission


@require_safe
@never_cache
@member_required
@may(Permission.CONNECT)
def begin(request: MemberRequest) -> HttpResponse:
    """On to Stripe's page. What comes back is taken from this person, for this project, once and for ten minutes."""
    to, mode = _platform(), mode_asked_for(request)
    state, back = ask(request, Kind.CONSENT, mode), back_to("dashboard:connect-agreed")
    return redirect(consent.page(to, act=mode == Connection.Mode.ACT, state=state, back=back))


def _platform() -> Platform:
    found = consent.platform()
    if found is None:
        raise Http404("The operator has set up no application at Stripe.")
    return found


@require_safe
@never_cache
@member_required
@may(Permission.CONNECT)
def agreed(request: MemberRequest) -> HttpResponse:
    """What Stripe's page came back with."""
    to, mode = _platform(), answered(request, Kind.CONSENT)
    if not mode:
        return not_connected(request, NOT_ASKED)
    code = request.GET.get("code", "")
    if not code:
        return not_connected(request, why_not(request))
    try:
        told = consent.agreed(to, code)
        account = Stripe(told.api_key, api_base=to.base).account()
        made = _connected(request, told, account, mode)
    except (NotPossible, LockedOut, Unreachable, Busy) as refused:
        return not_connected(request, f"Stripe says: {refused}. Begin again. {BY_KEY}")
    except ConnectedElsewhere as elsewhere:
        return not_connected(request, f"{elsewhere}.")
    return hooked_up(request, made, _words(made, mode), ())


def _connected(request: MemberRequest, told: Agreed, account: AccountRead, wanted: str) -> Connection:
    """By what was agreed to at Stripe: that may be less than was asked for, and never means more."""
    mode = wanted if told.may_write else Connection.Mode.OBSERVE
    access = Access(
        told.api_key, mode, config().stripe_api_base, told.publishable_key, kind=Kind.CONSENT, livemode=told.livemode
    )
    names = Names(into=request.project, by=request.member.user.email)
    return connect(account, access, names, clock.now())


def _words(made: Connection, wanted: str) -> str:
    done = f"{made.account_name} is connected in {made.mode} mode."
    return done if made.mode == wanted else f"{done} Reading is all that was agreed to: to act, agree once more."

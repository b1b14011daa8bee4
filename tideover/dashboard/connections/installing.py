"""Connecting by a Stripe App: to its page at Stripe, and back once it is installed."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tideover import clock
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
from tideover.dashboard.connections.trying import NotTaken, problems, try_connection
from tideover.dashboard.connections.views import hooked_up
from tideover.gateways import app
from tideover.gateways.answers import AccountRead, NotPossible, Unreachable
from tideover.gateways.app import Publisher, Tokens
from tideover.gateways.kinds import Kind
from tideover.gateways.probe import missing
from tideover.tenants.access import MemberRequest, may, member_required
from tideover.tenants.connecting import Access, ConnectedElsewhere, Names, change_mode, connect, connection_of
from tideover.tenants.models import Connection
from tideover.tenants.roles import Permission

BACK = "dashboard:connect-installed"


@require_safe
@never_cache
@member_required
@may(Permission.CONNECT)
def begin(request: MemberRequest) -> HttpResponse:
    """On to the app's page at Stripe; what comes back counts as with Stripe's consent."""
    of, mode = _publisher(), mode_asked_for(request)
    return redirect(app.page(of, state=ask(request, Kind.APP, mode), back=back_to(BACK)))


def _publisher() -> Publisher:
    found = app.publisher()
    if found is None:
        raise Http404("The operator has set up no Stripe App.")
    return found


@require_safe
@never_cache
@member_required
@may(Permission.CONNECT)
def installed(request: MemberRequest) -> HttpResponse:
    """What Stripe's page came back with. The tokens are stored before anything is asked with them."""
    of, mode = _publisher(), answered(request, Kind.APP)
    if not mode:
        return not_connected(request, NOT_ASKED)
    code = request.GET.get("code", "")
    if not code:
        return not_connected(request, why_not(request))
    try:
        made = _connected(request, app.installed(of, code), of, mode)
    except (NotPossible, Unreachable) as refused:
        return not_connected(request, f"Stripe says: {refused}. Begin again. {BY_KEY}")
    except ConnectedElsewhere as elsewhere:
        return not_connected(request, f"{elsewhere}. The app is installed at Stripe; uninstall it there.")
    return _looked_at(request, made)


def _connected(request: MemberRequest, told: Tokens, of: Publisher, mode: str) -> Connection:
    """An app may not read the account itself: what it is called is known from before, or like the project."""
    known = connection_of(told.account_id, livemode=told.livemode)
    mine = known if known is not None and known.organization_id == request.organization.pk else None
    named = mine.account_name if mine else request.project.name
    now = clock.now()
    access = Access(
        told.api_key,
        mode,
        of.base,
        told.publishable_key,
        kind=Kind.APP,
        livemode=told.livemode,
        refresh_token=told.refresh,
        until=now + app.LASTS,
    )
    money, zone = request.project.currency, request.project.time_zone
    account = AccountRead(told.account_id, named, told.livemode, country="", currency=money, time_zone=zone)
    return connect(account, access, Names(into=request.project, by=request.member.user.email), now)


def _looked_at(request: MemberRequest, made: Connection) -> HttpResponse:
    """What was agreed to may be an older version's: where acting is not possible by it, it only observes."""
    act = made.mode == Connection.Mode.ACT
    try:
        lacks = missing(try_connection(made, act=act))
    except NotTaken as refused:
        return hooked_up(request, made, f"{made.account_name} is connected in {made.mode} mode. {refused}", ())
    if act and problems(lacks, act=act, kind=Kind.APP):
        change_mode(made, Connection.Mode.OBSERVE, by=request.member.user.email, now=clock.now())
    return hooked_up(request, made, f"{made.account_name} is connected in {made.mode} mode.", lacks)

"""Connecting by Stripe's consent: to Stripe's page, and back with what was agreed to there."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tideover import clock
from tideover.config import config, public_address
from tideover.dashboard.connections.views import CONNECT_PAGE, hooked_up
from tideover.dashboard.forms.answers import saved
from tideover.dashboard.frame.flash import Flash
from tideover.gateways import consent
from tideover.gateways.answers import AccountRead, Busy, LockedOut, NotPossible, Unreachable
from tideover.gateways.consent import Agreed, Platform
from tideover.gateways.kinds import Kind
from tideover.gateways.stripe import Stripe
from tideover.gateways.words import printable
from tideover.redaction import redact
from tideover.tenants.access import MemberRequest, may, member_required
from tideover.tenants.connecting import Access, ConnectedElsewhere, Names, connect
from tideover.tenants.models import Connection
from tideover.tenants.roles import Permission

ASKED: Final = "consent"  # where a session keeps what was asked for
LASTS: Final = timedelta(minutes=10)
NOT_ASKED: Final = (
    "This answer of Stripe's belongs to no question of yours, was used already or came too late. Begin again."
)
BY_KEY: Final = "A restricted key works in any case."


@require_safe
@never_cache
@member_required
@may(Permission.CONNECT)
def begin(request: MemberRequest) -> HttpResponse:
    """On to Stripe's page. What comes back is taken from this person, for this project, once and for ten minutes."""
    to = _platform()
    mode = request.GET.get("mode", Connection.Mode.OBSERVE)
    if mode not in Connection.Mode.values:
        raise Http404("There is no such mode.")
    state = secrets.token_urlsafe(32)
    request.session[ASKED] = {
        **_whose(request),
        "state": state,
        "mode": mode,
        "until": (clock.wall() + LASTS).isoformat(),
    }
    return redirect(consent.page(to, act=mode == Connection.Mode.ACT, state=state, back=_back()))


def _platform() -> Platform:
    found = consent.platform()
    if found is None:
        raise Http404("The operator has set up no application at Stripe.")
    return found


def _back() -> str:
    return f"{public_address()}{reverse('dashboard:connect-agreed')}"


def _whose(request: MemberRequest) -> dict[str, str]:
    """Who asks, and for what: the answer is for nobody and nothing else."""
    return {
        "user": str(request.member.user_id),
        "organization": str(request.organization.pk),
        "project": str(request.project.pk),
    }


@require_safe
@never_cache
@member_required
@may(Permission.CONNECT)
def agreed(request: MemberRequest) -> HttpResponse:
    """What Stripe's page came back with."""
    to, asked = _platform(), request.session.pop(ASKED, None)
    if asked is None or not _is_the_answer(request, asked):
        return saved(request, CONNECT_PAGE, Flash(NOT_ASKED, bad=True))
    code = request.GET.get("code", "")
    if not code:
        return saved(request, CONNECT_PAGE, Flash(f"{_why_not(request)} {BY_KEY}", bad=True))
    try:
        told = consent.agreed(to, code)
        account = Stripe(told.api_key, api_base=to.base).account()
        made = _connected(request, told, account, asked["mode"])
    except (NotPossible, LockedOut, Unreachable, Busy) as refused:
        return saved(request, CONNECT_PAGE, Flash(f"Stripe says: {refused}. Begin again. {BY_KEY}", bad=True))
    except ConnectedElsewhere as elsewhere:
        return saved(request, CONNECT_PAGE, Flash(f"{elsewhere}.", bad=True))
    return hooked_up(request, made, _words(made, asked["mode"]), ())


def _is_the_answer(request: MemberRequest, asked: Mapping[str, str]) -> bool:
    same = secrets.compare_digest(asked["state"].encode(), request.GET.get("state", "").encode())
    fresh = clock.wall() < datetime.fromisoformat(asked["until"])
    return same and fresh and _whose(request).items() <= asked.items()


def _why_not(request: MemberRequest) -> str:
    """In Stripe's words, which anybody may have put into the address."""
    if request.GET.get("error") == "access_denied":
        return "Nothing was agreed to, and nothing is connected."
    said = redact(printable(request.GET.get("error_description", "it did not say why")))[:200]
    return f"Stripe did not connect the account: {said.rstrip('.')}."


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

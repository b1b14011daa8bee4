"""The page of the connections, the page that connects an account, and what their buttons do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tideover import clock
from tideover.dashboard.connections.cards import cards, connection_at
from tideover.dashboard.connections.forms import ConnectForm, KeyForm, KeyLink
from tideover.dashboard.connections.trying import NotTaken, Tried, in_words, problems, try_connection, try_key
from tideover.dashboard.forms.answers import page_with, saved, sent
from tideover.dashboard.frame.drawing import show
from tideover.dashboard.frame.flash import Flash
from tideover.flow.stripe import stripe_for
from tideover.gateways import app, consent
from tideover.gateways.answers import NotHere, NotNow, Unknown
from tideover.gateways.kinds import CAPABILITIES, Kind
from tideover.gateways.permissions import ENDPOINT, KeyPermission, key_form, needed
from tideover.gateways.probe import missing
from tideover.inbox.registration import NoRoom, hook_of, register
from tideover.inbox.translate import ENDPOINT_EVENTS
from tideover.recovery.ways.giving_back import why_not_observe
from tideover.tenants.access import MemberRequest, may, member_required
from tideover.tenants.alerting import switch_alerts
from tideover.tenants.connecting import (
    Access,
    ConnectedElsewhere,
    Names,
    change_mode,
    connect,
    is_live,
    keep_webhook_secret,
    let_make_endpoint,
    switch_test_mail,
)
from tideover.tenants.models import Connection, Project
from tideover.tenants.roles import Permission
from tideover.tenants.secrets import Unreadable

ALL: Final = "dashboard:connections"
CONNECT_PAGE: Final = "dashboard:connect"
CONNECT: Final = "dashboard/connections/connect.html"
# Which ways to connect there are: those that the operator has set up.
OFFERED: Final[Mapping[Kind, Callable[[], bool]]] = {
    Kind.CONSENT: lambda: consent.platform() is not None,
    Kind.KEY: lambda: True,
    Kind.APP: lambda: app.publisher() is not None,
}
NEVERS: Final = ("Pay out, refund or move a balance", "Make an invoice or change a price", "See a whole card number")
on_a_page = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@never_cache
@member_required
@may(Permission.READ)
def page(request: MemberRequest) -> HttpResponse:
    """Every connected account: what it may do, how it stands, and what can be changed."""
    context = {"cards": cards(request.organization), "events": ENDPOINT_EVENTS}
    return show(request, "dashboard/connections/page.html", context)


@never_cache
@on_a_page
@member_required
@may(Permission.CONNECT)
def connect_account(request: MemberRequest) -> HttpResponse:
    """Mode and key; the key is tried, and what it lacks is said before anything is stored."""
    form = ConnectForm(*sent(request))
    if not form.is_valid():
        return page_with(request, CONNECT, form, _about("Connect Stripe"))
    said = form.cleaned_data
    tried = _tried(form, act=said["mode"] == Connection.Mode.ACT, endpoint=said["own_endpoint"])
    if tried is None:
        return page_with(request, CONNECT, form, _about("Connect Stripe"))
    keys = (said["api_key"], said["mode"], tried.api_base, said["publishable_key"])
    access = Access(*keys, own_endpoint=said["own_endpoint"])
    made = _kept(request, form, tried, access, request.project)
    if made is None:
        return page_with(request, CONNECT, form, _about("Connect Stripe"))
    return hooked_up(request, made, f"{made.account_name} is connected in {made.mode} mode.", tried.lacks)


def _kept(request: MemberRequest, form: KeyForm, tried: Tried, access: Access, project: Project) -> Connection | None:
    """The connection with its keys; None where another has the account, as the form says then."""
    try:
        return connect(tried.account, access, Names(into=project, by=request.member.user.email), clock.now())
    except ConnectedElsewhere as elsewhere:
        form.add_error(None, f"{elsewhere}.")
        return None


def _about(title: str) -> Mapping[str, Any]:
    """What the page says beside its form."""
    return {
        "title": title,
        "permissions": needed(act=True),
        "nevers": NEVERS,
        "ways": [CAPABILITIES[kind] for kind in CAPABILITIES if OFFERED[kind]()],
        "consent": OFFERED[Kind.CONSENT](),
        "app": OFFERED[Kind.APP](),
    }


def _tried(form: KeyForm, *, act: bool, endpoint: bool = False) -> Tried | None:
    """What Stripe says of the form's key; None where it is not taken, as the form says then."""
    try:
        tried = try_key(form.cleaned_data["api_key"], act=act, endpoint=endpoint)
    except NotTaken as refused:
        form.add_error("api_key", str(refused))
        return None
    found = problems(tried.lacks, act=act)
    for problem in found:
        form.add_error(None, problem)
    return None if found else tried


def hooked_up(
    request: MemberRequest, connection: Connection, done: str, lacks: Sequence[KeyPermission]
) -> HttpResponse:
    """The endpoint is made where we may write; then on to the page, which says what is missing."""
    words = [done, *map(in_words, lacks)]
    try:
        register(connection, stripe_for(connection))
    except (NotHere, NotNow, Unknown) as refused:
        where = " Look through them: Signing secret, All endpoints." if isinstance(refused, NoRoom) else ""
        words.append(f"The webhook endpoint could not be made: {refused}.{where}")
        return saved(request, ALL, Flash(" ".join(words), bad=True))
    return saved(request, ALL, Flash(" ".join(words)))


@never_cache
@on_a_page
@member_required
@may(Permission.CONNECT)
def replace_key(request: MemberRequest, public_id: str) -> HttpResponse:
    """Another key of the same account: what waited for it goes on."""
    connection = connection_at(request, public_id)
    title, form = f"Replace the key of {connection.account_name or connection.account_id}", KeyForm(*sent(request))
    wanted = {"act": connection.mode == Connection.Mode.ACT, "endpoint": connection.own_endpoint}
    form.links = [KeyLink("", "Open Stripe's form", key_form(**wanted))]
    tried = _tried(form, **wanted) if form.is_valid() else None
    if tried is not None and not _is_of(tried, form.cleaned_data["api_key"], connection):
        form.add_error("api_key", f"This key is of another account. It must be of {_named(connection)}.")
        tried = None
    if tried is None:
        return page_with(request, CONNECT, form, _about(title))
    access = Access(form.cleaned_data["api_key"], None, tried.api_base)
    made = _kept(request, form, tried, access, connection.project)
    if made is None:
        return page_with(request, CONNECT, form, _about(title))
    return hooked_up(request, made, f"The key of {made.account_name} is replaced; what waited goes on.", tried.lacks)


def _is_of(tried: Tried, api_key: str, connection: Connection) -> bool:
    return tried.account.id == connection.account_id and is_live(api_key) == connection.livemode


def _named(connection: Connection) -> str:
    return f"{connection.account_id} in {'live' if connection.livemode else 'test'} mode"


@require_POST
@never_cache
@member_required
@may(Permission.CONNECT)
def check(request: MemberRequest, public_id: str) -> HttpResponse:
    """Try what the mode asks of the key, permission by permission; nothing is changed."""
    connection = connection_at(request, public_id)
    try:
        found = try_connection(connection, act=connection.may_write)
    except (NotTaken, Unreadable) as refused:
        return saved(request, ALL, Flash(str(refused), bad=True))
    context = {
        "connection": connection,
        "found": found,
        "form_url": key_form(act=connection.may_write, endpoint=connection.own_endpoint),
        "by_key": connection.kind == Kind.KEY,
    }
    return show(request, "dashboard/connections/check.html", context)


@require_POST
@member_required
@may(Permission.CONNECT)
def mode(request: MemberRequest, public_id: str) -> HttpResponse:
    """Observe or act; to act, the key must be able to."""
    connection, wanted = connection_at(request, public_id), request.POST.get("mode", "")
    if wanted not in Connection.Mode.values:
        return saved(request, ALL, Flash("Choose a mode.", bad=True))
    held = why_not_observe(connection) if wanted == Connection.Mode.OBSERVE else ""
    if held:
        return saved(request, ALL, Flash(f"{held}.", bad=True))
    try:
        lacks = missing(try_connection(connection, act=wanted == Connection.Mode.ACT))
    except (NotTaken, Unreadable) as refused:
        return saved(request, ALL, Flash(str(refused), bad=True))
    wrong = problems(lacks, act=wanted == Connection.Mode.ACT, kind=Kind(connection.kind))
    if wrong:
        return saved(request, ALL, Flash(" ".join(wrong), bad=True))
    change_mode(connection, wanted, by=request.member.user.email, now=clock.now())
    return hooked_up(request, connection, f"{connection.account_name} is in {wanted} mode now.", lacks)


@require_POST
@member_required
@may(Permission.CONNECT)
def test_mail(request: MemberRequest, public_id: str) -> HttpResponse:
    """Whether customers of a test account are written to."""
    connection, on = connection_at(request, public_id), request.POST.get("on") == "1"
    switch_test_mail(connection, on=on, now=clock.now(), by=request.member.user.email)
    return saved(request, ALL, Flash(f"Test mail of {connection.account_name} is {'on' if on else 'off'}."))


@require_POST
@member_required
@may(Permission.CONNECT)
def card_alerts(request: MemberRequest, public_id: str) -> HttpResponse:
    """Whether customers of the account are told of a card that ends before it is charged next."""
    connection, on = connection_at(request, public_id), request.POST.get("on") == "1"
    switch_alerts(connection, on=on, by=request.member.user.email, now=clock.now())
    return saved(request, ALL, Flash(f"Pre-dunning alerts of {connection.account_name} are {'on' if on else 'off'}."))


@require_POST
@member_required
@may(Permission.CONNECT)
def own_endpoint(request: MemberRequest, public_id: str) -> HttpResponse:
    """Whether the endpoint may be made in observe mode, too; the key must be able to."""
    connection, on = connection_at(request, public_id), request.POST.get("on") == "1"
    try:
        found = try_connection(connection, act=connection.may_write, endpoint=on)
    except (NotTaken, Unreadable) as refused:
        return saved(request, ALL, Flash(str(refused), bad=True))
    lacks = [permission for permission in missing(found) if on and permission.word == ENDPOINT]
    if lacks:
        return saved(request, ALL, Flash(" ".join(map(in_words, lacks)), bad=True))
    let_make_endpoint(connection, on=on, by=request.member.user.email, now=clock.now())
    done = "makes its webhook endpoint" if on else "leaves its webhook endpoint to you"
    return hooked_up(request, connection, f"Tideover {done} in observe mode.", ())


@require_POST
@member_required
@may(Permission.CONNECT)
def webhook(request: MemberRequest, public_id: str) -> HttpResponse:
    """The signing secret of an endpoint that the merchant made, or made a new secret for."""
    connection, secret = connection_at(request, public_id), request.POST.get("secret", "").strip()
    if not secret.startswith("whsec_"):
        wrong = "A signing secret begins with whsec_; Stripe shows it beside the endpoint."
        return saved(request, ALL, Flash(wrong, bad=True))
    keep_webhook_secret(connection, secret, clock.now(), url=hook_of(connection))
    return saved(request, ALL, Flash("The signing secret is kept; the one before holds for a day."))

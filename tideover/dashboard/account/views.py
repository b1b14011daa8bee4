"""A person's own account. What protects it is changed only by who has proved who they are within ten minutes."""

from __future__ import annotations

from typing import Final

import segno
from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tideover import clock
from tideover.dashboard.account.browsers import in_words
from tideover.dashboard.account.forms import AppForm, PasswordForm
from tideover.dashboard.forms.answers import page_with, saved
from tideover.dashboard.frame.drawing import show
from tideover.dashboard.frame.flash import Flash
from tideover.dashboard.proving import proved, proved_before
from tideover.tenants.access import MemberRequest, may, member_required
from tideover.tenants.people import tell_all
from tideover.tenants.roles import Permission
from tideover.tenants.second_factor import (
    address_for_apps,
    begin,
    end,
    has_app,
    has_second_factor,
    new_recovery_codes,
    new_secret,
    step_of,
)
from tideover.tenants.secrets import Unreadable, seal, unseal
from tideover.tenants.sessions import browsers_of, end_sessions, set_password

FORM: Final = "dashboard/account/form.html"
CODES: Final = "dashboard/account/codes.html"
OFFERED: Final = "offered-secret"  # where a session keeps the sealed secret until the app has shown its first code
looked_at = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@never_cache
@member_required
@may(Permission.READ)
def page(request: MemberRequest) -> HttpResponse:
    """All that protects the account, and where it is open."""
    person = request.member.user
    context = {
        "person": person,
        "has_password": person.has_usable_password(),
        "app": has_app(person),
        "second_factor": has_second_factor(person),
        "passkeys": person.passkeys.order_by("at"),
        "codes_left": person.recovery_codes.count(),
        "browsers": [(each, in_words(each.device)) for each in browsers_of(person, clock.wall())],
        "this_one": request.session.session_key,
    }
    return show(request, "dashboard/account/page.html", context)


@looked_at
@never_cache
@member_required
@may(Permission.READ)
@proved
def password(request: MemberRequest) -> HttpResponse:
    """Set the password, or another one."""
    form, now = PasswordForm(request.POST if request.method == "POST" else None), clock.wall()
    if not form.is_valid():
        intro = "Every other browser in which you are signed in is signed out."
        return page_with(request, FORM, form, {"title": "Password", "intro": intro})
    set_password(request, request.member.user, form.cleaned_data["password"], now)
    tell_all(request.member.user, "password set", now)
    return saved(request, "dashboard:account", Flash("The password is set. Other browsers are signed out."))


@looked_at
@never_cache
@member_required
@may(Permission.READ)
@proved
def second_factor(request: MemberRequest) -> HttpResponse:
    """Show the secret to an app, and turn the second factor on once the app has shown a code of it."""
    person, now = request.member.user, clock.wall()
    form = AppForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _scan(request, form)
    secret = _offered(request)
    step = step_of(secret, form.cleaned_data["code"], now) if secret else None
    if step is None:
        form.add_error("code", "That is not the code the app shows now.")
        return _scan(request, form)
    del request.session[OFFERED]
    codes = begin(person, secret, step, now)
    tell_all(person, "second factor on", now)
    return show(request, CODES, {"codes": codes, "turned_on": True})


def _scan(request: MemberRequest, form: AppForm) -> HttpResponse:
    """The secret as a picture and as text: the same one until it is taken."""
    secret = _offered(request) or new_secret()
    request.session[OFFERED] = seal(secret, _place_of_offer(request))
    context = {
        "title": "Authenticator app",
        "intro": "Scan the picture with an app such as Aegis, 1Password or Google Authenticator, "
        "or type the secret into it. Then type the code that the app shows.",
        "picture": segno.make(address_for_apps(request.member.user, secret)).svg_data_uri(scale=4, light="#fff"),
        "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
    }
    return page_with(request, FORM, form, context)


def _place_of_offer(request: MemberRequest) -> str:
    return f"session.{OFFERED}:{request.member.user_id}"


def _offered(request: MemberRequest) -> str:
    """The secret that was shown to this person; empty where none was, or none that still opens."""
    try:
        return unseal(request.session[OFFERED], _place_of_offer(request))
    except (KeyError, Unreadable):
        return ""


@require_POST
@member_required
@may(Permission.READ)
@proved_before("dashboard:account")
def second_factor_off(request: MemberRequest) -> HttpResponse:
    """Sign in without its codes."""
    end(request.member.user)
    tell_all(request.member.user, "second factor off", clock.wall())
    return saved(request, "dashboard:account", Flash("Signing in asks for no code of an app any more."))


@require_POST
@never_cache
@member_required
@may(Permission.READ)
@proved_before("dashboard:account")
def recovery_codes(request: MemberRequest) -> HttpResponse:
    """Ten new codes, shown once."""
    if not has_second_factor(request.member.user):
        return saved(request, "dashboard:account", Flash("There is no second factor to recover.", bad=True))
    codes = new_recovery_codes(request.member.user)
    tell_all(request.member.user, "new recovery codes", clock.wall())
    return show(request, CODES, {"codes": codes})


@require_POST
@member_required
@may(Permission.READ)
def sign_out_browsers(request: MemberRequest) -> HttpResponse:
    """One of the person's browsers, or all but this one."""
    mine, chosen = browsers_of(request.member.user, clock.wall()), request.POST.get("browser", "")
    here = request.session.session_key
    ended = [each for each in mine if each.session_key != here and chosen in {"others", str(each.pk)}]
    end_sessions(ended)
    said = "1 browser is signed out." if len(ended) == 1 else f"{len(ended)} browsers are signed out."
    return saved(request, "dashboard:account", Flash(said))

"""A person's passkeys: one is added with a name, and removed."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from tideover import clock
from tideover.dashboard.account.forms import PasskeyForm
from tideover.dashboard.account.views import CODES, looked_at
from tideover.dashboard.challenges import Purpose, offered, taken
from tideover.dashboard.forms.answers import NOT_YET, saved
from tideover.dashboard.frame.drawing import show
from tideover.dashboard.frame.flash import Flash
from tideover.dashboard.proving import proved, proved_before
from tideover.tenants import passkeys
from tideover.tenants.access import MemberRequest, may, member_required
from tideover.tenants.passkeys import NotProven
from tideover.tenants.people import tell_all
from tideover.tenants.roles import Permission
from tideover.tenants.second_factor import new_recovery_codes


@looked_at
@never_cache
@member_required
@may(Permission.READ)
@proved
def add(request: MemberRequest) -> HttpResponse:
    """Ask the browser for a new key, and keep its public half. With the first one come recovery codes."""
    person, now = request.member.user, clock.wall()
    form = PasskeyForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _ask(request, form)
    try:
        challenge = taken(request, Purpose.ADD, now)
        made = passkeys.add(person, form.cleaned_data["answer"], challenge, form.cleaned_data["name"], now)
    except NotProven as wrong:
        form.add_error(None, str(wrong))
        return _ask(request, form)
    tell_all(person, "passkey added", now)
    if not person.recovery_codes.exists():
        return show(request, CODES, {"codes": new_recovery_codes(person), "passkey": made.name})
    return saved(request, "dashboard:account", Flash(f"{made.name} signs you in from now on."))


def _ask(request: MemberRequest, form: PasskeyForm) -> HttpResponse:
    now, person = clock.wall(), request.member.user
    context = {"form": form, "options": offered(request, Purpose.ADD, passkeys.options_to_make(person), now)}
    return show(request, "dashboard/account/passkey.html", context, NOT_YET if form.errors else 200)


@require_POST
@member_required
@may(Permission.READ)
@proved_before("dashboard:account")
def remove(request: MemberRequest) -> HttpResponse:
    """One of them opens nothing any more."""
    if not passkeys.remove(request.member.user, request.POST.get("passkey", "")):
        return saved(request, "dashboard:account", Flash("That passkey was removed already.", bad=True))
    tell_all(request.member.user, "passkey removed", clock.wall())
    return saved(request, "dashboard:account", Flash("That passkey opens nothing any more."))

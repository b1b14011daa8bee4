"""Showing once more who one is, before what protects an account is changed or what cannot be undone is done."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, Final, ParamSpec

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from tideover import clock
from tideover.dashboard.forms.answers import page_of, page_with, saved
from tideover.dashboard.forms.fields import Secret
from tideover.dashboard.forms.form import About, Form
from tideover.dashboard.frame.flash import Flash
from tideover.flow.throttle import Throttle
from tideover.tenants.access import MemberRequest, may, member_required
from tideover.tenants.roles import Permission
from tideover.tenants.sessions import has_proved, prove

PAGE: Final = "dashboard/proving/prove.html"
PROOFS: Final = Throttle("prove", limit=5, seconds=900)
P = ParamSpec("P")
View = Callable[Concatenate[MemberRequest, P], HttpResponse]


class ProveForm(Form):
    """The password again."""

    about = About(button="Continue")
    password = Secret(label="Your password", attrs={"autocomplete": "current-password"})


def proved_before(page: str) -> Callable[[View[P]], View[P]]:
    """Ask for the password first where the person has not shown lately who they are.

    Then they go on from the page of this name; where it is empty, from the very page that asked.
    """

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: MemberRequest, /, *given: P.args, **named: P.kwargs) -> HttpResponse:
            if has_proved(request, clock.wall()):
                return view(request, *given, **named)
            return _ask(request, _form(), reverse(page) if page else request.path)

        return guarded

    return decorate


def proved(view: View[P]) -> View[P]:
    """The same of a page, which goes on by itself."""
    return proved_before("")(view)


def _form(request: MemberRequest | None = None) -> ProveForm:
    return ProveForm(request.POST if request else None, sent_to=reverse("dashboard:account-prove"))


def _ask(request: MemberRequest, form: ProveForm, going_on_to: str) -> HttpResponse:
    no_password = not request.member.user.has_usable_password()
    return page_with(request, PAGE, form, {"no_password": no_password, "next": going_on_to})


@require_POST
@never_cache
@member_required
@may(Permission.READ)
def prove_again(request: MemberRequest) -> HttpResponse:
    """The password, typed again."""
    person, now, form = request.member.user, clock.wall(), _form(request)
    to = page_of(request) or reverse("dashboard:account")
    if not form.is_valid():
        return _ask(request, form, to)
    if not PROOFS.allows(str(person.pk), now):
        form.add_error("password", "Too many tries. Wait 15 minutes.")
        return _ask(request, form, to)
    if not person.check_password(form.cleaned_data["password"]):
        form.add_error("password", "That is not your password.")
        return _ask(request, form, to)
    PROOFS.reset(str(person.pk))
    prove(request, now)
    return saved(request, to, Flash("Thank you. For 10 minutes you are not asked again."))

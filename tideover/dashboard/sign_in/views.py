"""Signing in and out."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.contrib.auth import authenticate, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from tideover import clock
from tideover.dashboard.sign_in.entering import let_in
from tideover.dashboard.sign_in.forms import SignInForm
from tideover.flow.throttle import Throttle
from tideover.tenants.access import use_sign_in_link
from tideover.tenants.founding import anybody_may, is_empty
from tideover.tenants.models import User
from tideover.tenants.requests import place_of
from tideover.tenants.ways_in import SignedIn

WRONG = "That email and password do not match, or the account has no password. `tideover login` prints a sign-in link."
TOO_OFTEN = "Too many tries. Wait 15 minutes, or use a sign-in link from `tideover login`."
WINDOW_SECONDS: Final = 900
# From one place one person's password is guessed five times; also many places, or many people's, do not help for long.
PAIR = Throttle("sign-in", limit=5, seconds=WINDOW_SECONDS)
PERSON = Throttle("sign-in person", limit=50, seconds=WINDOW_SECONDS)
PLACE = Throttle("sign-in place", limit=100, seconds=WINDOW_SECONDS)


def page_after(request: HttpRequest) -> str:
    """Where to go after signing in: only ever a page of ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    # A word without a slash is no page: Django would look for a view of that name.
    return wanted if ours and wanted.startswith("/") else resolve_url(settings.LOGIN_REDIRECT_URL)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Email and password. One answer for every kind of mistake."""
    form = SignInForm(request.POST if request.method == "POST" else None)
    if not form.is_bound:
        return ask(request, form)
    if not form.is_valid():
        return ask(request, form, WRONG)
    email, place = form.cleaned_data["email"], place_of(request)
    if not _may_try(email, place):
        return _too_often(request, form)
    user = authenticate(request, username=email, password=form.cleaned_data["password"])
    if not isinstance(user, User):
        return ask(request, form, WRONG)
    _was_right(email, place)
    return let_in(request, user, page_after(request))


def _may_try(email: str, place: str) -> bool:
    """Count the try before it is made: of many at once none slips by. What one limit refused is charged to no other."""
    now, tried = clock.wall(), ((PLACE, place), (PAIR, f"{email} {place}"), (PERSON, email))
    return all(throttle.allows(key, now) for throttle, key in tried)


def _was_right(email: str, place: str) -> None:
    """Only mistakes count. Who guesses others' passwords from a place does not wipe them out by signing in there."""
    PAIR.reset(f"{email} {place}")
    PERSON.reset(email)
    PLACE.give_back(place)


def _too_often(request: HttpRequest, form: SignInForm) -> HttpResponse:
    answer = ask(request, form, TOO_OFTEN, 429)
    answer["Retry-After"] = str(WINDOW_SECONDS)
    return answer


def _belongs_nowhere(request: HttpRequest) -> bool:
    """Whether somebody is signed in and a member of no organization: they are told so, instead of asked again."""
    return "_auth_user_id" in request.session and request.user.is_authenticated and not getattr(request, "member", None)


def ask(request: HttpRequest, form: SignInForm, refused: str = "", status: int = 400) -> HttpResponse:
    """The page; `refused` says why what was sent opened nothing."""
    if refused:
        form.refuse(refused)
    context = {
        "form": form,
        "next": page_after(request),
        "belongs_nowhere": _belongs_nowhere(request),
        "may_sign_up": anybody_may(),
    }
    context["empty"] = not form.is_bound and is_empty()
    return render(request, "dashboard/sign_in/page.html", context, status=status if refused else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """A one-time link. Opening it changes nothing, so that a scanner cannot use it up; the button does."""
    if request.method != "POST":
        return render(request, "dashboard/sign_in/link.html", {"token": token})
    user = use_sign_in_link(token, clock.wall())
    if user is None:
        return render(request, "dashboard/sign_in/link.html", {"gone": True}, status=410)
    return let_in(request, user, page_after(request))


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Ends the session on the server."""
    SignedIn.objects.filter(session_key=request.session.session_key or "").delete()
    logout(request)
    return redirect("dashboard:sign-in")

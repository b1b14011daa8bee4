"""The last step of signing in: whoever has a second factor is asked for its code; and links by mail."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tideover import clock
from tideover.config import public_address
from tideover.dashboard.sign_in.forms import AddressForm, SecondForm
from tideover.flow.throttle import Throttle
from tideover.messages.letters import Letter, post
from tideover.tenants.access import make_sign_in_link
from tideover.tenants.models import User
from tideover.tenants.requests import place_of
from tideover.tenants.second_factor import has_second_factor, is_right
from tideover.tenants.sessions import enter

HALF_IN: Final = "half-in"  # where a session keeps who has shown the first factor, until when, and where they go
HALF_LASTS: Final = timedelta(minutes=10)
CODES: Final = Throttle("second factor", limit=5, seconds=900)
ADDRESS: Final = Throttle("mailed link address", limit=4, seconds=3600)
PLACE: Final = Throttle("mailed link place", limit=30, seconds=3600)
TOO_OFTEN: Final = "Too many tries. Wait 15 minutes."


def let_in(request: HttpRequest, user: User, to: str) -> HttpResponse:
    """On to the page, or to the question for the code."""
    now = clock.wall()
    if not has_second_factor(user):
        enter(request, user, now)
        return redirect(to)
    request.session[HALF_IN] = {"user": str(user.pk), "until": (now + HALF_LASTS).timestamp(), "to": to}
    return redirect("dashboard:sign-in-second")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def second(request: HttpRequest) -> HttpResponse:
    """The code of the app, or a recovery code."""
    half, now = request.session.get(HALF_IN), clock.wall()
    user = User.objects.filter(pk=half["user"], is_active=True).first() if half else None
    if half is None or user is None or now.timestamp() > half["until"]:
        return redirect("dashboard:sign-in")
    form = SecondForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        if not CODES.allows(str(user.pk), now):
            form.add_error("code", TOO_OFTEN)
        elif is_right(user, form.cleaned_data["code"], now):
            CODES.reset(str(user.pk))
            del request.session[HALF_IN]
            enter(request, user, now)
            return redirect(half["to"])
        else:
            form.add_error("code", "That is not the code the app shows now, nor a recovery code that is left.")
    status = 422 if form.errors else 200
    return render(request, "dashboard/sign_in/second.html", {"form": form}, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def by_mail(request: HttpRequest) -> HttpResponse:
    """A sign-in link to whoever asks for their own address; the page says the same for every address."""
    form = AddressForm(request.POST if request.method == "POST" else None)
    page = "dashboard/sign_in/by_mail.html"
    if not form.is_valid():
        return render(request, page, {"form": form}, status=422 if form.is_bound else 200)
    email, now = str(form.cleaned_data["email"]).lower(), clock.wall()
    if not (PLACE.allows(place_of(request), now) and ADDRESS.allows(email, now)):
        form.add_error(None, TOO_OFTEN)
        return render(request, page, {"form": form}, status=429)
    user = User.objects.filter(email=email, is_active=True).first()
    if user is not None:
        post(email, _letter(make_sign_in_link(user, now)), now)
    return render(request, page, {"sent": email})


def _letter(token: str) -> Letter:
    return Letter(
        subject="Your link to sign in to Tideover",
        heading="Sign in",
        paragraphs=["This link signs you in once. For 10 minutes after that you can choose a new password."],
        closing="It works for 15 minutes. If you did not ask for it, nothing has happened.",
        label="Sign in",
        url=f"{public_address()}/sign-in/{token}/",
    )

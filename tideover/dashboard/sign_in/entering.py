"""The last step of signing in: whoever has a second factor is asked for its code; and links by mail."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tideover import clock
from tideover.config import public_address
from tideover.dashboard.challenges import Purpose, offered, taken
from tideover.dashboard.sign_in.forms import AddressForm, SecondForm
from tideover.flow.throttle import Throttle
from tideover.messages.letters import Letter, post
from tideover.tenants.access import make_sign_in_link
from tideover.tenants.models import User
from tideover.tenants.passkeys import NotProven, options_to_enter, person_of
from tideover.tenants.requests import place_of
from tideover.tenants.second_factor import has_app, has_second_factor, is_right
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
    """The code of the app, a passkey, or a recovery code."""
    half, now = request.session.get(HALF_IN), clock.wall()
    user = User.objects.filter(pk=half["user"], is_active=True).first() if half else None
    if half is None or user is None or now.timestamp() > half["until"]:
        return redirect("dashboard:sign-in")
    form = SecondForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        wrong = _why_not(request, user, form, now)
        if not wrong:
            CODES.reset(str(user.pk))
            del request.session[HALF_IN]
            enter(request, user, now)
            return redirect(half["to"])
        form.add_error(*wrong)
    return _ask_for_more(request, user, form, now)


def _why_not(request: HttpRequest, user: User, form: SecondForm, now: datetime) -> tuple[str | None, str] | None:
    """The field that is wrong, and what is wrong with it; None where the second factor was shown."""
    if not CODES.allows(str(user.pk), now):
        return "code", TOO_OFTEN
    if form.cleaned_data["answer"]:
        try:
            proven = person_of(form.cleaned_data["answer"], taken(request, Purpose.SECOND, now), now)
        except NotProven as wrong:
            return None, str(wrong)
        return None if proven == user else (None, "That is a passkey of another account.")
    if is_right(user, form.cleaned_data["code"], now):
        return None
    return "code", "That is not the code the app shows now, nor a recovery code that is left."


def _ask_for_more(request: HttpRequest, user: User, form: SecondForm, now: datetime) -> HttpResponse:
    with_passkey = user.passkeys.exists()
    context = {
        "form": form,
        "app": has_app(user),
        "options": offered(request, Purpose.SECOND, options_to_enter(user), now) if with_passkey else "",
    }
    return render(request, "dashboard/sign_in/second.html", context, status=422 if form.errors else 200)


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

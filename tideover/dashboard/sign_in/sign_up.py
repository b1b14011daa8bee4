"""Signing up: the first visitor with the code of the server, a stranger with a verified address, or a member again."""

from __future__ import annotations

from typing import Any, Final

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tideover import clock
from tideover.config import public_address
from tideover.dashboard.forms.form import Form
from tideover.dashboard.mailed_code import NO_MAIL, TOO_OFTEN, WRONG, Guess, MailedCode, letter_with
from tideover.dashboard.sign_in.forms import AddressForm, FirstForm, FoundForm, VerifyForm
from tideover.flow.throttle import Throttle
from tideover.messages.letters import Letter
from tideover.tenants.access import CHOSEN_ORGANIZATION, CHOSEN_PROJECT
from tideover.tenants.founding import anybody_may, found, is_empty, is_setup_code, members_may
from tideover.tenants.models import User
from tideover.tenants.requests import place_of
from tideover.tenants.sessions import enter

PAGE: Final = "dashboard/sign_in/sign_up.html"
# Six digits are guessed five times; a new code is sent to an address, and from a place, only so often.
GUESSES: Final = Throttle("sign-up code", limit=5, seconds=900)
CODE: Final = MailedCode("sign-up", GUESSES)
ADDRESS: Final = Throttle("sign-up address", limit=4, seconds=3600)
PLACE: Final = Throttle("sign-up place", limit=30, seconds=3600)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request: HttpRequest) -> HttpResponse:
    """Whichever way is open to whoever asks; else a page that says that none is."""
    if is_empty():
        return _first(request)
    if request.user.is_authenticated and members_may():
        return _another(request)
    if not anybody_may():
        return render(request, PAGE, {"closed": True})
    return _verify(request) if CODE.address(request) and "again" not in request.GET else _address(request)


def _first(request: HttpRequest) -> HttpResponse:
    """The owner of a new installation. Its code is checked before all else, and says nothing of what is wrong."""
    form = FirstForm(_data(request))
    if not form.is_valid():
        return _ask(request, form)
    if not GUESSES.allows(f"first {place_of(request)}", clock.wall()):
        return _ask(request, form, TOO_OFTEN)
    if not is_setup_code(form.cleaned_data["code"]):
        return _ask(request, form, "That is not the set-up code. The server prints it when it starts.", "code")
    return _begin(request, str(form.cleaned_data["email"]).lower(), form)


def _another(request: HttpRequest) -> HttpResponse:
    form = FoundForm(_data(request))
    if not form.is_valid() or not isinstance(request.user, User):
        return _ask(request, form)
    return _into(request, request.user, form)


def _address(request: HttpRequest) -> HttpResponse:
    """Send a code to the address. An address that has an account gets a mail that says so; the page does not."""
    form = AddressForm(_data(request))
    if not form.is_valid():
        return _ask(request, form)
    email, now = str(form.cleaned_data["email"]).lower(), clock.wall()
    if not (PLACE.allows(place_of(request), now) and ADDRESS.allows(email, now)):
        return _ask(request, form, TOO_OFTEN)
    known = User.objects.filter(email=email).exists()
    if not CODE.send(request, email, lambda code: _known() if known else letter_with(code), now):
        return _ask(request, form, NO_MAIL)
    return redirect("dashboard:sign-up")


def _verify(request: HttpRequest) -> HttpResponse:
    form, email = VerifyForm(_data(request)), CODE.address(request)
    if not form.is_valid():
        return _ask(request, form, email=email)
    guess = CODE.guess(request, form.cleaned_data["code"], clock.wall())
    if guess == Guess.TOO_OFTEN:
        return _ask(request, AddressForm(), TOO_OFTEN)
    if guess == Guess.WRONG or User.objects.filter(email=email).exists():
        return _ask(request, form, WRONG, "code", email=email)
    CODE.forget(request)
    return _begin(request, email, form)


def _begin(request: HttpRequest, email: str, form: Form) -> HttpResponse:
    """The person, whose address or machine it was shown to be, and their organization."""
    with transaction.atomic():
        person = User.objects.filter(email=email).first() or User(email=email)
        person.set_password(form.cleaned_data["password"])
        person.save()
    return _into(request, person, form)


def _into(request: HttpRequest, person: User, form: Form) -> HttpResponse:
    organization = found(form.cleaned_data["organization"], person, clock.wall())
    if request.user != person:
        enter(request, person, clock.wall())
    request.session[CHOSEN_ORGANIZATION] = str(organization.pk)
    request.session.pop(CHOSEN_PROJECT, None)
    return redirect("dashboard:home")


def _data(request: HttpRequest) -> Any:  # noqa: ANN401 - as Django has it
    return request.POST if request.method == "POST" else None


def _ask(request: HttpRequest, form: Form, wrong: str = "", field: str | None = None, email: str = "") -> HttpResponse:
    if wrong and form.is_bound:
        form.add_error(field, wrong)
    kind = type(form).__name__
    context = {"form": form, "kind": kind, "email": email, "wrong": "" if form.is_bound else wrong}
    return render(request, PAGE, context, status=422 if wrong or form.errors else 200)


def _known() -> Letter:
    return Letter(
        subject="You have an account at Tideover",
        heading="You have an account already",
        paragraphs=["Somebody, perhaps you, wanted to sign up with this address. It has an account: sign in with it."],
        closing="If it was not you, nothing has happened.",
        label="Sign in",
        url=f"{public_address()}/sign-in/",
    )

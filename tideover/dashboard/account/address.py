"""Another address for a person's account: a code is sent to the new one, and the old one is told of the change."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.views.decorators.cache import never_cache

from tideover import clock
from tideover.dashboard.account.forms import AddressForm, CodeForm
from tideover.dashboard.account.views import FORM, looked_at, proved
from tideover.dashboard.forms.answers import page_with, saved
from tideover.dashboard.frame.flash import Flash
from tideover.flow.throttle import Throttle
from tideover.messages.letters import Letter, post, write_to
from tideover.tenants import audit
from tideover.tenants.access import MemberRequest, end_sign_in_links, may, member_required
from tideover.tenants.models import User
from tideover.tenants.roles import Permission

PENDING: Final = "new-address"  # where a session keeps the address, the hash of its code and until when that holds
CODE_LASTS: Final = timedelta(minutes=15)
GUESSES: Final = Throttle("new address code", limit=5, seconds=900)
SENT: Final = Throttle("new address", limit=4, seconds=3600)
TOO_OFTEN: Final = "Too many tries. Wait a while, then begin again."


@looked_at
@never_cache
@member_required
@may(Permission.READ)
@proved
def address(request: MemberRequest) -> HttpResponse:
    """Ask for the new address, then for the code that was sent there."""
    if PENDING in request.session and "again" not in request.GET:
        return _confirm(request)
    form = AddressForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _ask(request, form)
    email, now = str(form.cleaned_data["email"]).lower(), clock.wall()
    if not SENT.allows(str(request.member.user_id), now):
        return _ask(request, form, TOO_OFTEN)
    code = f"{secrets.randbelow(1_000_000):06}"
    letter = _taken() if User.objects.filter(email=email).exists() else _letter(code)
    if not write_to(email, letter, now):
        return _ask(request, form, "The mail server does not take the mail with your code. Try again in a moment.")
    until = (now + CODE_LASTS).timestamp()
    request.session[PENDING] = {"email": email, "code": _hashed(email, code), "until": until}
    return saved(request, request.path, Flash(f"A code was sent to {email}."))


def _confirm(request: MemberRequest) -> HttpResponse:
    """Take the address, once its code was typed."""
    form = CodeForm(request.POST if request.method == "POST" else None)
    kept, now = request.session[PENDING], clock.wall()
    if not form.is_valid():
        return _ask(request, form)
    if not GUESSES.allows(kept["code"], now):
        del request.session[PENDING]
        return _ask(request, AddressForm({}), TOO_OFTEN)
    typed = _hashed(kept["email"], "".join(filter(str.isdigit, form.cleaned_data["code"])))
    right = constant_time_compare(typed, kept["code"]) and now.timestamp() <= kept["until"]
    if not right or not _changed(request.member.user, kept["email"], now):
        return _ask(request, form, "That is not the code, or it is older than 15 minutes.")
    del request.session[PENDING]
    return saved(request, "dashboard:account", Flash(f"From now on you sign in as {kept['email']}."))


def _changed(person: User, email: str, now: datetime) -> bool:
    """Whether the account has the address now. Links that were sent to the old one open nothing any more."""
    before = person.email
    person.email = email
    try:
        with transaction.atomic():
            person.save(update_fields=["email"])
            end_sign_in_links(person, now)
            _record(person, before, now)
    except IntegrityError:  # somebody signed up with it meanwhile
        person.email = before
        return False
    post(before, _told(email), now)
    return True


def _record(person: User, before: str, now: datetime) -> None:
    """In the audit log of each of the person's organizations."""
    for organization in person.organizations.all():
        deed = audit.Deed(before, "email changed", person.email, {"email": before}, {"email": person.email})
        audit.write(organization.pk, deed, now)


def _ask(request: MemberRequest, form: AddressForm | CodeForm, wrong: str = "") -> HttpResponse:
    if wrong:
        form.add_error("email" if isinstance(form, AddressForm) else "code", wrong)
    kept = request.session.get(PENDING)
    sent = f"Type the code that was sent to {kept['email']}. It works for 15 minutes." if kept else ""
    intro = sent or f"Now it is {request.member.user.email}. A code is sent to the new one first."
    return page_with(request, FORM, form, {"title": "Email address", "intro": intro, "again": bool(kept)})


def _hashed(email: str, code: str) -> str:
    """The code as it is kept: useless to who reads the sessions."""
    return salted_hmac("tideover.new-address", f"{email} {code}", algorithm="sha256").hexdigest()


def _letter(code: str) -> Letter:
    return Letter(
        subject=f"{code} is your code for Tideover",
        heading="Your code",
        paragraphs=[f"Type {code} on the page that asked for it. Then you sign in with this address."],
        closing="It works for 15 minutes.",
    )


def _taken() -> Letter:
    return Letter(
        subject="This address has an account at Tideover",
        heading="This address has an account already",
        paragraphs=["Somebody, perhaps you, wanted to give another account this address. It has one of its own."],
        closing="Nothing has changed.",
    )


def _told(email: str) -> Letter:
    return Letter(
        subject="The address of your account has changed",
        heading="You sign in with another address now",
        paragraphs=[f"The account at Tideover that had this address has {email} now."],
        closing="If that was not you, answer to whoever runs Tideover for you, at once.",
    )

"""Another address for a person's account: a code is sent to the new one, and the old one is told of the change."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.views.decorators.cache import never_cache

from tideover import clock
from tideover.dashboard.account.forms import AddressForm, CodeForm
from tideover.dashboard.account.views import FORM, looked_at
from tideover.dashboard.forms.answers import page_with, saved
from tideover.dashboard.frame.flash import Flash
from tideover.dashboard.mailed_code import NO_MAIL, TOO_OFTEN, WRONG, Guess, MailedCode, letter_with
from tideover.dashboard.proving import proved
from tideover.flow.throttle import Throttle
from tideover.messages.letters import Letter, post
from tideover.tenants import audit
from tideover.tenants.access import MemberRequest, end_sign_in_links, may, member_required
from tideover.tenants.models import User
from tideover.tenants.roles import Permission

CODE: Final = MailedCode("new-address", Throttle("new address code", limit=5, seconds=900))
SIGNS_IN: Final = "Then you sign in with this address."
SENT: Final = Throttle("new address", limit=4, seconds=3600)


@looked_at
@never_cache
@member_required
@may(Permission.READ)
@proved
def address(request: MemberRequest) -> HttpResponse:
    """Ask for the new address, then for the code that was sent there."""
    if CODE.address(request) and "again" not in request.GET:
        return _confirm(request)
    form = AddressForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _ask(request, form)
    email, now = str(form.cleaned_data["email"]).lower(), clock.wall()
    if not SENT.allows(str(request.member.user_id), now):
        return _ask(request, form, TOO_OFTEN)
    taken = User.objects.filter(email=email).exists()
    if not CODE.send(request, email, lambda code: _taken() if taken else letter_with(code, SIGNS_IN), now):
        return _ask(request, form, NO_MAIL)
    return saved(request, request.path, Flash(f"A code was sent to {email}."))


def _confirm(request: MemberRequest) -> HttpResponse:
    """Take the address, once its code was typed."""
    form = CodeForm(request.POST if request.method == "POST" else None)
    email, now = CODE.address(request), clock.wall()
    if not form.is_valid():
        return _ask(request, form)
    guess = CODE.guess(request, form.cleaned_data["code"], now)
    if guess == Guess.TOO_OFTEN:
        return _ask(request, AddressForm({}), TOO_OFTEN)
    if guess == Guess.WRONG or not _changed(request.member.user, email, now):
        return _ask(request, form, WRONG)
    CODE.forget(request)
    return saved(request, "dashboard:account", Flash(f"From now on you sign in as {email}."))


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
    email = CODE.address(request)
    sent = f"Type the code that was sent to {email}. It works for 15 minutes." if email else ""
    intro = sent or f"Now it is {request.member.user.email}. A code is sent to the new one first."
    return page_with(request, FORM, form, {"title": "Email address", "intro": intro, "again": bool(email)})


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

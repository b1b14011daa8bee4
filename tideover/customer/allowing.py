"""Whether another method of the payer's may be charged where one fails: asked on the page, and taken back there.

A plain form: it works without scripts, and without paying anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from tideover.core.timing import local_day
from tideover.customer.brand import merchant_of
from tideover.customer.entering import now_of, with_link
from tideover.customer.queries import Kind, kind_of
from tideover.messages.languages import Language
from tideover.recovery.models import Case, Link
from tideover.recovery.places import language_of, zone
from tideover.recovery.ways import agreeing
from tideover.recovery.ways.consents import agreed_at


@dataclass(frozen=True, slots=True)
class Allowing:
    """The question as it is drawn. agreed: what they have agreed to and when; empty where they have not."""

    words: str
    agreed: str


def allowing_of(case: Case, say: Mapping[str, str], language: Language) -> Allowing | None:
    """What the page asks of backup methods; None where there is nothing to ask, and nothing to take back."""
    at = agreed_at(case)
    if at is None and (not agreeing.may_agree(case) or kind_of(case) == Kind.CLOSED):
        return None
    day = language.day(local_day(at, zone(case.time_zone))) if at else ""
    agreed = language.say("page", "backups_agreed", merchant=merchant_of(case.project), day=day) if at else ""
    return Allowing(say["backups_words"], agreed)


@with_link
def allow(request: HttpRequest, link: Link, token: str) -> HttpResponse:
    """The payer allows it in the words they have read (`allow=yes`), or takes it back (`allow=no`)."""
    said, now = request.POST.get("allow", ""), now_of(link)
    if said == "yes":
        words = language_of(link.case).say("page", "backups_words", merchant=merchant_of(link.case.project))
        agreeing.agree(link, words, now)
    if said == "no":
        agreeing.withdraw(link, now)
    return redirect("customer:card", token)

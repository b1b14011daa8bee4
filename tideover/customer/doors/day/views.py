"""The call that the door's form makes: the charge moves to the chosen day. Works without a script."""

from __future__ import annotations

from datetime import date
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from tideover.customer.entering import now_of, with_link
from tideover.recovery.commands import Refusal
from tideover.recovery.models import Link
from tideover.recovery.ways.promises import promise, whose_payer

NOT_THAT_DAY: Final = "day"  # how the page is asked to say so


@with_link
def promised(request: HttpRequest, link: Link, token: str) -> HttpResponse:
    """The day of a form: one of those at one touch, or any other that was typed."""
    day = _day(request.POST.get("other", "")) or _day(request.POST.get("day", ""))
    page = reverse("customer:card", args=[token])
    refused = day is None or isinstance(promise(link.case, day, whose_payer(link), now_of(link)), Refusal)
    return redirect(f"{page}?not={NOT_THAT_DAY}#door-day" if refused else page)


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None

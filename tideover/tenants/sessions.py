"""Being signed in: in which browsers, how one ends, and how recently a person proved who they are."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.contrib.auth import login, update_session_auth_hash
from django.contrib.sessions.models import Session
from django.http import HttpRequest

from tideover.tenants.access import end_sign_in_links
from tideover.tenants.models import User
from tideover.tenants.requests import place_of
from tideover.tenants.ways_in import SignedIn

PROVED: Final = "proved"  # where a session keeps when that was
PROOF_LASTS: Final = timedelta(minutes=10)


def enter(request: HttpRequest, user: User, now: datetime) -> None:
    """Sign `user` in, who has just proved it."""
    login(request, user)
    prove(request, now)
    _remember(request, user, now)


def prove(request: HttpRequest, now: datetime) -> None:
    """The person at this browser has just shown who they are."""
    request.session[PROVED] = now.timestamp()


def has_proved(request: HttpRequest, now: datetime) -> bool:
    """Whether that was recently enough for a change of what protects the account."""
    at = float(request.session.get(PROVED, 0))
    return timedelta() <= now - datetime.fromtimestamp(at, now.tzinfo) < PROOF_LASTS


def browsers_of(user: User, now: datetime) -> list[SignedIn]:
    """Where the person is signed in, the newest first."""
    mine = list(SignedIn.objects.filter(user=user).order_by("-at"))
    alive = Session.objects.filter(session_key__in=[each.session_key for each in mine], expire_date__gt=now)
    keys = set(alive.values_list("session_key", flat=True))
    return [each for each in mine if each.session_key in keys]


def end_sessions(ended: list[SignedIn]) -> None:
    """These browsers are signed out: at once."""
    Session.objects.filter(session_key__in=[each.session_key for each in ended]).delete()
    SignedIn.objects.filter(pk__in=[each.pk for each in ended]).delete()


def set_password(request: HttpRequest, user: User, password: str, now: datetime) -> None:
    """A new password: every other browser is out, and no printed or mailed link opens anything any more."""
    user.set_password(password)
    user.save(update_fields=["password"])
    end_sign_in_links(user, now)
    end_sessions(list(SignedIn.objects.filter(user=user).exclude(session_key=request.session.session_key or "")))
    SignedIn.objects.filter(user=user).delete()
    update_session_auth_hash(request, user)
    _remember(request, user, now)


def _remember(request: HttpRequest, user: User, now: datetime) -> None:
    request.session.save()  # it has its key from then on
    device = request.headers.get("User-Agent", "").replace("\x00", "")[:200]
    told = {"user": user, "device": device, "place": place_of(request), "at": now}
    SignedIn.objects.update_or_create(session_key=request.session.session_key or "", defaults=told)

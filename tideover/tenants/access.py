"""Who may see what: a signed-in person's membership decides, never anything in the request's body or headers."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Concatenate, Final, ParamSpec, cast
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect

from tideover.tenants.models import Member, Organization, Project, User
from tideover.tenants.roles import Permission
from tideover.tenants.ways_in import SignInLink

CHOSEN_ORGANIZATION, CHOSEN_PROJECT = "organization", "project"  # where a session keeps them
ONLY_LOOKS: Final = frozenset({"GET", "HEAD"})
SIGN_IN_LINK_LASTS = timedelta(minutes=15)
P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Needs:
    """What a view asks of a member: to look at it, and to send it something."""

    look: Permission
    send: Permission


class MemberRequest(HttpRequest):
    """A request of a signed-in member: what `member_required` promises to its views."""

    organization: Organization
    project: Project
    projects: Sequence[Project]  # all that the person may see, in every organization of theirs
    member: Member


def member_required(
    view: Callable[Concatenate[MemberRequest, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Let only members of an organization in; others are sent to sign in."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if getattr(request, "member", None) is None:
            return _to_sign_in(request)
        return view(cast("MemberRequest", request), *args, **kwargs)

    return cast("Callable[Concatenate[HttpRequest, P], HttpResponseBase]", guarded)


def may(
    look: Permission, *, send: Permission | None = None
) -> Callable[
    [Callable[Concatenate[MemberRequest, P], HttpResponseBase]],
    Callable[Concatenate[MemberRequest, P], HttpResponseBase],
]:
    """Let in only whose role has the permission; below `member_required`. `send`: what a form sent there needs."""
    needs = Needs(look, send or look)

    def named(
        view: Callable[Concatenate[MemberRequest, P], HttpResponseBase],
    ) -> Callable[Concatenate[MemberRequest, P], HttpResponseBase]:
        @wraps(view)
        def guarded(request: MemberRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            needed = needs.look if request.method in ONLY_LOOKS else needs.send
            if needed not in request.member.permissions:
                raise PermissionDenied(f"a role without the permission to {needed}")
            return view(request, *args, **kwargs)

        guarded.needs = needs  # type: ignore[attr-defined]  # read by the test of every address and role
        return cast("Callable[Concatenate[MemberRequest, P], HttpResponseBase]", guarded)

    return named


def _to_sign_in(request: HttpRequest) -> HttpResponseBase:
    """To sign in and back to the page: that of a script's small request, or that of a form, never to either itself."""
    asked = request.headers.get("HX-Request") == "true"
    page = request.headers.get("HX-Current-URL" if asked else "Referer", "")
    ours = url_has_allowed_host_and_scheme(page, allowed_hosts={request.get_host()})
    parts = urlsplit(page if ours else "")
    back = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
    if asked:
        return HttpResponseClientRedirect(redirect_to_login(back).url)
    return redirect_to_login(request.get_full_path() if request.method in {"GET", "HEAD"} else back)


def token_hash(token: str) -> str:
    """What is stored of a token that opens something: enough to recognize it, useless to a thief."""
    return hashlib.sha256(token.encode()).hexdigest()


def make_sign_in_link(user: User, now: datetime) -> str:
    """A token that signs `user` in once within 15 minutes."""
    token = secrets.token_urlsafe(32)
    SignInLink.objects.create(user=user, token_hash=token_hash(token), expires_at=now + SIGN_IN_LINK_LASTS)
    return token


def use_sign_in_link(token: str, now: datetime) -> User | None:
    """The person the token signs in, once; None where it is unknown, used or too old."""
    link = SignInLink.objects.filter(token_hash=token_hash(token)).select_related("user").first()
    if link is None or not link.usable(now) or not link.user.is_active:
        return None
    won = SignInLink.objects.filter(pk=link.pk, used_at__isnull=True).update(used_at=now)
    if won:
        end_sign_in_links(link.user, now)
    return link.user if won else None


def end_sign_in_links(user: User, now: datetime) -> None:
    """The links that were printed for this person open nothing any more."""
    SignInLink.objects.filter(user=user, used_at__isnull=True).update(used_at=now)

"""The page of the team, and what its buttons do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from tideover import clock
from tideover.dashboard.forms.answers import page_with, saved, sent
from tideover.dashboard.frame.drawing import show
from tideover.dashboard.frame.flash import Flash
from tideover.dashboard.proving import proved_before
from tideover.dashboard.team.forms import InviteForm
from tideover.flow.throttle import Throttle
from tideover.ids import private, public
from tideover.messages.letters import Letter, write_to
from tideover.tenants.access import MemberRequest, may, member_required
from tideover.tenants.models import Invitation, Member
from tideover.tenants.people import (
    NotPossible,
    actor,
    give_role,
    hand_on,
    invitation_link,
    invite,
    remove,
    withdraw,
)
from tideover.tenants.roles import Permission, Role

PAGE: Final = "dashboard/team/page.html"
LETTERS: Final = Throttle("invitations", limit=30, seconds=3600)
TOO_OFTEN: Final = "That were 30 invitations within an hour. Wait a while."


@dataclass(frozen=True, slots=True)
class Line:
    """A member as the page shows them. theirs: whether whoever looks may change them."""

    member: Member
    public_id: str
    me: bool
    theirs: bool


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
@may(Permission.READ, send=Permission.PEOPLE)
def page(request: MemberRequest) -> HttpResponse:
    """Who belongs here and who is invited; and a form that invites."""
    form = InviteForm(*sent(request))
    if not form.is_valid():
        return page_with(request, PAGE, form, _told(request))
    return _invited(request, form)


def _invited(request: MemberRequest, form: InviteForm) -> HttpResponse:
    email, role, now = str(form.cleaned_data["email"]).lower(), Role(form.cleaned_data["role"]), clock.wall()
    if not LETTERS.allows(str(request.organization.pk), now):
        form.add_error(None, TOO_OFTEN)
        return page_with(request, PAGE, form, _told(request))
    try:
        token = invite(request.organization, email, role, actor(request.member), now)
    except NotPossible as refused:
        form.add_error("email", str(refused))
        return page_with(request, PAGE, form, _told(request))
    if write_to(email, _letter(request, role, token), now):
        return saved(request, "dashboard:team", Flash(f"An invitation is on its way to {email}."))
    return show(
        request, PAGE, {"form": InviteForm(), **_told(request), "unsent": email, "link": invitation_link(token)}
    )


def _letter(request: MemberRequest, role: Role, token: str) -> Letter:
    merchant = request.organization.name
    return Letter(
        subject=f"Join {merchant} on Tideover",
        heading=f"Join {merchant}",
        paragraphs=[f"{request.member.user.email} invites you to {merchant} as {role.label.lower()}."],
        closing="The link works for 7 days, once.",
        label="Join",
        url=invitation_link(token),
    )


def _told(request: MemberRequest) -> dict[str, Any]:
    """Everybody, as far as the page says it."""
    mine, members = request.member, request.organization.members.select_related("user").order_by("user__email")
    rank = {True: Permission.OWN, False: Permission.PEOPLE}
    lines = [
        Line(
            member,
            public("mem", member.pk),
            me=member.pk == mine.pk,
            theirs=rank[member.role == Role.OWNER] in mine.permissions,
        )
        for member in members
    ]
    owners = sum(line.member.role == Role.OWNER for line in lines)
    invited = request.organization.invitations.order_by("email")
    return {
        "title": "Team",
        "lines": lines,
        "roles": [role for role in Role if role != Role.OWNER or Permission.OWN in mine.permissions],
        "last_owner": mine.role == Role.OWNER and owners == 1,
        "invitations": [(invitation, public("inv", invitation.pk)) for invitation in invited],
        "now": clock.now(),
    }


def _done(request: MemberRequest, act: Callable[[datetime], None], words: str) -> HttpResponse:
    """On to the page, which says what was done or why not."""
    try:
        act(clock.wall())
    except NotPossible as refused:
        return saved(request, "dashboard:team", Flash(str(refused), bad=True))
    return saved(request, "dashboard:team", Flash(words))


def _colleague(request: MemberRequest, public_id: str) -> Member:
    pk = private("mem", public_id)
    found = request.organization.members.select_related("user", "organization").filter(pk=pk).first() if pk else None
    if found is None:
        raise Http404("There is no such member.")
    return found


@require_POST
@member_required
@may(Permission.PEOPLE)
def change_role(request: MemberRequest, public_id: str) -> HttpResponse:
    """Give a member another role."""
    member, wanted = _colleague(request, public_id), request.POST.get("role", "")
    if wanted not in Role.values:
        return saved(request, "dashboard:team", Flash("Choose a role.", bad=True))
    role = Role(wanted)
    done = f"{member.user.email} is {role.label.lower()} now."
    return _done(request, lambda now: give_role(member, role, actor(request.member), now), done)


@require_POST
@member_required
@may(Permission.PEOPLE)
def take_out(request: MemberRequest, public_id: str) -> HttpResponse:
    """Remove a member: out with their next click."""
    member = _colleague(request, public_id)
    done = f"{member.user.email} was removed."
    return _done(request, lambda now: remove(member, actor(request.member), now), done)


@require_POST
@member_required
@may(Permission.OWN)
@proved_before("dashboard:team")
def hand_over(request: MemberRequest, public_id: str) -> HttpResponse:
    """Make a member owner in one's own place."""
    member = _colleague(request, public_id)
    done = f"{member.user.email} is owner now, and you are admin."
    return _done(request, lambda now: hand_on(request.member, member, now), done)


@require_POST
@member_required
@may(Permission.PEOPLE)
def take_back(request: MemberRequest, public_id: str) -> HttpResponse:
    """Withdraw an invitation."""
    pk = private("inv", public_id)
    found: Invitation | None = request.organization.invitations.filter(pk=pk).first() if pk else None
    if found is None:
        raise Http404("There is no such invitation.")
    done = f"The invitation of {found.email} opens nothing any more."
    return _done(request, lambda now: withdraw(found, actor(request.member), now), done)


@require_POST
@member_required
@may(Permission.READ)
def leave(request: MemberRequest) -> HttpResponse:
    """Leave the organization oneself."""
    try:
        remove(request.member, actor(request.member), clock.wall())
    except NotPossible as refused:
        return saved(request, "dashboard:team", Flash(str(refused), bad=True))
    return redirect(_elsewhere(request))


def _elsewhere(request: HttpRequest) -> str:
    """Home of another organization, or the page that says that there is none."""
    others = Member.objects.filter(user=request.user.pk)
    return "dashboard:home" if others.exists() else "dashboard:sign-in"

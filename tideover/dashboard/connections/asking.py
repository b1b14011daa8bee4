"""What a person was sent to Stripe's page for: its answer counts for them, where they were, once, for ten minutes."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from django.http import Http404, HttpResponse
from django.urls import reverse

from tideover import clock
from tideover.config import public_address
from tideover.dashboard.connections.views import CONNECT_PAGE
from tideover.dashboard.forms.answers import saved
from tideover.dashboard.frame.flash import Flash
from tideover.gateways.kinds import Kind
from tideover.gateways.words import printable
from tideover.redaction import redact
from tideover.tenants.access import MemberRequest
from tideover.tenants.models import Connection

LASTS: Final = timedelta(minutes=10)
NOT_ASKED: Final = (
    "This answer of Stripe's belongs to no question of yours, was used already or came too late. Begin again."
)
BY_KEY: Final = "A restricted key works in any case."


def mode_asked_for(request: MemberRequest) -> str:
    """In which mode the account is to be connected."""
    mode = request.GET.get("mode", Connection.Mode.OBSERVE)
    if mode not in Connection.Mode.values:
        raise Http404("There is no such mode.")
    return mode


def ask(request: MemberRequest, way: Kind, mode: str) -> str:
    """The state that Stripe's page brings back unchanged. A second question takes the place of the first."""
    state = secrets.token_urlsafe(32)
    until = (clock.wall() + LASTS).isoformat()
    request.session[way] = {**_whose(request), "state": state, "mode": mode, "until": until}
    return state


def back_to(name: str) -> str:
    """The whole address that Stripe's page comes back to."""
    return f"{public_address()}{reverse(name)}"


def answered(request: MemberRequest, way: Kind) -> str:
    """The mode of the question that this is the answer to; empty where there is none. It can be asked for once."""
    asked = request.session.pop(way, None)
    return asked["mode"] if asked is not None and _is_the_answer(request, asked) else ""


def _is_the_answer(request: MemberRequest, asked: Mapping[str, str]) -> bool:
    same = secrets.compare_digest(asked["state"].encode(), request.GET.get("state", "").encode())
    fresh = clock.wall() < datetime.fromisoformat(asked["until"])
    return same and fresh and _whose(request).items() <= asked.items()


def _whose(request: MemberRequest) -> dict[str, str]:
    """Who asks, and for what: the answer is for nobody and nothing else."""
    return {
        "user": str(request.member.user_id),
        "organization": str(request.organization.pk),
        "project": str(request.project.pk),
    }


def why_not(request: MemberRequest) -> str:
    """Why there is no code, in Stripe's words, which anybody may have put into the address."""
    if request.GET.get("error") == "access_denied":
        return f"Nothing was agreed to, and nothing is connected. {BY_KEY}"
    said = redact(printable(request.GET.get("error_description", "it did not say why")))[:200]
    return f"Stripe did not connect the account: {said.rstrip('.')}. {BY_KEY}"


def not_connected(request: MemberRequest, why: str) -> HttpResponse:
    """Back to the page that connects, with the reason."""
    return saved(request, CONNECT_PAGE, Flash(why, bad=True))

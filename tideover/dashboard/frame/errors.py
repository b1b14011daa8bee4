"""What a person sees when something is not as it should be: in the frame where they are signed in, else alone."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Final, cast
from urllib.parse import urlsplit

import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from tideover.dashboard.frame.drawing import show
from tideover.tenants.access import MemberRequest

log = structlog.get_logger("pages")
PAGE: Final = "dashboard/frame/error.html"
PAYERS: Final = (
    "/c/",
    "/u/",
    "/o/",
    "/api/update-payment/",
)  # a payer's link, also where it was cut or mangled, leads nowhere in the house


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong, in a headline and a sentence that says what to do."""

    status: int
    title: str
    text: str


UNREADABLE: Final = Wrong(
    400,
    "That request could not be read",
    "Something in the address or the form was not as expected. Go back, reload the page and try again.",
)
FORBIDDEN: Final = Wrong(
    403,
    "This is not allowed",
    "Your role here does not include it. An owner or an admin of the organization can do it, or change your role.",
)
ONLY_A_SAMPLE: Final = Wrong(
    403,
    "This is a sample shop",
    "It is there to be looked at: nothing of it can be changed, connected or sent. One press leads back to your own.",
)
TOO_OLD: Final = Wrong(
    403,
    "This page was open for too long",
    "Nothing was changed: the form is older than your sign-in. Reload the page it is on and send it again.",
)
ABSENT: Final = Wrong(404, "There is nothing here", "The page does not exist, or it belongs to somebody else.")
BROKEN: Final = Wrong(
    500,
    "Something went wrong on our side",
    "The mistake was logged. Nothing was charged or sent twice because of it. Try again in a moment.",
)


AWAY: Final = Wrong(
    503,
    "This cannot be shown right now",
    "The database does not answer. Nothing was changed by what you did just now. Try again in a minute.",
)
ASK_AGAIN_SECONDS: Final = "60"


# Django's names and arguments for its four handlers, and for who sent a form without its token.


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    return answer(request, UNREADABLE)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    organization = getattr(request, "organization", None)
    return answer(request, ONLY_A_SAMPLE if organization is not None and organization.is_sample else FORBIDDEN)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    return answer(request, ABSENT)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django has logged it
    return answer(request, TOO_OLD)


def server_error(request: HttpRequest) -> HttpResponse:
    """Where the database cannot be asked nothing is broken, and to ask again helps."""
    if not isinstance(sys.exception(), OperationalError | InterfaceError):
        return answer(request, BROKEN)
    later = answer(request, AWAY)
    later["Retry-After"] = ASK_AGAIN_SECONDS
    return later


def answer(request: HttpRequest, wrong: Wrong) -> HttpResponse:
    """The page for a person; a sentence for a script, which shows it where it asked."""
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse({"message": f"{wrong.title}. {wrong.text}"}, status=wrong.status)
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(f"{wrong.title}. {wrong.text}", "text/plain; charset=utf-8", status=wrong.status)
    in_the_frame = None if wrong is AWAY else _framed(request, wrong)  # which is drawn from the database
    return in_the_frame or _alone(request, wrong)


def _framed(request: HttpRequest, wrong: Wrong) -> HttpResponse | None:
    """In the frame of a member; None for strangers, and where the frame itself cannot be drawn."""
    if getattr(request, "member", None) is None:
        return None
    context = {"layout": "dashboard/frame/base.html", "wrong": wrong, "back": _back(request)}
    try:
        return show(cast("MemberRequest", request), PAGE, context, status=wrong.status)
    except Exception:  # the page that tells of a mistake must not need what the mistake broke
        log.exception("error_page.without_frame", status=wrong.status)
        return None


def _alone(request: HttpRequest, wrong: Wrong) -> HttpResponse:
    back = "" if request.path.startswith(PAYERS) else "/"
    context = {"layout": "dashboard/frame/plain.html", "wrong": wrong, "back": back}
    return render(request, PAGE, context, status=wrong.status)


def _back(request: HttpRequest) -> str:
    """The page it was asked from, if it is one of ours and another one."""
    came_from = request.headers.get("Referer", "")
    ours = url_has_allowed_host_and_scheme(came_from, allowed_hosts={request.get_host()})
    parts = urlsplit(came_from)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    return path if ours and path.startswith("/") and path != request.get_full_path() else "/"

"""The two addresses in every message: the open pixel and the way out."""

from __future__ import annotations

import base64
from contextlib import suppress
from datetime import datetime
from typing import Final

from django.db import Error, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from tideover import clock
from tideover.messages import tracking
from tideover.messages.color import palette
from tideover.messages.languages import asked_for, spoken_in
from tideover.messages.models import Message
from tideover.messages.signals import told_by
from tideover.messages.suppression import WINS_BACK
from tideover.tenants import logos

PIXEL: Final = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


AWAY: Final = (OperationalError, InterfaceError)  # the database cannot be asked
ASK_AGAIN_SECONDS: Final = "300"
FROM_ALL: Final = "all"  # the name of the button of a win-back letter's page that stops all else, too


@require_safe
def opened(request: HttpRequest, token: str) -> HttpResponse:
    """A transparent dot, always the same; that a known one was asked for is noted, with what tells by whom."""
    with suppress(*AWAY):  # the picture is shown all the same
        tracking.record_open(token, told_by(request), clock.now())
    return HttpResponse(PIXEL, content_type="image/gif", headers={"Cache-Control": "no-store, private"})


@require_safe
def logo(request: HttpRequest, token: str) -> HttpResponse:
    """A merchant's picture, by the digest of its content: it never changes, and draws itself alone."""
    del request
    picture = logos.find(token)
    if picture is None:
        return HttpResponse(status=404)
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "cross-origin",  # mail programs in a browser show it on their own pages
    }
    return HttpResponse(picture.content, content_type=picture.type, headers=headers)


@csrf_exempt  # RFC 8058: mail programs post here without cookies; the token is the right to opt out
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks and changes nothing, since mail scanners open every link; POST acts at once.

    While the database is away nobody knows whose token it is: who asked is told so, and to come again.
    """
    try:
        return _way_out(request, token)
    except AWAY:
        return _not_now(request, None)


def _way_out(request: HttpRequest, token: str) -> HttpResponse:
    message = tracking.message_of(token)
    if message is None:
        return _page(request, "messages/no_such_link.html", None, status=404)
    if request.method != "POST":
        tracking.record_way_out(message, told_by(request), clock.now())
        return _page(request, "messages/unsubscribe.html", message)
    if not _unsubscribed(message, clock.now(), from_all=FROM_ALL in request.POST):
        return _not_now(request, message)
    return _page(request, "messages/unsubscribed.html", message)


def _unsubscribed(message: Message, now: datetime, *, from_all: bool) -> bool:
    """Whether it is kept. Mail programs ask once, so a full disk must not be a reason to forget it."""
    try:
        tracking.unsubscribe(message, now, from_all=from_all)
    except Error:
        return tracking.unsubscribe_later(message, now, from_all=from_all)
    return True


def _not_now(request: HttpRequest, message: Message | None) -> HttpResponse:
    """It is not kept. To a mail program the status says so, and when to ask again."""
    answer = _page(request, "messages/not_now.html", message, status=503)
    answer.headers["Retry-After"] = ASK_AGAIN_SECONDS
    return answer


def _page(request: HttpRequest, template: str, message: Message | None, status: int = 200) -> HttpResponse:
    """The page in the language of the message, or in the browser's where there is none."""
    project = message.project if message else None
    language = spoken_in(message.locale) if message else asked_for(request.headers.get("Accept-Language", ""))
    merchant, support = (project.brand_name or project.name, project.support_email) if project else ("", "")
    context = {
        "project": project,
        "letters": message is not None and message.template in WINS_BACK and FROM_ALL not in request.POST,
        "palette": palette(project.brand_color if project else ""),
        "language": language,
        "say": language.lines("unsubscribe", merchant=merchant, support=support),
    }
    answer = render(request, template, context, status=status)
    answer.headers["Cache-Control"] = "no-store, private"
    answer.headers["Referrer-Policy"] = "no-referrer"  # the token is in the address
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer

"""The list of messages, the same as a file, and one message with all that came of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.http import Http404, HttpResponse, HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tideover import clock
from tideover.analytics.messages import standings
from tideover.core.catalogue import CHANNELS
from tideover.dashboard.exports import csv_response
from tideover.dashboard.frame.drawing import show, today, zone_of
from tideover.dashboard.messages import one, tiles
from tideover.dashboard.messages.export import message_lines
from tideover.dashboard.messages.filters import MessageFilter, choices, read_filter
from tideover.dashboard.messages.listing import Line, lines_of
from tideover.dashboard.messages.statuses import OF_STEPS, WORDS
from tideover.dashboard.paging import WHERE, Pages
from tideover.dashboard.periods import ALL_TIME, RANGES
from tideover.messages.previews import previews_of
from tideover.tenants.access import MemberRequest, may, member_required
from tideover.tenants.roles import Permission
from tideover.upkeep.mail import mail

NEXT: Final = 3  # of what is still to go, as many as stand above the others


def _filter(request: MemberRequest) -> MessageFilter:
    return read_filter(request.GET, today(request), zone_of(request))


@require_safe
@never_cache
@member_required
@may(Permission.READ)
def page(request: MemberRequest) -> HttpResponse:
    """What was written to customers and what came of it; what was not sent and why; what is still to go."""
    wanted = _filter(request)
    listed = wanted.listed(request.project)
    found = standings(listed, wanted.period, wanted.compared_with)
    shown = wanted.page(request.project, request.GET)
    context = {
        "filter": wanted,
        "tiles": tiles.tiles_of(found, wanted),
        "left_out": tiles.left_out(found),
        "chips": wanted.chips(),
        "choices": choices(wanted),
        "many_channels": len(CHANNELS) > 1,
        "statuses": WORDS,
        "ranges": {**RANGES, ALL_TIME: "All time"},
        "standings": found,
        "page": shown,
        "lines": lines_of(request.project, shown.rows),
        "ahead": _ahead(request, wanted),
        "mail": mail(clock.now(), request.organization.pk) if wanted.status in OF_STEPS else None,
        "way_back": f"?{request.GET.urlencode()}" if request.GET else "",
    }
    return show(request, "dashboard/messages/list.html", context)


def _ahead(request: MemberRequest, wanted: MessageFilter) -> Sequence[Line]:
    """The next that are to go, on the first page of all messages."""
    if wanted.status is not None or any(name in request.GET for name in WHERE):
        return []
    queued = wanted.listed(request.project).queued.select_related("case").order_by("due_at", "pk")
    return lines_of(request.project, list(queued[:NEXT]))


@require_safe
@never_cache
@member_required
@may(Permission.READ)
def messages_csv(request: MemberRequest) -> HttpResponseBase:
    """The list as a file: the same filter, every page of it."""
    return csv_response("tideover-messages.csv", message_lines(request.project, _filter(request)))


@require_safe
@never_cache
@member_required
@may(Permission.READ)
def previews(request: MemberRequest) -> HttpResponse:
    """The preview inbox: what customers on test clocks would have got, dated by their clocks, the newest first."""
    found = previews_of(request.project)
    shown = Pages(found, found, "msg").asked_for(request.GET)
    context = {
        "page": shown,
        "lines": lines_of(request.project, shown.rows),
        "many_channels": len(CHANNELS) > 1,
    }
    return show(request, "dashboard/messages/previews.html", context)


@require_safe
@never_cache
@member_required
@may(Permission.READ)
def message(request: MemberRequest, public_id: str) -> HttpResponse:
    """One message: to whom and why, what came of it in order, and the words as they were, or would be, sent."""
    known = one.known_of(request.project, public_id)
    if known is None:
        raise Http404("There is no such message.")
    context = {"known": known, "way_back": f"?{request.GET.urlencode()}" if request.GET else ""}
    return show(request, "dashboard/messages/message.html", context)

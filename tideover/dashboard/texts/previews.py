"""A text as somebody would get it: on a desktop, a phone, in the dark, as plain text, or as a line of their inbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods

from tideover.core.catalogue import Channel
from tideover.dashboard.texts.drafts import Draft, asked_for, opened
from tideover.dashboard.texts.situations import NothingToShow, chosen
from tideover.messages.channels import compose
from tideover.messages.channels.way import Composed
from tideover.messages.drafts.asking import draft_named
from tideover.messages.own.content import Content
from tideover.messages.own.rows import Which, newest
from tideover.messages.own.saying import Own
from tideover.tenants.access import MemberRequest, may, member_required
from tideover.tenants.roles import Permission

LOOKS: Final = {"desktop": "Desktop", "phone": "Phone", "dark": "Dark", "plain": "Plain", "inbox": "Inbox"}
WORDS: Final = "dashboard/texts/words.html"
BY_TASTE: Final = "@media (prefers-color-scheme: dark)"
# The mail draws itself and its picture, in a frame that runs nothing.
POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; sandbox; frame-ancestors 'self'"


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@xframe_options_sameorigin
@member_required
@may(Permission.READ)
def preview(request: MemberRequest) -> HttpResponse:
    """What was typed, or what stands. It is for nobody and is not kept."""
    which = asked_for(request.GET)
    said = request.POST if request.method == "POST" else request.GET
    live = None if request.method == "POST" else newest(request.project, which)
    draft = (
        Draft.sent(which, request.POST)
        if request.method == "POST"
        else Draft.of_version(which, opened(request.project, which, said.get("from", ""), live), live)
    )
    if name := said.get("draft", ""):
        draft = replace(draft, content=_drafted(request, which, name))
    response = _drawn(request, which, draft.looked_at() if request.method == "POST" else draft, said.get("look", ""))
    response["Content-Security-Policy"] = POLICY  # the middleware leaves a policy that is there alone
    return response


def _drafted(request: MemberRequest, which: Which, name: str) -> Content:
    """What a language model's draft of this text says. Raises Http404 where there is none."""
    answer = draft_named(request.project, name)
    if answer is None or answer.which != which:
        raise Http404("There is no such draft of this text.")
    return answer.text


def _drawn(request: MemberRequest, which: Which, draft: Draft, look: str) -> HttpResponse:
    said = request.POST if request.method == "POST" else request.GET
    try:
        facts = chosen(request, request.project, which, said)
    except NothingToShow as none:
        return render(request, WORDS, {"unreadable": [{"label": "For", "text": str(none)}]})
    composed = compose(replace(facts, own=Own(1, draft.content)))
    unreadable = [] if composed.version and draft.is_read else draft.problems
    if unreadable or look in {"plain", "inbox"} or which.channel == Channel.SMS:
        return _as_words(request, composed, look, unreadable)
    shown = composed.html.replace(BY_TASTE, "@media all" if look == "dark" else "@media not all")
    return HttpResponse(shown)


def _as_words(
    request: MemberRequest, composed: Composed, look: str, unreadable: Sequence[Mapping[str, str]]
) -> HttpResponse:
    context = {
        "composed": composed,
        "is_inbox": look == "inbox" and composed.channel == Channel.EMAIL,
        "unreadable": unreadable,
    }
    return render(request, WORDS, context)

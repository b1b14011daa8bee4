"""Draws a page inside the house's frame: sidebar with its counts, theme, demo bar, the last sentence said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from tideover import clock
from tideover.analytics.scope import Counts, counts
from tideover.core.timing import local_day
from tideover.dashboard.frame.flash import take
from tideover.dashboard.frame.navigation import navigation
from tideover.dashboard.frame.places import places
from tideover.dashboard.periods import turned_round
from tideover.dashboard.words import STATES, Word
from tideover.recovery.places import zone
from tideover.tenants.access import MemberRequest

THEMES = {"light", "dark"}


@dataclass(frozen=True, slots=True)
class View:
    """A state of cases in the sidebar."""

    state: str
    word: Word
    cases: int


def theme_of(request: HttpRequest) -> str:
    """The theme the person chose; empty where the system's choice holds."""
    chosen = request.COOKIES.get("theme", "")
    return chosen if chosen in THEMES else ""


def zone_of(request: MemberRequest) -> ZoneInfo:
    """The zone in which a project counts its days."""
    return zone(request.project.time_zone)


def today(request: MemberRequest) -> date:
    """The project's day at this moment."""
    return local_day(clock.now(), zone_of(request))


def show(request: MemberRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """A whole page, in the project's own time."""
    frame = {
        "now": clock.now(),
        "theme": theme_of(request),
        "nav": navigation(request),
        "views": _views(counts_of(request).standing),
        "attention_count": counts_of(request).attention,
        "flash": take(request),
        "email": request.member.user.email,
        "places": places(request),
        "turned_round": turned_round(request.GET),
    }
    with timezone.override(zone_of(request)):
        return render(request, template, {**frame, **context}, status=status)


def fragment(request: MemberRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """A part of a page, in the project's own time."""
    with timezone.override(zone_of(request)):
        return render(request, template, {"now": clock.now(), **context}, status=status)


def counts_of(request: MemberRequest) -> Counts:
    """How many cases there are: asked once for a page, whoever needs it."""
    found: Counts | None = getattr(request, "counts", None)
    if found is None:
        found = request.counts = counts(request.project)  # type: ignore[attr-defined] # of this page alone
    return found


def _views(stand: Mapping[tuple[str, str], int]) -> list[View]:
    counts = Counter[str]()
    for (_, state), number in stand.items():
        counts[state] += number
    return [View(state, word, counts[state]) for state, word in STATES.items()]

"""Doctor's page: what was found when an organization was last looked at, and the button that has it looked at again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tideover import clock
from tideover.dashboard.frame.drawing import fragment, show
from tideover.dashboard.words import Word
from tideover.tenants.access import MemberRequest, may, member_required
from tideover.tenants.roles import Permission
from tideover.upkeep.doctor import kept
from tideover.upkeep.doctor.findings import Finding, Level
from tideover.upkeep.doctor.table import CHECKS, WORDS, Symptom, checks_for

LEVELS: Final[Mapping[Level, Word]] = {
    Level.BAD: Word("Broken", "bad"),
    Level.WARN: Word("Look here", "warn"),
    Level.UNKNOWN: Word("Not known"),
    Level.NOTE: Word("Good to know", "info"),
    Level.FINE: Word("Fine", "good"),
}
# A worker takes an examination up within a second or two, and ends it within half a minute.
WITH_PATIENCE: Final = timedelta(seconds=45)


@dataclass(frozen=True, slots=True)
class Shown:
    """A finding as it is drawn. page: where it is mended; empty where that is no page of ours."""

    finding: Finding
    word: Word
    page: str


@dataclass(frozen=True, slots=True)
class Tab:
    """What somebody comes with, or everything."""

    label: str
    url: str
    current: bool


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
@may(Permission.READ)
def page(request: MemberRequest) -> HttpResponse:
    """What was found; sent to, it is looked at again."""
    if request.method == "POST":
        kept.ask(request.organization, clock.now())
        return redirect(_address(_symptom(request)))
    return show(request, "dashboard/help/doctor.html", {**_found(request), "tabs": tabs(_symptom(request))})


@require_safe
@never_cache
@member_required
@may(Permission.READ)
def found(request: MemberRequest) -> HttpResponse:
    """What was found, alone, for the page that waits for it."""
    return fragment(request, "dashboard/help/found.html", _found(request))


def _found(request: MemberRequest) -> dict[str, Any]:
    symptom, latest, now = _symptom(request), kept.kept(request.organization), clock.now()
    wanted = checks_for(symptom)
    findings = [each for each in latest.findings if each.check in wanted]
    hit = {each.check for each in findings}
    waits = latest.asked_at is not None
    return {
        "latest": latest,
        "waits": waits,
        "nobody_came": waits and now - latest.asked_at > WITH_PATIENCE,  # type: ignore[operator]
        "findings": [_shown(each) for each in findings],
        "fine": [CHECKS[name].fine for name in wanted if name not in hit],
        "again": f"{reverse('dashboard:doctor-found')}{_query(symptom)}",
    }


def _shown(each: Finding) -> Shown:
    return Shown(each, LEVELS[each.level], reverse(each.mend.page) if each.mend and each.mend.page else "")


def _symptom(request: MemberRequest) -> Symptom | None:
    word = request.GET.get("for", "")
    return Symptom(word) if word in set(Symptom) else None


def _query(symptom: Symptom | None) -> str:
    return f"?{urlencode({'for': symptom})}" if symptom else ""


def _address(symptom: Symptom | None) -> str:
    return f"{reverse('dashboard:doctor')}{_query(symptom)}"


def tabs(chosen: Symptom | None = None) -> Sequence[Tab]:
    """Everything, then what somebody may come with."""
    labels = [(None, "Everything"), *WORDS.items()]
    return [Tab(label, _address(each), each == chosen) for each, label in labels]

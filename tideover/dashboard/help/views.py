"""The help, and the list of everything there is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.urls import resolve, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tideover.dashboard.frame.drawing import show
from tideover.dashboard.help.doctor import tabs
from tideover.dashboard.help.feature import Feature
from tideover.dashboard.help.features import FEATURES
from tideover.tenants.access import MemberRequest, may, member_required
from tideover.tenants.roles import Permission


@dataclass(frozen=True, slots=True)
class Where:
    """An address, which this person may open or not."""

    path: str
    opens: bool


@dataclass(frozen=True, slots=True)
class Told:
    """A feature as its row says it."""

    feature: Feature
    pages: list[Where]
    calls: list[str]


@require_safe
@never_cache
@member_required
@may(Permission.READ)
def page(request: MemberRequest) -> HttpResponse:
    """Where to look and whom to ask."""
    return show(request, "dashboard/help/page.html", {"symptoms": tabs()[1:]})


@require_safe
@never_cache
@member_required
@may(Permission.READ)
def features(request: MemberRequest) -> HttpResponse:
    """Every feature, its pages, its addresses and its commands."""
    return show(request, "dashboard/help/features.html", {"groups": dict(_told(request))})


def _told(request: MemberRequest) -> Iterator[tuple[str, list[Told]]]:
    for group, found in FEATURES.items():
        yield group, [Told(each, [_where(name, request) for name in each.pages], _calls(each)) for each in found]


def _where(name: str, request: MemberRequest) -> Where:
    path = reverse(name)
    view: Any = resolve(path).func
    return Where(path, view.needs.look in request.member.permissions)


def _calls(feature: Feature) -> list[str]:
    return [f"{call.method} {reverse(call.address, kwargs=dict(call.ids))}" for call in feature.calls]

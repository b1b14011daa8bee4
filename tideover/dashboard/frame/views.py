"""What the palette offers."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tideover.dashboard.frame.drawing import fragment
from tideover.dashboard.frame.navigation import navigation
from tideover.dashboard.search import cases_of, matches, text_of
from tideover.tenants.access import MemberRequest, member_required

FOUND_AT_ONCE = 8


@require_safe
@never_cache
@member_required
def find(request: MemberRequest) -> HttpResponse:
    """What the palette offers for a few letters: pages, then cases."""
    text = text_of(request.GET)
    found = cases_of(request.project).filter(matches(text)).order_by("-opened_at")[:FOUND_AT_ONCE] if text else []
    return fragment(request, "dashboard/frame/found.html", {"text": text, "cases": found, "nav": navigation(request)})

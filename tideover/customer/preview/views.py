"""The preview itself: the payer's own page, in a document that runs no script and sends no form."""

from __future__ import annotations

from typing import Final

from csp.constants import NONCE, NONE, SELF
from csp.decorators import csp_replace
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from tideover import clock
from tideover.core.declines import Family
from tideover.customer.preview.shown import preview
from tideover.messages.languages import all_languages
from tideover.tenants.access import MemberRequest, may, member_required
from tideover.tenants.roles import Permission

NO_LINK: Final = "preview"  # no link has it: what is sent there all the same is answered as any link that is none

MARK: Final = "A preview with sample data. Nobody is charged here, and nothing can be sent."  # to the merchant
# Wherever it stands, no script runs in it and no form leaves it.
CLOSED: Final = {
    "default-src": [NONE],
    "script-src": None,
    "style-src": [SELF, NONCE],
    "font-src": [SELF],
    "img-src": [SELF, "data:"],
    "form-action": [NONE],
    "base-uri": [NONE],
    "frame-ancestors": [SELF],
    "sandbox": ["allow-same-origin"],
}


@require_safe
@never_cache
@csp_replace(CLOSED)
@xframe_options_sameorigin
@member_required
@may(Permission.READ)
def page(request: MemberRequest) -> HttpResponse:
    """What a payer of the project would see of a failure of this family, in this language."""
    shown = preview(request.project, *_asked(request), clock.now())
    context = {
        "page": shown,
        "say": shown.say,
        "language": shown.language,
        "token": NO_LINK,
        "brand": shown.brand,
        "closed": True,
        "may_forward": not request.project.minimal,
        "mark": MARK,
    }
    return render(request, "customer/preview.html", context)


def _asked(request: MemberRequest) -> tuple[Family, str]:
    family, language = request.GET.get("family", Family.NO_FUNDS), request.GET.get("language", "")
    if family not in set(Family) or (language and language not in all_languages()):
        raise Http404
    return Family(family), language or request.project.language

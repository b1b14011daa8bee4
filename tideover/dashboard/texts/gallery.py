"""The gallery: every design of mails, drawn with the merchant's own brand and words; one is chosen for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from django.http import Http404, HttpResponse, QueryDict
from django.views.decorators.http import require_http_methods

from tideover import clock
from tideover.core.catalogue import TEMPLATES, Channel, Template
from tideover.core.settings.designs import DESIGNS, Design
from tideover.core.settings.values import BadValue
from tideover.dashboard.forms.answers import saved
from tideover.dashboard.frame.drawing import show
from tideover.dashboard.frame.flash import Flash
from tideover.dashboard.words import language_label
from tideover.messages.brand import design_of
from tideover.messages.languages import all_languages
from tideover.messages.own.moving import NoSuchText, which_named
from tideover.messages.own.rows import Which
from tideover.tenants.access import MemberRequest, may, member_required
from tideover.tenants.roles import Permission
from tideover.tenants.settings import change

KEY: Final = "brand.design"
LOOKS: Final = {"desktop": "Light", "dark": "Dark"}


@dataclass(frozen=True, slots=True)
class Hung:
    """A design on the wall. picture: the query of the preview that draws it."""

    design: Design
    label: str
    says: str
    picture: str
    is_used: bool


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
@may(Permission.READ, send=Permission.SET)
def designs(request: MemberRequest) -> HttpResponse:
    """Every design beside the others, in the message and language that are asked for; or one is taken."""
    if request.method == "POST":
        return _take(request, request.POST.get("design", ""))
    which, look = _shown(request.GET, request.project.language), request.GET.get("look", "")
    context = {
        "hung": _hung(which, look, design_of(request.project)),
        "which": which,
        "look": look,
        "looks": LOOKS.items(),
        "kinds": [(template.value, TEMPLATES[template].label) for template in Template],
        "languages": sorted((language_label(code), code) for code in all_languages()),
    }
    return show(request, "dashboard/texts/gallery.html", context)


def _shown(query: QueryDict, language: str) -> Which:
    """The mail that all of them show. Raises Http404 for none that there is."""
    spoken = language if language in all_languages() else "en"
    try:
        return which_named(query.get("kind", Template.FAILED), Channel.EMAIL, query.get("language", spoken))
    except NoSuchText as none:
        raise Http404(str(none)) from None


def _hung(which: Which, look: str, used: Design) -> Sequence[Hung]:
    mail = {"kind": which.template, "channel": which.channel, "language": which.language, "look": look}
    return [
        Hung(design, label, says, urlencode({**mail, "design": design}), design == used)
        for design, (label, says) in DESIGNS.items()
    ]


def _take(request: MemberRequest, name: str) -> HttpResponse:
    try:
        made = change(request.project, {KEY: name}, by=request.member.user.email, now=clock.now())
    except BadValue as wrong:
        return saved(request, request.get_full_path(), Flash(str(wrong), bad=True))
    labels = [DESIGNS[Design(str(each.after))][0] for each in made]
    said = f"{labels[0]} is the design of every mail from now on." if labels else "Nothing was changed."
    return saved(request, request.get_full_path(), Flash(said))

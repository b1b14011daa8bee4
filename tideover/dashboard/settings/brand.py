"""How a brand looks before it is saved: whether its color can be read, and a message in it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Self
from urllib.parse import urlencode

from django.http import HttpResponse, QueryDict
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from tideover.core.settings.designs import Design
from tideover.core.settings.values import BadValue, Color
from tideover.dashboard.frame.drawing import fragment
from tideover.dashboard.settings.forms import BrandForm
from tideover.dashboard.words import language_label
from tideover.messages.brand import design_of, logo_path
from tideover.messages.channels import compose
from tideover.messages.color import DARK, DEFAULT, WHITE, contrast, palette
from tideover.messages.examples import EXAMPLE
from tideover.messages.languages import all_languages
from tideover.tenants.access import MemberRequest, may, member_required
from tideover.tenants.models import Project
from tideover.tenants.roles import Permission

# The mail draws itself and its picture, in a frame that runs nothing.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; sandbox; frame-ancestors 'self'"
LONGEST = 240


@dataclass(frozen=True, slots=True)
class Worn:
    """The part of a brand that is to be seen, saved or not."""

    name: str
    color: str
    support: str
    address: str
    design: str

    @classmethod
    def of(cls, said: QueryDict | dict[str, str], project: Project) -> Self:
        """As it was typed. What is no color yet is shown as the one that is kept."""
        try:
            color = Color().checked(said.get("color", ""))
        except BadValue:
            color = project.brand_color
        support, address = (said.get(field, "")[:LONGEST] for field in ("support", "address"))
        design = said.get("design", "")
        drawn = design if design in set(Design) else design_of(project)
        return cls(said.get("name", "")[:LONGEST] or project.name, color, support, address, drawn)

    @classmethod
    def of_form(cls, form: BrandForm, project: Project) -> Self:
        """As it stands in the form."""
        return cls.of({name: str(form[name].value() or "") for name in cls.__dataclass_fields__}, project)


@dataclass(frozen=True, slots=True)
class Readable:
    """One use of the color: on what, in what, how well it can be read."""

    ground: str
    ink: str
    title: str
    why: str


@dataclass(frozen=True, slots=True)
class Look:
    """What the page shows of a brand. mail: the address of a message in it; languages: which it can be read in."""

    worn: Worn
    uses: tuple[Readable, ...]
    button: str
    on_button: str
    mail: str
    languages: tuple[tuple[str, str], ...]


def look_of(worn: Worn) -> Look:
    """How it looks: the same colors that messages and the pay page take."""
    colors = palette(worn.color or DEFAULT)
    query = urlencode(asdict(worn))
    spoken = sorted((language_label(code), code) for code in all_languages())
    return Look(worn, _uses(worn.color), colors.button, colors.on_button, f"?{query}", tuple(spoken))


def _uses(color: str) -> tuple[Readable, ...]:
    colors = palette(color)
    other = DARK if colors.on_button == WHITE else WHITE
    on_it = contrast(colors.button, colors.on_button)
    named = "white" if colors.on_button == WHITE else "dark ink"
    changed = "as it is" if colors.button == color else f"darkened to {colors.button}"
    return (
        Readable(
            colors.button,
            colors.on_button,
            f"The button: {named}, {on_it:.1f} to 1",
            f"Your color {changed}. {'Dark ink' if other == DARK else 'White'} on it would be "
            f"{contrast(colors.button, other):.1f} to 1.",
        ),
        Readable(
            WHITE,
            colors.ink,
            f"As text on white: {colors.ink}, {contrast(colors.ink, WHITE):.1f} to 1",
            "As it is."
            if colors.ink == color
            else f"Darkened; your color itself is {contrast(color, WHITE):.1f} to 1.",
        ),
    )


@require_safe
@never_cache
@member_required
@may(Permission.READ)
def look(request: MemberRequest) -> HttpResponse:
    """The brand as it is being typed, for the page's side."""
    worn = Worn.of(request.GET, request.project)
    context = {"look": look_of(worn), "logo": logo_path(request.project)}
    return fragment(request, "dashboard/settings/look.html", context)


@require_safe
@never_cache
@xframe_options_sameorigin
@member_required
@may(Permission.READ)
def mail(request: MemberRequest) -> HttpResponse:
    """An example of a message in the brand as it is typed, in the language that is asked for, or the project's own.

    It is for nobody and is not kept.
    """
    worn = Worn.of(request.GET, request.project)
    path = logo_path(request.project)
    wording = replace(
        EXAMPLE,
        locale=request.GET.get("language", request.project.language),
        merchant=worn.name,
        brand_color=worn.color,
        support_email=worn.support,
        postal_address=worn.address,
        logo_url=request.build_absolute_uri(path) if path else "",
        open_url="",
        design=Design(worn.design),
    )
    response = HttpResponse(compose(wording).html)
    response["Content-Security-Policy"] = POLICY  # the middleware leaves a policy that is there alone
    return response

"""The list of all settings, and a page for each group of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods, require_safe

from tideover import clock
from tideover.core.declines import Family
from tideover.core.settings.table import listed
from tideover.dashboard.forms.answers import page_with, saved, sent
from tideover.dashboard.frame.drawing import show
from tideover.dashboard.frame.flash import Flash
from tideover.dashboard.settings.brand import Worn, look_of
from tideover.dashboard.settings.forms import (
    BrandForm,
    GeneralForm,
    PayPageForm,
    PlansForm,
    RecoveryForm,
    RenewalsForm,
    RetentionForm,
    SettingsForm,
    WinbackForm,
)
from tideover.dashboard.settings.index import in_short
from tideover.dashboard.words import family_label, language_label
from tideover.messages.brand import logo_path
from tideover.messages.languages import all_languages
from tideover.tenants.access import MemberRequest, may, member_required
from tideover.tenants.roles import Permission
from tideover.tenants.settings import change

PAGE = "dashboard/settings/page.html"
BRAND_PAGE = "dashboard/settings/brand.html"
PAY_PAGE = "dashboard/settings/pay_page.html"
on_a_page = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@member_required
@may(Permission.READ)
def index(request: MemberRequest) -> HttpResponse:
    """Every page of the settings, with what is set there in short."""
    return show(request, "dashboard/settings/index.html", {"in_short": in_short(request)})


@on_a_page
@member_required
@may(Permission.READ, send=Permission.SET)
def general(request: MemberRequest) -> HttpResponse:
    """Names, time zone and currency."""
    return _page(request, GeneralForm(request.project, *sent(request)))


@on_a_page
@member_required
@may(Permission.READ, send=Permission.SET)
def brand(request: MemberRequest) -> HttpResponse:
    """What customers see of the merchant, with how it looks."""
    form = BrandForm(request.project, *sent(request))
    worn = Worn.of_form(form, request.project)
    return _page(request, form, BRAND_PAGE, {"look": look_of(worn), "logo": logo_path(request.project)})


@on_a_page
@member_required
@may(Permission.READ, send=Permission.SET)
def recovery(request: MemberRequest) -> HttpResponse:
    """Whether failures are recovered at all."""
    return _page(request, RecoveryForm(request.project, *sent(request)))


@on_a_page
@member_required
@may(Permission.READ, send=Permission.SET)
def pay_page(request: MemberRequest) -> HttpResponse:
    """What customers may pay by, and the page on which they do."""
    context = {
        "families": [(str(family), family_label(family)) for family in Family],
        "languages": sorted((language_label(code), code) for code in all_languages()),
    }
    form = PayPageForm(request.project, *sent(request))
    return _page(request, form, PAY_PAGE, context)


@on_a_page
@member_required
@may(Permission.READ, send=Permission.SET)
def plans(request: MemberRequest) -> HttpResponse:
    """What may be paid in parts."""
    return _page(request, PlansForm(request.project, *sent(request)))


@on_a_page
@member_required
@may(Permission.READ, send=Permission.SET)
def renewals(request: MemberRequest) -> HttpResponse:
    """Who is told of what renews, and of trials that end."""
    return _page(request, RenewalsForm(request.project, *sent(request)))


@on_a_page
@member_required
@may(Permission.READ, send=Permission.SET)
def winback(request: MemberRequest) -> HttpResponse:
    """Who is asked back after a subscription has ended, and what they are offered."""
    return _page(request, WinbackForm(request.project, *sent(request)))


@on_a_page
@member_required
@may(Permission.READ, send=Permission.SET)
def retention(request: MemberRequest) -> HttpResponse:
    """How long what is no longer needed is kept."""
    return _page(request, RetentionForm(request.project, *sent(request)))


def _page(
    request: MemberRequest, form: SettingsForm, page: str = PAGE, context: Mapping[str, Any] | None = None
) -> HttpResponse:
    """The page of a group: looked at, or saved."""
    if not form.is_valid():
        return page_with(request, page, form, {"title": form.title, "intro": form.intro, **(context or {})})
    changes = change(request.project, form.changes, by=request.member.user.email, now=clock.now())
    said = f"Saved: {listed(each.key for each in changes)}." if changes else "Nothing was changed."
    return saved(request, request.path, Flash(said))

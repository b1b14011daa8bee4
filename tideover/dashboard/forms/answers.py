"""The two answers to a form: the page with what is wrong beside its field, or on to the next page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect

from tideover.dashboard.forms.form import Data, Files, Form
from tideover.dashboard.frame import flash
from tideover.dashboard.frame.drawing import fragment, show
from tideover.dashboard.frame.flash import Flash
from tideover.tenants.access import MemberRequest

NOT_YET: Final = 422  # the status of a form that something is wrong with


def sent(request: MemberRequest) -> tuple[Data | None, Files | None]:
    """What a form is made of: what was posted with its files, or nothing where the page is only looked at."""
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)


def page_of(request: MemberRequest) -> str:
    """The page of ours that the form says it stood on; empty where it says none."""
    wanted = request.POST.get("next", "")
    return wanted if url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}) else ""


def _by_script(request: MemberRequest) -> bool:
    return request.headers.get("HX-Request") == "true"


def _may_send(request: MemberRequest) -> bool:
    """Whether this person's role may send the page's form, as its view says (`may(look, send=…)`)."""
    view = request.resolver_match.func if request.resolver_match else None
    needs = getattr(view, "needs", None)
    return needs is None or needs.send in request.member.permissions


def page_with(
    request: MemberRequest, template: str, form: Form, context: Mapping[str, Any] | None = None
) -> HttpResponse:
    """The page its form stands on, as `form`; with its problems it is 422, and a script gets the form alone."""
    form.read_only = not _may_send(request)
    wrong = form.is_bound and not form.is_valid()
    if not wrong:
        return show(request, template, {"form": form, **(context or {})})
    form.point_at_problem()
    if _by_script(request):
        return fragment(request, "dashboard/forms/form.html", {"form": form}, NOT_YET)
    return show(request, template, {"form": form, **(context or {})}, NOT_YET)


def saved(request: MemberRequest, to: str, said: Flash) -> HttpResponse:
    """On to an address or a named page, which says what was done: a reload there sends nothing twice."""
    flash.say(request, said)
    url = resolve_url(to)
    return HttpResponseClientRedirect(url) if _by_script(request) else redirect(url)

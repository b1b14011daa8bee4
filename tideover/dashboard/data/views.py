"""Data and privacy: everything as one archive, erasing a customer, and what was erased."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.http import HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from tideover import clock
from tideover.dashboard.data.forms import EraseForm, WhomForm
from tideover.dashboard.forms.answers import page_with, saved
from tideover.dashboard.forms.form import Form
from tideover.dashboard.frame.drawing import show
from tideover.dashboard.frame.flash import Flash
from tideover.tenants import audit
from tideover.tenants.access import MemberRequest, may, member_required
from tideover.tenants.models import Erasure
from tideover.tenants.roles import Permission
from tideover.upkeep.privacy.erase import erase
from tideover.upkeep.privacy.export import archive

PAGE: Final = "dashboard/data/page.html"
ERASE: Final = "dashboard/data/erase.html"
SHOWN: Final = 20


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@member_required
@may(Permission.READ, send=Permission.SET)
def page(request: MemberRequest) -> HttpResponse:
    """What is kept, and whom to erase; sent, it leads on to what is kept of them."""
    form = WhomForm(request.organization, request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return page_with(request, PAGE, form, _told(request))
    sure = EraseForm(request.organization, sent_to=reverse("dashboard:erase-customer"))
    sure.initial["customer"] = form.cleaned_data["customer"]
    return show(request, ERASE, _about(form, sure))


def _told(request: MemberRequest) -> Mapping[str, Any]:
    mine = Erasure.objects.filter(organization=request.organization).order_by("-at")
    return {"erasures": mine[:SHOWN]}


def _about(named: WhomForm | EraseForm, sure: Form) -> dict[str, Any]:
    """What would go, and the form whose word makes it sure."""
    return {"form": sure, "kept": named.kept, "customer": named.cleaned_data.get("customer", "")}


@require_POST
@never_cache
@member_required
@may(Permission.SET)
def erase_customer(request: MemberRequest) -> HttpResponse:
    """Erase who was named and confirmed."""
    form = EraseForm(request.organization, request.POST, sent_to=reverse("dashboard:erase-customer"))
    if not form.is_valid():
        return page_with(request, ERASE, form, _about(form, form))
    done = erase(request.organization, form.cleaned_data["customer"], request.member.user.email, clock.now())
    said = f"Erased: {done.cases} cases and {done.messages} messages tell of nobody any more."
    said += " Stripe's events about them follow, as does what was under way: below stands when all is done."
    return saved(request, "dashboard:data", Flash(said))


@require_POST
@never_cache
@member_required
@may(Permission.OWN)
def export_everything(request: MemberRequest) -> StreamingHttpResponse:
    """Everything as one archive, written while it is downloaded. The log tells who took it."""
    now = clock.now()
    audit.write(request.organization.pk, audit.Deed(request.member.user.email, "everything exported"), now)
    response = StreamingHttpResponse(archive(request.organization, now), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="tideover-{request.organization.slug}-{now:%Y-%m-%d}.zip"'
    return response

"""Who is written to besides a customer: added and taken away on their page."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from tideover import clock
from tideover.core.ways.reader_file import Wish
from tideover.core.ways.readers import Role, Source
from tideover.dashboard.customers.showing import CUSTOMER_PAGE, form_for, found_of, shown
from tideover.dashboard.forms.answers import page_with, saved
from tideover.dashboard.frame.flash import Flash
from tideover.ids import private
from tideover.mirror.models import Customer
from tideover.recovery.commands import Refusal
from tideover.recovery.ways import recipients
from tideover.tenants.access import MemberRequest, may, member_required
from tideover.tenants.roles import Permission


@require_POST
@member_required
@may(Permission.ACT)
def add(request: MemberRequest, public_id: str) -> HttpResponse:
    """One more; who is there already is changed."""
    customer = found_of(request, public_id)
    form = form_for(customer, request.POST)
    if not form.is_valid():
        return page_with(request, CUSTOMER_PAGE, form, shown(customer, form))
    typed = form.cleaned_data
    wish = Wish(
        customer.stripe_id, typed["address"], typed["name"], Role(typed["role"]), typed["language"], typed["from_day"]
    )
    answer = recipients.add(request.project, wish, by=request.member.user.email, source=Source.PAGE, now=clock.now())
    if isinstance(answer, Refusal):
        form.add_error("address", answer.why)
        return page_with(request, CUSTOMER_PAGE, form, shown(customer, form))
    return saved(request, _page_of(customer), Flash(f"{answer.address} is written to, from day {answer.from_day} on."))


@require_POST
@member_required
@may(Permission.ACT)
def remove(request: MemberRequest, public_id: str, recipient_id: str) -> HttpResponse:
    """One less."""
    customer = found_of(request, public_id)
    mine = recipients.recipients_of(request.project).filter(
        connection_id=customer.connection_id, customer_id=customer.stripe_id
    )
    row = mine.filter(pk=private("rcp", recipient_id) or UUID(int=0)).first()
    if row is None:
        raise Http404("There is nobody of this id who is written to.")
    recipients.remove(row, by=request.member.user.email, now=clock.now())
    return saved(request, _page_of(customer), Flash(f"{row.address} is written to no more."))


def _page_of(customer: Customer) -> str:
    return reverse("dashboard:customer", args=[customer.public_id])

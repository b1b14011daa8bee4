"""Hands a view the case that an address names, if it is one of the merchant's own."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, Final, ParamSpec

from django.db.models import OuterRef, Subquery
from django.http import Http404, HttpResponseBase

from tideover.ids import private
from tideover.mirror.models import Customer
from tideover.recovery.models import Case
from tideover.tenants.access import MemberRequest

P = ParamSpec("P")
CaseView = Callable[Concatenate[MemberRequest, Case, P], HttpResponseBase]


# The row of whose case it is, as far as the account's history is read: its page is led to.
_WHOSE: Final = {"connection": OuterRef("connection"), "stripe_id": OuterRef("customer_id"), "erased_at": None}
_CUSTOMER: Final = Subquery(Customer.objects.filter(**_WHOSE, project=OuterRef("project")).values("pk")[:1])


def of_mine(view: CaseView[P]) -> Callable[..., HttpResponseBase]:
    """Hands the view the case behind the public id. Another merchant's case is as absent as one that never was."""

    @wraps(view)
    def found(request: MemberRequest, public_id: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        case_id = private("case", public_id)
        cases = Case.objects.select_related("connection__lane", "project", "ruleset", "organization", "clock")
        case = (
            cases.annotate(customer_row=_CUSTOMER).filter(organization=request.organization, pk=case_id).first()
            if case_id
            else None
        )
        if case is None:
            raise Http404("There is no such case.")
        return view(request, case, *args, **kwargs)

    return found

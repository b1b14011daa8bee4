"""What a person looks for by a few letters, in the palette and in every list."""

from __future__ import annotations

from typing import Final

from django.db.models import Q, QuerySet
from django.http import QueryDict

from tideover.ids import private
from tideover.mirror.models import Customer
from tideover.recovery.models import Case
from tideover.tenants.models import Project

LONGEST: Final = 100


def text_of(get: QueryDict) -> str:
    """The letters an address asks for."""
    return get.get("q", "").replace("\x00", "").strip()[:LONGEST]


def cases_of(project: Project) -> QuerySet[Case]:
    """Every case of a project."""
    return Case.objects.filter(organization_id=project.organization_id, project=project)


def matches(text: str) -> Q:
    """Cases a person means by `text`: part of a name or address, the start of an id or number, or our own id."""
    found = Q(customer_name__icontains=text) | Q(customer_email__icontains=text)
    found |= Q(invoice_number__istartswith=text) | Q(invoice_id__startswith=text) | Q(customer_id__startswith=text)
    own = private("case", text)
    return found | Q(pk=own) if own else found


def customers_of(project: Project) -> QuerySet[Customer]:
    """Every customer of a project that has a page: who was erased has none."""
    return Customer.objects.filter(organization_id=project.organization_id, project=project, erased_at=None)


def is_called(text: str) -> Q:
    """Customers a person means by `text`: part of a name or address, the start of an id at Stripe, or our own id."""
    found = Q(name__icontains=text) | Q(email__icontains=text) | Q(stripe_id__startswith=text)
    own = private("customer", text)
    return found | Q(pk=own) if own else found

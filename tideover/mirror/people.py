"""Who the customers of an account are, for whoever looks for a person: ids, addresses, and what is theirs."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Final
from uuid import UUID

from django.db.models import Q, QuerySet

from tideover.mirror.models import AnyRow, Customer, Method, MirrorInvoice, Payment, Subscription

THEIRS: Final[tuple[type[AnyRow], ...]] = (Method, Subscription, Payment, MirrorInvoice)


def _known(organization_id: UUID) -> QuerySet[Customer]:
    return Customer.objects.filter(organization_id=organization_id, erased_at=None)


def called(organization_id: UUID, addresses: Collection[str]) -> set[str]:
    """The ids of whoever has one of these addresses."""
    wanted = Q(pk__in=[])
    for address in addresses:
        wanted |= Q(email__iexact=address)
    return set(_known(organization_id).filter(wanted).values_list("stripe_id", flat=True)) if addresses else set()


def addresses_of(organization_id: UUID, customers: Collection[str]) -> set[str]:
    """The addresses of these customers."""
    theirs = _known(organization_id).filter(stripe_id__in=customers).exclude(email="")
    return set(theirs.values_list("email", flat=True))


def rows_of(organization_id: UUID, customers: Collection[str]) -> Iterator[QuerySet[Any]]:
    """What of each table is theirs, without who they are themselves."""
    for model in THEIRS:
        rows: QuerySet[Any] = model._default_manager.all()  # noqa: SLF001 - documented
        yield rows.filter(organization=organization_id, customer_id__in=customers)


def ids_of(organization_id: UUID, customers: Collection[str]) -> set[str]:
    """The ids of what is theirs: by one of them an event may tell of them that names no customer."""
    found = {each for rows in rows_of(organization_id, customers) for each in rows.values_list("stripe_id", flat=True)}
    payments = Payment.objects.filter(organization=organization_id, customer_id__in=customers)
    return found | {each for each in payments.values_list("intent_id", flat=True) if each}


def everybody(organization_id: UUID) -> set[str]:
    """Every id and address that is kept of somebody."""
    pairs = _known(organization_id).values_list("stripe_id", "email")
    return {word for pair in pairs.iterator() for word in pair if word}


def knows(organization_id: UUID, customers: Collection[str]) -> bool:
    """Whether anybody of these is kept."""
    return _known(organization_id).filter(stripe_id__in=customers).exists()

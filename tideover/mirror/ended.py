"""Subscriptions that have ended, and whether their customers have another: by the mirror, which events keep."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

from django.db.models import Q, QuerySet

from tideover.core.ahead.winback import ENDED
from tideover.mirror.models import Customer, Subscription
from tideover.tenants.models import Connection, Project

BEGUN: Final = ("incomplete", "incomplete_expired")  # its first payment was never made


def ended(project: Project, reasons: Collection[str], since: datetime, until: datetime) -> QuerySet[Subscription]:
    """Those of the project's accounts that ended within this time for one of these reasons, the longest ago first."""
    accounts = Connection.objects.filter(project=project, state=Connection.State.ACTIVE)
    left = Subscription.objects.filter(connection__in=accounts.values("pk"), status=ENDED, left_for__in=reasons)
    return left.filter(ended_at__gt=since, ended_at__lte=until).order_by("ended_at", "id")


def has_another(customer: Customer, plan: Subscription) -> bool:
    """Whether its customer has a subscription that goes on, or has begun one since it ended.

    So does who goes by the same address as another customer of the project: Stripe makes a new one at many a checkout.
    """
    same = Customer.objects.filter(project_id=customer.project_id, erased_at=None)
    who = Q(connection_id=customer.connection_id, stripe_id=customer.stripe_id)
    if customer.email.strip():
        who |= Q(email__iexact=customer.email.strip())
    ids = same.filter(who).values_list("connection_id", "stripe_id")
    goes_on = Q(ended_at=None) | (Q(began_at__gt=plan.ended_at) if plan.ended_at else Q())
    theirs = (Q(connection_id=connection, customer_id=stripe_id) for connection, stripe_id in ids)
    others = Subscription.objects.exclude(pk=plan.pk).exclude(status__in=BEGUN).filter(goes_on)
    return any(others.filter(each).exists() for each in theirs)

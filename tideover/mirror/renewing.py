"""Subscriptions that renew, or whose trial ends, in the days to come: by the mirror, which events keep."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet

from tideover.mirror.models import Customer, Method, Subscription
from tideover.tenants.models import Connection, Project

A_YEAR = 12  # months


def renewing(project: Project, status: str, now: datetime, until: datetime) -> QuerySet[Subscription]:
    """Those of this status that go on to a payment by then, of the project's accounts; the next first.

    Neither those that are to end nor those whose collection is paused.
    """
    accounts = Connection.objects.filter(project=project, state=Connection.State.ACTIVE)
    going_on = Subscription.objects.filter(connection__in=accounts.values("pk"), rests=False, ends_at=None)
    return going_on.filter(status=status, renews_at__gt=now, renews_at__lte=until).order_by("renews_at", "id")


def yearly() -> Q:
    """Of subscriptions those that are paid once a year or less often, or of which that is not known yet."""
    return Q(months__gte=A_YEAR) | Q(months=None)


def charged_by(plan: Subscription, customer: Customer) -> Method | None:
    """What its next invoice is charged by, as far as that is known; None where it is sent to be paid by hand."""
    key = plan.method_id or customer.method_id
    theirs = Method.objects.filter(connection_id=plan.connection_id, customer_id=customer.stripe_id, gone=False)
    return None if plan.sent or not key else theirs.filter(stripe_id=key).first()

"""What a merchant has chosen about notices, held against a subscription of the mirror."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from tideover.core.ahead.kinds import KINDS, Ahead
from tideover.core.ahead.notices import Plan, Timing, Wish, timing, why_unneeded
from tideover.core.ahead.predunning import Unneeded
from tideover.core.timing import local_day
from tideover.mirror.models import Customer, Subscription
from tideover.tenants.models import Connection, Project


def wish_of(project: Project, kind: Ahead) -> Wish:
    """The project's own."""
    days: int = getattr(project, KINDS[kind].days)
    return Wish(days, by_law=project.renewals_by_law, every=project.renewals_of_every_plan)


def why_not(project: Project, kind: Ahead, plan: Subscription, at: datetime) -> Unneeded | None:
    """Why there is nothing to say of what was to happen at this moment."""
    return why_unneeded(kind, _plan(plan), at, wish_of(project, kind))


def timing_of(project: Project, kind: Ahead, plan: Subscription, customer: Customer, zone: ZoneInfo) -> Timing:
    """When the customer is told of what renews, or ends its trial. zone: where they live."""
    assert plan.renews_at is not None
    lives_in = customer.country, customer.region
    return timing(kind, _plan(plan), local_day(plan.renews_at, zone), lives_in, wish_of(project, kind))


def days_ahead(project: Project, kind: Ahead, plan: Subscription, customer: Customer, zone: ZoneInfo) -> int:
    """How many days before it they are told."""
    return timing_of(project, kind, plan, customer, zone).days


def way_to_cancel(project: Project, connection: Connection) -> bool:
    """Whether the page behind a notice has one: the merchant's own address, or Stripe's portal, a write at Stripe."""
    return bool(project.cancel_url) or connection.may_write


def _plan(row: Subscription) -> Plan:
    ends = row.ends_at is not None
    return Plan(row.status, row.renews_at, row.began_at, ends=ends, rests=row.rests, months=row.months)

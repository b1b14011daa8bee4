"""Who has left, which letters each of them gets or got, and who has come back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from tideover.core.ahead.kinds import KINDS, WINBACKS, Ahead
from tideover.core.ahead.predunning import Unneeded, Waits
from tideover.core.ahead.winback import LATE, Left, Over, day_of_letter, is_late, why_unneeded
from tideover.core.catalogue import Template
from tideover.core.timing import local_day
from tideover.flow.stops import stopped_for_everybody
from tideover.messages.suppression import Meant, unsent_of
from tideover.mirror.ended import BEGUN, ended
from tideover.mirror.models import Customer, Subscription
from tideover.predunning.looking import zone_of
from tideover.predunning.models import Alert
from tideover.predunning.sending import CHANNEL
from tideover.predunning.telling import STANDS, Asked, Outlook, Stands, reasons
from tideover.recovery.models import Case
from tideover.recovery.places import zone
from tideover.tenants.models import Project

SHOWN: Final = timedelta(days=max(KINDS[kind].after for kind in WINBACKS) + LATE)


@dataclass(frozen=True, slots=True)
class Leaver:
    """A subscription that has ended. on: its last day where they live. back: they have another.

    letters: what becomes of each, in the order of its day; None where that has passed, or there is nobody to write to.
    """

    plan: Subscription
    customer: Customer | None
    on: date
    back: bool
    letters: Mapping[Ahead, Outlook | None]


def left(project: Project, now: datetime) -> QuerySet[Subscription]:
    """What ended so lately that a letter may still come, whoever ended it, the longest ago first; with all that `told`
    asks.
    """
    failing = Case.objects.filter(
        connection=OuterRef("connection"), customer_id=OuterRef("customer_id"), state=Case.State.FAILING
    )
    return (
        ended(project, [*Left, ""], now - SHOWN, now)
        .select_related("connection__organization")
        .annotate(is_failing=Exists(failing), everybody=stopped_for_everybody())
    )


@dataclass(frozen=True, slots=True)
class Known:
    """What all of them have in common, read at once."""

    asked: Asked
    customers: Mapping[tuple[UUID, str], Customer]
    theirs: Mapping[tuple[UUID, str], Sequence[Subscription]]
    written: Mapping[tuple[UUID, str, datetime], Mapping[str, Alert]]


def told(project: Project, plans: Sequence[Subscription], now: datetime) -> list[Leaver]:
    """Of subscriptions that were read by `left`: four questions, however many they are."""
    known = _known(project, plans, now)
    return [_told(known, plan) for plan in plans]


def _known(project: Project, plans: Sequence[Subscription], now: datetime) -> Known:
    ids = {plan.customer_id for plan in plans}
    customers = {
        (each.connection_id, each.stripe_id): each
        for each in Customer.objects.filter(project=project, stripe_id__in=ids)
    }
    theirs, written = defaultdict(list), defaultdict[tuple[UUID, str, datetime], dict[str, Alert]](dict)
    for each in Subscription.objects.filter(connection__project=project, customer_id__in=ids).exclude(status__in=BEGUN):
        theirs[each.connection_id, each.customer_id].append(each)
    alerts = Alert.objects.filter(connection__project=project, kind__in=WINBACKS)
    for alert in alerts.filter(subscription_id__in={plan.stripe_id for plan in plans}):
        written[alert.connection_id, alert.subscription_id, alert.renews_at][alert.kind] = alert
    addresses = [each.email for each in customers.values()]
    kept_out = unsent_of(project.organization_id, CHANNEL, addresses, Meant(Template.WINBACK_1))
    asked = Asked(project, WINBACKS[0], kept_out, now)
    return Known(asked, customers, theirs, written)


def _told(known: Known, plan: Subscription) -> Leaver:
    assert plan.ended_at is not None
    project = known.asked.project
    customer = known.customers.get((plan.connection_id, plan.customer_id))
    lives_in = zone_of(project, customer) if customer else project.time_zone
    back = _is_back(known, plan)
    on = local_day(plan.ended_at, zone(lives_in))
    if customer is None:
        return Leaver(plan, None, on, back, dict.fromkeys(WINBACKS))
    why = next(reasons(known.asked, plan, customer, _moot(project, plan, customer, back=back)), "")
    written = known.written.get((plan.connection_id, plan.stripe_id, plan.ended_at), {})
    letters = {kind: _outlook(known, plan, kind, written.get(kind), why) for kind in WINBACKS}
    return Leaver(plan, customer, on, back, letters)


def _is_back(known: Known, plan: Subscription) -> bool:
    """As `has_another` says, but of the same customer alone."""
    assert plan.ended_at is not None
    others = known.theirs.get((plan.connection_id, plan.customer_id), ())
    return any(each.pk != plan.pk and (each.ended_at is None or each.began_at > plan.ended_at) for each in others)


def _moot(project: Project, plan: Subscription, customer: Customer, *, back: bool) -> Unneeded | None:
    assert plan.ended_at is not None
    if customer.gone:
        return Unneeded.ERASED
    over = Over(plan.status, plan.ended_at, plan.left_for, back=back)
    return why_unneeded(over, plan.ended_at, unpaid=project.winback_unpaid)


def _outlook(known: Known, plan: Subscription, kind: Ahead, alert: Alert | None, why: str) -> Outlook | None:
    assert plan.ended_at is not None
    if alert and alert.state != Alert.State.PLANNED:
        return Outlook(STANDS[alert.state], alert.settled_at, alert.reason)
    project, now = known.asked.project, known.asked.now
    lives_in = zone(zone_of(project, known.customers[plan.connection_id, plan.customer_id]))
    if is_late(kind, plan.ended_at, now, lives_in):
        return None
    if why:
        return Outlook(Stands.HELD, None, why)
    if alert and alert.reason not in {"", Waits.EARLY}:
        return Outlook(Stands.HELD, alert.try_at, alert.reason)
    return Outlook(Stands.PLANNED, max(now, day_of_letter(kind, plan.ended_at, lives_in)))

"""Who has left, which letters each of them gets or got, and who has come back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import QuerySet

from tideover.core.ahead.kinds import KINDS, WINBACKS, Ahead
from tideover.core.ahead.predunning import Unneeded, Waits
from tideover.core.ahead.winback import LATE, Left, Over, day_of_letter, is_late, why_unneeded
from tideover.core.outcomes import Unsent
from tideover.core.timing import local_day
from tideover.messages.keyed import address_hash
from tideover.messages.suppression import WINBACK, unsent_of
from tideover.mirror.ended import BEGUN, ended
from tideover.mirror.models import Customer, Subscription
from tideover.predunning.looking import is_test, why_silent, zone_of
from tideover.predunning.models import Alert
from tideover.predunning.sending import CHANNEL
from tideover.predunning.telling import STANDS, Outlook, Stands
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
    """What ended so lately that a letter may still come, whoever ended it; the longest ago first."""
    return ended(project, [*Left, ""], now - SHOWN, now).select_related("connection__organization")


@dataclass(frozen=True, slots=True)
class Known:
    """What all of them have in common, read at once."""

    project: Project
    customers: Mapping[tuple[UUID, str], Customer]
    theirs: Mapping[tuple[UUID, str], Sequence[Subscription]]
    written: Mapping[tuple[UUID, str, datetime], Mapping[str, Alert]]
    kept_out: Mapping[str, Unsent]
    now: datetime


def told(project: Project, plans: Sequence[Subscription], now: datetime) -> list[Leaver]:
    """Of subscriptions that were read by `left`: five questions, however many they are."""
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
    return Known(project, customers, theirs, written, _kept_out(project, customers.values()), now)


def _kept_out(project: Project, customers: Collection[Customer]) -> Mapping[str, Unsent]:
    """Why some of them are not written to, by the hash of their address: at all, or with these letters alone."""
    addresses = [each.email for each in customers]
    return {
        hashed: why
        for channel in (WINBACK, CHANNEL)
        for hashed, why in unsent_of(project.organization_id, channel, addresses).items()
    }


def _told(known: Known, plan: Subscription) -> Leaver:
    assert plan.ended_at is not None
    customer = known.customers.get((plan.connection_id, plan.customer_id))
    lives_in = zone_of(known.project, customer) if customer else known.project.time_zone
    back = _is_back(known, plan)
    on = local_day(plan.ended_at, zone(lives_in))
    if customer is None:
        return Leaver(plan, None, on, back, dict.fromkeys(WINBACKS))
    why = next(_reasons(known, plan, customer, back=back), "")
    written = known.written.get((plan.connection_id, plan.stripe_id, plan.ended_at), {})
    letters = {kind: _outlook(known, plan, kind, written.get(kind), why) for kind in WINBACKS}
    return Leaver(plan, customer, on, back, letters)


def _is_back(known: Known, plan: Subscription) -> bool:
    """As `has_another` says, but of the same customer alone."""
    assert plan.ended_at is not None
    others = known.theirs.get((plan.connection_id, plan.customer_id), ())
    return any(each.pk != plan.pk and (each.ended_at is None or each.began_at > plan.ended_at) for each in others)


def _outlook(known: Known, plan: Subscription, kind: Ahead, alert: Alert | None, why: str) -> Outlook | None:
    assert plan.ended_at is not None
    if alert and alert.state != Alert.State.PLANNED:
        return Outlook(STANDS[alert.state], alert.settled_at, alert.reason)
    customer = known.customers[plan.connection_id, plan.customer_id]
    lives_in = zone(zone_of(known.project, customer))
    if is_late(kind, plan.ended_at, known.now, lives_in):
        return None
    if why:
        return Outlook(Stands.HELD, None, why)
    if alert and alert.reason not in {"", Waits.EARLY}:
        return Outlook(Stands.HELD, alert.try_at, alert.reason)
    return Outlook(Stands.PLANNED, max(known.now, day_of_letter(kind, plan.ended_at, lives_in)))


def _reasons(known: Known, plan: Subscription, customer: Customer, *, back: bool) -> Iterator[str]:
    """What keeps the next letter unwritten as things stand, the weightiest first."""
    project, account = known.project, plan.connection
    assert plan.ended_at is not None
    if customer.erased_at or customer.gone:
        yield Unneeded.ERASED
    if customer.test_clock:
        yield Unneeded.ON_A_CLOCK
    over = Over(plan.status, plan.ended_at, plan.left_for, back=back)
    if moot := why_unneeded(over, plan.ended_at, unpaid=project.winback_unpaid):
        yield moot
    if silent := why_silent(WINBACKS[0], project, account):
        yield silent
    if not customer.email.strip():
        yield Unsent.NO_ADDRESS
    if reason := known.kept_out.get(address_hash(customer.email)):
        yield reason
    if is_test(account, customer) and not account.test_mail:
        yield Unsent.TEST_MODE

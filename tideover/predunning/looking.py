"""The last look: whether something is still to be told of, and may be told of now. By our own rows; they ask nobody."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tideover.core.ahead.kinds import KINDS, WINBACKS, Ahead
from tideover.core.ahead.predunning import Card, Unneeded, Waits, due_at, not_survived, why_moot
from tideover.core.ahead.winback import is_late
from tideover.core.catalogue import Template
from tideover.core.rules import Rules
from tideover.flow.stops import why_stopped
from tideover.messages.keyed import address_hash
from tideover.messages.models import Message
from tideover.messages.suppression import MAY_HAVE_LEFT
from tideover.mirror.expiring import paid_after, renewing_of, told
from tideover.mirror.models import Customer, Method, Subscription
from tideover.mirror.renewing import charged_by
from tideover.predunning import leaving
from tideover.predunning.models import Alert
from tideover.predunning.noticing import days_ahead, way_to_cancel, why_not
from tideover.recovery.last_look import Held, Moot
from tideover.recovery.models import Case
from tideover.recovery.places import zone, zone_name
from tideover.recovery.rulesets import newest, rules_of
from tideover.tenants.models import Connection, Project

SOON: Final = timedelta(minutes=10)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Known:
    """What the mirror has of a card. plans: what it is charged for."""

    customer: Customer
    method: Method
    plans: Sequence[Subscription]
    card: Card


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen. plan: what is charged at `renews_at`: of a card that ends, the first after its end. method: by
    what; None where that is not known. days: how long ahead it is told. Of a letter to who has left `renews_at` is when
    that ended, and the days are below 0.
    """

    alert: Alert
    connection: Connection
    customer: Customer
    method: Method | None
    plan: Subscription
    renews_at: datetime
    days: int
    rules: Rules

    @property
    def project(self) -> Project:
        return self.connection.project

    @property
    def zone(self) -> str:
        """Where they live."""
        return zone_of(self.project, self.customer)

    @property
    def is_test(self) -> bool:
        """Whether no real money is meant."""
        return is_test(self.connection, self.customer)


def zone_of(project: Project, customer: Customer) -> str:
    """The name of the zone in which they live, or the merchant's where that is not known."""
    return zone_name(customer.country, customer.region, project.time_zone)


def is_test(connection: Connection, customer: Customer) -> bool:
    """Whether no real money is meant by what this customer pays."""
    return bool(customer.test_clock) or not connection.livemode


def look(alert: Alert, now: datetime) -> Look:
    """What is so at this moment. Raises Moot where there is nothing to say any more, and Held where it must wait."""
    connection = Connection.objects.select_related("organization", "project").get(pk=alert.connection_id)
    if connection.state == Connection.State.DISCONNECTED:
        raise Moot(Unneeded.DISCONNECTED)
    seen = seen_by_our_rows(alert, connection, now)
    if seen.customer.test_clock:
        raise Moot(Unneeded.ON_A_CLOCK)
    _may_be_told(seen)
    due = due_at(seen.renews_at, seen.days, now, seen.rules.sending, zone(seen.zone))
    if due > now:
        raise Held(Waits.EARLY, min(due - now, DAY))  # by then the merchant may have chosen another day
    return seen


def _seen_card(alert: Alert, connection: Connection, now: datetime) -> Look:
    known = known_of(alert)
    if known is None or alert.expires_on is None:
        raise Moot(Unneeded.ERASED)
    if moot := why_moot(known.card, alert.expires_on):
        raise Moot(moot)
    renews_at = not_survived(alert.expires_on, known.card.renewals, now)
    plan = next((plan for plan in known.plans if renews_at and plan.renews_at == renews_at), None)
    if plan is None or renews_at is None:
        raise Held(Waits.UNKNOWN, DAY)
    project = connection.project
    rules = rules_of(newest(project))
    return Look(alert, connection, known.customer, known.method, plan, renews_at, project.card_alert_days, rules)


def _seen_plan(alert: Alert, connection: Connection, _now: datetime) -> Look:
    found = plan_of(alert)
    if found is None:
        raise Moot(Unneeded.ERASED)
    customer, plan = found
    kind, project = Ahead(alert.kind), connection.project
    if moot := why_not(project, kind, plan, alert.renews_at):
        raise Moot(moot)
    days = days_ahead(project, kind, plan, customer, zone(zone_of(project, customer)))
    rules = rules_of(newest(project))
    return Look(alert, connection, customer, charged_by(plan, customer), plan, alert.renews_at, days, rules)


def _seen_left(alert: Alert, connection: Connection, now: datetime) -> Look:
    found, project, kind = plan_of(alert), connection.project, Ahead(alert.kind)
    if found is None or found[0].gone:
        raise Moot(Unneeded.ERASED)
    customer, plan = found
    if moot := leaving.why_not(project, customer, plan, alert.renews_at):
        raise Moot(moot)
    if is_late(kind, alert.renews_at, now, zone(zone_of(project, customer))):
        raise Moot(Unneeded.LATE)
    rules = rules_of(newest(project))
    return Look(alert, connection, customer, None, plan, alert.renews_at, -KINDS[kind].after, rules)


SEEN: Final[Mapping[Ahead, Callable[[Alert, Connection, datetime], Look]]] = {
    Ahead.CARD: _seen_card,
    Ahead.RENEWAL: _seen_plan,
    Ahead.TRIAL: _seen_plan,
    **dict.fromkeys(WINBACKS, _seen_left),
}


def seen_by_our_rows(alert: Alert, connection: Connection, now: datetime) -> Look:
    """What there is to tell, whether or not it may be told now. Raises Moot and Held as `look` does."""
    return SEEN[Ahead(alert.kind)](alert, connection, now)


def plan_of(alert: Alert) -> tuple[Customer, Subscription] | None:
    """What the mirror has of whom a notice is for, and of what it is about; None where they were erased."""
    theirs = {"connection_id": alert.connection_id}
    customer = Customer.objects.filter(**theirs, stripe_id=alert.customer_id, erased_at=None).first()
    plan = Subscription.objects.filter(**theirs, stripe_id=alert.subscription_id).first()
    return (customer, plan) if customer and plan else None


def known_of(alert: Alert) -> Known | None:
    """What the mirror has of the card and its holder now; None where they were erased."""
    theirs = {"connection_id": alert.connection_id}
    method = Method.objects.filter(**theirs, stripe_id=alert.method_id).first()
    customer = Customer.objects.filter(**theirs, stripe_id=alert.customer_id, erased_at=None).first()
    if method is None or customer is None or alert.expires_on is None:
        return None
    plans = [] if method.gone else told([method])[0].plans
    renews = any(plan.stripe_id == alert.subscription_id for plan in renewing_of(customer))
    pays = paid_after(alert.expires_on, **theirs, customer_id=alert.customer_id, method_id=alert.method_id).exists()
    card = Card(method.expires_on, tuple(plan.renews_at for plan in plans), renews, pays)
    return Known(customer, method, plans, card)


def _may_be_told(seen: Look) -> None:
    """Raises Moot and Held as `look` does."""
    project, connection = seen.project, seen.connection
    if silent := why_silent(Ahead(seen.alert.kind), project, connection):
        raise Held(silent, HOUR)
    if why := why_stopped(connection):
        raise Held(why, SOON)
    if _is_told(seen):
        raise Moot(Unneeded.TOLD)
    failing = Case.objects.filter(connection=connection, state=Case.State.FAILING)
    if failing.filter(customer_id=seen.customer.stripe_id).exists():
        raise Held(Waits.OPEN, HOUR)


def why_silent(kind: Ahead, project: Project, connection: Connection) -> Waits | None:
    """Which choice of the merchant's keeps an account from telling; None where it tells."""
    is_on = bool(getattr(project, KINDS[kind].switch))
    if project.minimal:
        return Waits.MINIMAL
    if kind in WINBACKS:
        return Waits.WINBACK_OFF if not is_on else None if connection.may_write else Waits.OBSERVED
    if kind != Ahead.CARD:
        return Waits.NOTICES_OFF if not is_on else None if way_to_cancel(project, connection) else Waits.NO_WAY
    if not is_on:
        return Waits.OFF
    if not connection.card_alerts:
        return Waits.LEFT_OUT
    return None if connection.may_write else Waits.OBSERVED


def _is_told(seen: Look) -> bool:
    """Whether the same person was told of the same card, which another customer of the account has as well."""
    alert = seen.alert
    if alert.kind != Ahead.CARD:
        return False
    same = Alert.objects.filter(connection=seen.connection, card=alert.card, expires_on=alert.expires_on)
    about = same.exclude(pk=alert.pk).values("pk")
    sent = Message.objects.filter(organization=seen.project.organization_id, to_hash=address_hash(seen.customer.email))
    return sent.filter(template=Template.CARD_EXPIRING, state__in=MAY_HAVE_LEFT, about__in=about).exists()

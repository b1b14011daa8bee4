"""The last look: whether a card still is to be told of, and may be told of now. By our own rows; they ask nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tideover.core.ahead.predunning import Card, Unneeded, Waits, due_at, not_survived, why_moot
from tideover.core.catalogue import Template
from tideover.core.rules import Rules
from tideover.flow.stops import why_stopped
from tideover.messages.keyed import address_hash
from tideover.messages.models import Message
from tideover.messages.suppression import MAY_HAVE_LEFT
from tideover.mirror.expiring import paid_after, renewing_of, told
from tideover.mirror.models import Customer, Method, Subscription
from tideover.predunning.models import Alert
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
    """What was seen. plan: what charges the card first after its end, and `renews_at` when."""

    alert: Alert
    connection: Connection
    customer: Customer
    method: Method
    plan: Subscription
    renews_at: datetime
    rules: Rules
    zone: str

    @property
    def project(self) -> Project:
        return self.connection.project

    @property
    def is_test(self) -> bool:
        """Whether no real money is meant."""
        return is_test(self.connection, self.customer)


def is_test(connection: Connection, customer: Customer) -> bool:
    """Whether no real money is meant by what this customer pays."""
    return bool(customer.test_clock) or not connection.livemode


def look(alert: Alert, now: datetime) -> Look:
    """What is so at this moment. Raises Moot where there is nothing to say any more, and Held where it must wait."""
    connection = Connection.objects.select_related("organization", "project").get(pk=alert.connection_id)
    if connection.state == Connection.State.DISCONNECTED:
        raise Moot(Unneeded.DISCONNECTED)
    seen = _seen(alert, connection, now)
    _may_be_told(seen)
    due = due_at(seen.renews_at, seen.project.card_alert_days, now, seen.rules.sending, zone(seen.zone))
    if due > now:
        raise Held(Waits.EARLY, due - now)
    return seen


def _seen(alert: Alert, connection: Connection, now: datetime) -> Look:
    known = known_of(alert)
    if known is None:
        raise Moot(Unneeded.ERASED)
    if known.customer.test_clock:
        raise Moot(Unneeded.ON_A_CLOCK)
    if moot := why_moot(known.card, alert.expires_on):
        raise Moot(moot)
    renews_at = not_survived(alert.expires_on, known.card.renewals, now)
    plan = next((plan for plan in known.plans if renews_at and plan.renews_at == renews_at), None)
    if plan is None or renews_at is None:
        raise Held(Waits.UNKNOWN, DAY)
    customer, project = known.customer, connection.project
    lives_in = zone_name(customer.country, customer.region, project.time_zone)
    return Look(alert, connection, customer, known.method, plan, renews_at, rules_of(newest(project)), lives_in)


def known_of(alert: Alert) -> Known | None:
    """What the mirror has of the card and its holder now; None where they were erased."""
    theirs = {"connection_id": alert.connection_id}
    method = Method.objects.filter(**theirs, stripe_id=alert.method_id).first()
    customer = Customer.objects.filter(**theirs, stripe_id=alert.customer_id, erased_at=None).first()
    if method is None or customer is None:
        return None
    plans = [] if method.gone else told([method])[0].plans
    renews = any(plan.stripe_id == alert.subscription_id for plan in renewing_of(customer))
    pays = paid_after(alert.expires_on, **theirs, customer_id=alert.customer_id, method_id=alert.method_id).exists()
    card = Card(method.expires_on, tuple(plan.renews_at for plan in plans), renews, pays)
    return Known(customer, method, plans, card)


def _may_be_told(seen: Look) -> None:
    """Raises Moot and Held as `look` does."""
    project, connection = seen.project, seen.connection
    if silent := why_silent(project, connection):
        raise Held(silent, HOUR)
    if why := why_stopped(connection):
        raise Held(why, SOON)
    if _is_told(seen):
        raise Moot(Unneeded.TOLD)
    failing = Case.objects.filter(connection=connection, state=Case.State.FAILING)
    if failing.filter(customer_id=seen.customer.stripe_id).exists():
        raise Held(Waits.OPEN, HOUR)


def why_silent(project: Project, connection: Connection) -> Waits | None:
    """Which choice of the merchant's keeps an account from alerting; None where it alerts."""
    if project.minimal:
        return Waits.MINIMAL
    if not project.card_alerts:
        return Waits.OFF
    if not connection.card_alerts:
        return Waits.LEFT_OUT
    return None if connection.may_write else Waits.OBSERVED


def _is_told(seen: Look) -> bool:
    """Whether the same person was told of the same card, which another customer of the account has as well."""
    alert = seen.alert
    same = Alert.objects.filter(connection=seen.connection, card=alert.card, expires_on=alert.expires_on)
    about = same.exclude(pk=alert.pk).values("pk")
    sent = Message.objects.filter(organization=seen.project.organization_id, to_hash=address_hash(seen.customer.email))
    return sent.filter(template=Template.CARD_EXPIRING, state__in=MAY_HAVE_LEFT, about__in=about).exists()

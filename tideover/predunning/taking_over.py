"""The card that was chosen in Stripe's portal, for the subscription too that has a card of its own.

The portal sets the customer's default alone (https://docs.stripe.com/customer-management/portal-deep-links), and a
subscription that names the card which ends would go on charging that.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from tideover.core.ahead.kinds import Ahead
from tideover.flow.alone import alone
from tideover.flow.stripe import never
from tideover.gateways.answers import NotHere, NotNow, Unknown
from tideover.mirror.expiring import renewing_of
from tideover.mirror.models import Customer, Method
from tideover.predunning.links import CHANGES_WITHIN
from tideover.predunning.models import Alert
from tideover.recovery.effects import Effects
from tideover.tenants import audit
from tideover.tenants.models import Connection

TAKEN_OVER = "card taken over for a subscription"  # how the audit log calls it


def take_over_all(effects: Effects, now: datetime, ended: Callable[[], bool] = never) -> int:
    """For each holder who has chosen another card there; of how many subscriptions it was set."""
    done = 0
    for alert in _chosen(now):
        if ended():
            break
        with alone("alert.not_taken_over", alert=str(alert.pk)):
            done += _take_over(alert, effects, now)
    return done


def _chosen(now: datetime) -> QuerySet[Alert]:
    theirs = Customer.objects.filter(
        connection=OuterRef("connection"), stripe_id=OuterRef("customer_id"), erased_at=None
    )
    another = theirs.exclude(method_id="").exclude(method_id=OuterRef("method_id"))
    another = another.exclude(method_id=OuterRef("default_then"))
    acting = {"connection__mode": Connection.Mode.ACT, "connection__state": Connection.State.ACTIVE}
    led = Alert.objects.filter(Exists(another), kind=Ahead.CARD, led_at__gte=now - CHANGES_WITHIN, **acting)
    return led.select_related("connection__organization", "connection__project").order_by("led_at", "pk")


def _take_over(alert: Alert, effects: Effects, now: datetime) -> int:
    customer = Customer.objects.get(connection=alert.connection, stripe_id=alert.customer_id)
    theirs = Method.objects.filter(connection=alert.connection, customer_id=alert.customer_id)
    if not theirs.filter(stripe_id=customer.method_id, gone=False).exists():
        return 0
    same = theirs.filter(Q(fingerprint=alert.card) | Q(stripe_id=alert.card))  # a card that was saved twice is one
    naming = renewing_of(customer).filter(method_id__in=same.values("stripe_id")).exclude(method_id=customer.method_id)
    return sum(_charge_by(alert, plan.stripe_id, customer.method_id, effects, now) for plan in naming)


def _charge_by(alert: Alert, plan: str, method: str, effects: Effects, now: datetime) -> bool:
    """Whether it was set. Where it was not, it is asked again with the next round, under the same key."""
    key = f"card_{alert.pk}_{plan}_{method}"
    try:
        effects.stripe_for(alert.connection).charge_by(plan, method, key=key)
    except (NotNow, NotHere, Unknown):
        return False
    deed = audit.Deed("customer", TAKEN_OVER, alert.public_id, subject=f"{TAKEN_OVER}:{key}")
    audit.write(alert.organization_id, deed, now)
    return True

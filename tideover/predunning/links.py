"""The link in a message, and what it opens: the state of the card or the subscription, and Stripe's portal or Checkout,
opened at a click alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from django.db.models import Q, QuerySet

from tideover.core.ahead.kinds import WINBACKS, Ahead
from tideover.core.ahead.predunning import Unneeded, why_moot
from tideover.gateways.answers import NotHere, NotNow, Unknown
from tideover.gateways.leading.comebacks import Session
from tideover.gateways.stripe import Stripe
from tideover.ids import new_id
from tideover.messages.erased import erased_among
from tideover.messages.keyed import token_hash
from tideover.mirror.hearing import look_again
from tideover.mirror.models import Customer
from tideover.mirror.taking import Unmirrored
from tideover.predunning.looking import Known, known_of
from tideover.predunning.models import Alert
from tideover.predunning.offering import holding
from tideover.recovery.last_look import Moot

OPENS_FOR: Final = timedelta(days=30)  # after the message
CHECKOUT_LASTS: Final = timedelta(days=1)  # https://docs.stripe.com/api/checkout/sessions/object: expires_at
CHANGES_WITHIN: Final = timedelta(days=1)  # of being led to the portal: what is another default then was chosen there


class Standing(StrEnum):
    """How it stands with the card."""

    ENDS = "ends"
    DONE = "done"  # it was renewed, or another is charged
    OVER = "over"  # nothing is to be charged any more


def find(token: str, kinds: Iterable[Ahead], now: datetime) -> Alert | None:
    """The alert behind the token, of one of these kinds. None where it is wrong or too old."""
    fresh = Q(settled_at=None) | Q(settled_at__gt=now - OPENS_FOR) | Q(renews_at__gt=now) | Q(offer__until__gt=now)
    alerts = Alert.objects.select_related("connection__organization", "connection__project")
    return alerts.filter(fresh, token_hash=token_hash(token), kind__in=[*kinds]).first()


def standing_of(alert: Alert, known: Known) -> Standing:
    """By what the mirror has of it."""
    assert alert.expires_on is not None
    moot = why_moot(known.card, alert.expires_on)
    if moot is None:
        return Standing.ENDS
    return Standing.OVER if moot == Unneeded.ENDED else Standing.DONE


def lead(alert: Alert, back: str, stripe: Stripe, now: datetime) -> str:
    """Where Stripe's portal is for the holder, at this moment; empty where Stripe opens none.

    What they are charged by default now is kept first: what is another soon after, they have chosen there.
    """
    known = known_of(alert)
    if known is None:
        return ""
    try:
        look_again(alert.connection, known.customer, stripe, erased_among, now)
        _remember(alert, now)
        return stripe.open_portal(alert.customer_id, back, key=f"portal_{new_id()}")
    except (Unknown, NotNow, NotHere, Unmirrored):
        return ""


def lead_to_cancel(alert: Alert, back: str, stripe: Stripe) -> str:
    """Where Stripe's portal cancels the subscription, at this moment; empty where Stripe opens none."""
    key = f"portal_{new_id()}"
    try:
        return stripe.open_canceling(alert.customer_id, alert.subscription_id, back, key=key)
    except (Unknown, NotNow, NotHere):
        return ""


def lead_back(alert: Alert, came: Callable[[Alert], str], stripe: Stripe, now: datetime) -> str:
    """Where Stripe's Checkout takes the subscription up again, at this moment; empty where Stripe opens none.

    came: where it leads back to. Raises Moot where they have a subscription. By two open sessions they could subscribe
    twice: a further click within a day leads to the same one, as long as that lasts, and those that other letters about
    the same end have opened are closed first.
    """
    led_at = _minted_at(alert, now)
    try:
        for other in _led_by_others(alert, now):
            stripe.close_checkout(_session(other, other.led_at or now, came(other)))
            Alert.objects.filter(pk=other.pk, led_at=other.led_at).update(led_at=None)
        if not stripe.subscribes(alert.customer_id):
            return stripe.open_checkout(_session(alert, led_at, came(alert)))
    except (Unknown, NotNow, NotHere):
        return ""
    raise Moot(Unneeded.SUBSCRIBES)


def _led_by_others(alert: Alert, now: datetime) -> QuerySet[Alert]:
    same = {"connection": alert.connection_id, "subscription_id": alert.subscription_id, "renews_at": alert.renews_at}
    recently = Alert.objects.filter(**same, kind__in=WINBACKS, led_at__gt=now - CHECKOUT_LASTS)
    return recently.exclude(pk=alert.pk).select_related("connection__project")


def _session(alert: Alert, led_at: datetime, back: str) -> Session:
    """What a letter's session is asked for by, the same as long as it lasts."""
    offer = holding(alert, led_at)
    code = offer.code_id if offer else ""
    key = f"back_{alert.pk}_{int(led_at.timestamp())}{'_offer' if code else ''}"
    return Session(alert.subscription_id, code, alert.public_id, back, key)


def _minted_at(alert: Alert, now: datetime) -> datetime:
    """When the session was asked for that holds now: a row first, so that two clicks at once ask for the same."""
    mine = Alert.objects.filter(pk=alert.pk)
    mine.filter(Q(led_at=None) | Q(led_at__lte=now - CHECKOUT_LASTS)).update(led_at=now)
    led_at = mine.values_list("led_at", flat=True).get()
    return led_at or now


def _remember(alert: Alert, now: datetime) -> None:
    """Who is led there twice may have chosen the first time: what was before that stays."""
    theirs = Customer.objects.filter(connection_id=alert.connection_id, stripe_id=alert.customer_id)
    default = theirs.values_list("method_id", flat=True).first() or ""
    again = alert.led_at is not None and now - alert.led_at < CHANGES_WITHIN
    kept = {} if again else {"default_then": default}
    Alert.objects.filter(pk=alert.pk).update(led_at=now, **kept)

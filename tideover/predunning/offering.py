"""What a letter offers: decided once by a row, made at Stripe under the letter's key, and told of after that."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Final

from tideover.core.ahead.kinds import Ahead
from tideover.core.ahead.offers import Offer as Offered
from tideover.core.ahead.offers import Paid, offer_for, offers_in
from tideover.core.money import Money
from tideover.core.timing import local_day, on_wall
from tideover.gateways.stripe import Stripe
from tideover.messages.wording import Offered as Told
from tideover.mirror.models import Subscription
from tideover.predunning.looking import Look
from tideover.predunning.models import Alert, Offer
from tideover.recovery.places import zone

MONTH: Final = timedelta(days=30)


def offer_of(seen: Look, stripe: Stripe, now: datetime) -> Offer | None:
    """With its code at Stripe; None where the letter offers nothing, what it offered is over, or our key may make none.

    Raises as a write does.
    """
    offer = Offer.objects.filter(alert=seen.alert).first() or _decided(seen, now)
    if offer is None or offer.until <= now:
        return None
    if not offer.code_id:
        offer.code_id = stripe.offer(seen.customer.stripe_id, offer.discount, offer.until, key=f"offer_{seen.alert.pk}")
        offer.save(update_fields=["code_id"])
    return offer if offer.code_id else None


def _decided(seen: Look, now: datetime) -> Offer | None:
    offers = offers_in(seen.project.winback_offers)
    chosen = offer_for(Ahead(seen.alert.kind), offers, paid_of(seen.plan)) if offers else None
    return _kept(seen, chosen, now) if chosen else None


def _kept(seen: Look, chosen: Offered, now: datetime) -> Offer:
    """It ends with a day of theirs, as the letter names that day."""
    discount, lives_in = chosen.discount, zone(seen.zone)
    until = on_wall(local_day(now, lives_in) + timedelta(days=chosen.valid + 1), time(), lives_in)
    off = {"off": discount.off.minor, "currency": discount.off.currency} if discount.off else {}
    terms = {"months": discount.months, "percent": discount.percent, **off, "until": until}
    offer, _ = Offer.objects.get_or_create(
        alert=seen.alert, defaults={"organization_id": seen.alert.organization_id, **terms}
    )
    return offer


def holding(alert: Alert, now: datetime) -> Offer | None:
    """What a letter has offered, as long as it holds."""
    return Offer.objects.filter(alert=alert, until__gt=now).exclude(code_id="").first()


def offered(offer: Offer | None, zone_name: str) -> Told | None:
    """What is told of it. Its last day is the one before the midnight at which it ends."""
    if offer is None:
        return None
    return Told(offer.discount, local_day(offer.until - timedelta(seconds=1), zone(zone_name)))


def paid_of(plan: Subscription) -> Paid:
    """What the subscription was, as conditions ask it."""
    lasted = (plan.ended_at or plan.began_at) - plan.began_at
    monthly = Money(plan.monthly, plan.currency) if plan.monthly is not None else None
    return Paid(monthly, plan.months or 0, lasted // MONTH, tuple(plan.prices.split()))

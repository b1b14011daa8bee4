"""Write to a payer ahead of a payment: look once more, at Stripe too, compose what is true then, hand it over once.

The alert's id is the message's action, so that the delivery makes it one at most, whoever is killed when.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Final

import structlog

from tideover import clock
from tideover.config import public_address
from tideover.core.ahead.kinds import KINDS, NOTICES, WINBACKS, Ahead
from tideover.core.ahead.predunning import Unneeded, Waits
from tideover.core.catalogue import Channel, Consequence, Template, Tone
from tideover.core.methods import Means, means_of
from tideover.core.money import Money
from tideover.core.outcomes import Unsent
from tideover.core.timing import local_day
from tideover.core.tongues import wishes
from tideover.flow.alone import alone
from tideover.flow.blocked import Blocked, what_is_blocked
from tideover.flow.circuit_breaker import is_open
from tideover.flow.stops import EVERYTHING
from tideover.flow.stripe import never
from tideover.gateways.answers import NotHere, NotNow, Unknown
from tideover.messages.brand import design_of, logo_url
from tideover.messages.channels import WAYS, compose, own_account
from tideover.messages.delivery import Delivery, Grounds, Letter, claim, deliver, fate_of
from tideover.messages.erased import erased_among
from tideover.messages.keyed import back_token, card_token, links_of, plan_token
from tideover.messages.models import Message
from tideover.messages.own.rows import Which, standing
from tideover.messages.suppression import ENOUGH, Meant, free_at, refusal
from tideover.messages.wording import CardEnds, Renewal, WonBack, Wording
from tideover.mirror.expiring import day_of
from tideover.mirror.hearing import look_again
from tideover.mirror.models import AnyRow, Method
from tideover.mirror.taking import Unmirrored
from tideover.predunning.looking import DAY, HOUR, SOON, Look, look
from tideover.predunning.models import Alert, Offer
from tideover.predunning.offering import offer_of, offered
from tideover.recovery.claims import STRIPE
from tideover.recovery.effects import Effects
from tideover.recovery.last_look import Held, Moot
from tideover.recovery.models import Case
from tideover.recovery.places import language_for, zone
from tideover.redaction import redact

AT_ONCE: Final = 100  # messages in one round
CHANNEL: Final = Channel.EMAIL
NOTHING_TAKEN: Final = "nothing is taken by the way that mails go; it is asked again in a while"
LOST_AFTER: Final = timedelta(minutes=15)  # so long a message may be under way in the hands of a worker
ENDS: Final = {Message.State.SENT, Message.State.UNKNOWN, Message.State.SKIPPED, Message.State.FAILED}


def send_due(effects: Effects, now: datetime, ended: Callable[[], bool] = never) -> int:
    """Look at each alert that is due; how many were settled. One's trouble holds up no other."""
    settled = 0
    due = Alert.objects.filter(state=Alert.State.PLANNED, try_at__lte=now).select_related("connection")
    for alert in due.order_by("try_at", "pk")[:AT_ONCE]:
        blocked = what_is_blocked(now)  # anew for each: an account that falls silent keeps the others waiting no longer
        if ended():
            break
        if _is_away(alert, blocked, now):
            _wait(alert, NOTHING_TAKEN, now + SOON)
            continue
        silent = alert.connection_id in blocked.connections or blocked.provider(STRIPE)
        told = {"organization": str(alert.organization_id), "connection": str(alert.connection_id)}
        with structlog.contextvars.bound_contextvars(**told), alone("alert.broke", alert=str(alert.pk)):
            if _is_ours(alert, now):
                settled += _one(alert, effects, now, silent=silent)
    return settled


def _is_away(alert: Alert, blocked: Blocked, now: datetime) -> bool:
    """Whether nothing is taken by the way that mails of its project go."""
    own = own_account(CHANNEL, alert.connection.project_id)
    if blocked.provider(EVERYTHING) or own is None:
        return blocked.provider(WAYS[CHANNEL].provider)
    return is_open(own.open_until, now)


def _is_ours(alert: Alert, now: datetime) -> bool:
    """Put the next look off before the first, so that one of two workers has it, and what breaks is not in the way."""
    mine = Alert.objects.filter(pk=alert.pk, state=Alert.State.PLANNED, try_at=alert.try_at)
    return bool(mine.update(try_at=now + SOON))


def _one(alert: Alert, effects: Effects, now: datetime, *, silent: bool) -> bool:
    """Whether it is settled now."""
    try:
        delivery = _left(alert, now) or _write(alert, effects, now, silent=silent)
    except Moot as moot:
        delivery = Delivery(Message.State.SKIPPED, str(moot))
    except NotNow as held:
        return _wait(alert, held.why, now + held.wait)
    except (NotHere, Unknown, Unmirrored) as silence:
        return _wait(alert, str(silence), now + SOON)
    if delivery.state not in ENDS or delivery.may_retry:
        return _wait(alert, delivery.reason, _next_try(alert, delivery, now))
    return _settle(alert, delivery, now)


def _wait(alert: Alert, why: str, until: datetime) -> bool:
    mine = Alert.objects.filter(pk=alert.pk, state=Alert.State.PLANNED)
    mine.update(reason=redact(why)[:300], try_at=until)
    return False


def _settle(alert: Alert, delivery: Delivery, now: datetime) -> bool:
    mine = Alert.objects.filter(pk=alert.pk, state=Alert.State.PLANNED)
    return bool(mine.update(state=delivery.state, reason=redact(delivery.reason)[:300], settled_at=now))


def _left(alert: Alert, now: datetime) -> Delivery | None:
    """What became of its message, where a worker handed it over and was killed before that was noted here."""
    message = Message.objects.filter(action_id=alert.pk).only("state", "reason", "may_retry", "data_started_at").first()
    if message is None or message.state == Message.State.CLAIMED or message.may_retry:
        return None
    under_way = message.state == Message.State.DATA_STARTED and message.data_started_at
    if not under_way:
        return Delivery(message.state, message.reason)
    if under_way > now - LOST_AFTER:
        raise Held("another worker is handing it over", SOON)
    return Delivery(fate_of(alert.pk))


def _next_try(alert: Alert, delivery: Delivery, now: datetime) -> datetime:
    """When it is looked at again: a mail server that puts it off is asked for ever less often."""
    if delivery.may_retry:
        return now + min(max(now - alert.planned_at, SOON), HOUR)
    return now + SOON


def _write(alert: Alert, effects: Effects, now: datetime, *, silent: bool) -> Delivery:
    """Send the message at most once. Raises Moot, NotNow, NotHere, Unknown or Unmirrored."""
    seen = look(alert, now)
    address = seen.customer.email
    meant = Meant(_template(alert), others=_elsewhere(seen))
    no = _in_test(seen) or refusal(seen.project, CHANNEL, address, now, meant)
    if no == Unsent.CAPPED:
        raise _capped(seen, now)
    if no == Unsent.OFF:
        raise Held("recovery is off for this project", SOON)
    if no is not None:
        return Delivery(Message.State.SKIPPED, no)
    if silent:
        raise Held(Waits.SILENT, SOON)
    seen = _looked_again(seen, effects, now)
    message = _message(seen, effects, now)
    delivery = deliver(message, effects.transports[CHANNEL], clock.now, _grounds(seen, effects))
    if delivery.reason == Unsent.CAPPED:
        raise _capped(seen, now)
    return delivery


def _in_test(seen: Look) -> Unsent | None:
    """Test data is full of addresses of real people."""
    return Unsent.TEST_MODE if seen.is_test and not seen.connection.test_mail else None


def _elsewhere(seen: Look) -> list[str]:
    """Where they are reached by other channels about what has failed: that counts for their one message a day."""
    theirs = Case.objects.filter(connection=seen.connection, customer_id=seen.customer.stripe_id)
    return [*theirs.exclude(customer_phone="").order_by().values_list("customer_phone", flat=True).distinct()]


def _capped(seen: Look, now: datetime) -> Held:
    free = free_at(seen.project, [seen.customer.email, *_elsewhere(seen)], now) or now + HOUR
    return Held(ENOUGH, free - now)


def _looked_again(seen: Look, effects: Effects, now: datetime) -> Look:
    """The same with what Stripe says at this moment: the card may have been renewed, replaced or taken off, or who left
    may have come back.
    """
    stripe = effects.stripe_for(seen.connection)
    if seen.alert.kind in WINBACKS and stripe.subscribes(seen.customer.stripe_id):
        raise Moot(Unneeded.SUBSCRIBES)
    rows: list[AnyRow] = [seen.customer, seen.plan, *([seen.method] if seen.method else [])]
    for row in rows:
        if not look_again(seen.connection, row, stripe, erased_among, now):
            raise Held(Waits.UNTOLD, HOUR)
    return look(seen.alert, now)


def _grounds(then: Look, effects: Effects) -> Grounds:
    """Why it is sent, looked at again right before it leaves: it may have stood in line for long."""

    def now() -> str:
        try:
            seen = look(then.alert, clock.now())
        except (Moot, NotNow) as changed:
            return str(changed)
        same = (seen.renews_at, seen.customer.email) == (then.renews_at, then.customer.email)
        return "" if same else "something was learnt while it waited for its turn"

    def afresh() -> str:
        try:
            _looked_again(then, effects, clock.now())
        except (NotNow, NotHere, Unknown, Unmirrored) as changed:
            return str(changed)
        return ""

    return Grounds(now, afresh, _elsewhere(then))


def _message(seen: Look, effects: Effects, now: datetime) -> Message:
    """The one message of the alert, in the words that are true now. Raises Held where nothing is to be paid."""
    alert, stripe = seen.alert, effects.stripe_for(seen.connection)
    amount = stripe.upcoming(seen.plan.stripe_id) if _is_foreseen(seen) else price_of(seen)
    if amount is not None and amount.minor <= 0:
        raise Held(Waits.FREE, DAY)
    offer = offer_of(seen, stripe, now) if alert.kind in WINBACKS else None
    words = wording(seen, amount or Money(0, seen.plan.currency), now, offer)
    again = Message.objects.filter(action_id=alert.pk).exists()
    letter = Letter(alert.pk, alert.pk, seen.project, seen.customer.email, seen.customer.name, is_again=again)
    return claim(letter, compose(words), now)


def _is_foreseen(seen: Look) -> bool:
    """Whether Stripe's preview of the next invoice tells what the payment asks for.

    What is paid by use is not known before its period is over; and of a subscription whose parts are paid at different
    times the preview is of whichever comes first.
    """
    plan = seen.plan
    is_to_come = seen.alert.kind in NOTICES and plan.monthly is not None and bool(plan.months)
    return seen.alert.kind == Ahead.CARD or is_to_come


def price_of(seen: Look) -> Money | None:
    """What each payment of an ended subscription was; None where it is not paid by the month, or by use."""
    plan = seen.plan
    is_known = seen.alert.kind in WINBACKS and plan.monthly and plan.months == 1
    return Money(plan.monthly, plan.currency) if is_known and plan.monthly else None


def wording(seen: Look, amount: Money, now: datetime, offer: Offer | None = None) -> Wording:
    """What is true of the payment that comes, and of the card; an amount of nothing is not known."""
    project, customer, method, own = seen.project, seen.customer, seen.method, links_of(seen.alert.pk)
    language = language_for(wishes(customer.locale, customer.country), project)
    template = _template(seen.alert)
    return Wording(
        template=template,
        tone=Tone.FRIENDLY,
        channel=CHANNEL,
        locale=language.locale,
        zone=seen.zone,
        merchant=project.brand_name or project.name,
        brand_color=project.brand_color,
        support_email=project.support_email,
        postal_address=project.postal_address,
        customer_name=customer.name,
        amount=amount,
        invoice_number="",
        description=seen.plan.plan,
        failed_on=None,
        reason=None,
        card_brand=method.brand if method else "",
        card_last4=method.last4 if method else "",
        next_charge_at=None,
        update_url=page_of(seen.alert),
        hosted_url="",
        unsubscribe_url=own.unsubscribe_url,
        consequence=Consequence.NONE,
        consequence_on=None,
        psychology=seen.rules.psychology,
        step_number=0,
        step_count=0,
        open_url=own.open_url,
        is_test=seen.is_test,
        means=_means(method),
        logo_url=logo_url(project),
        design=design_of(project),
        own=standing(project, Which(template, CHANNEL, language.code)),
        card_ends=_card_ends(seen, now),
        renewal=_renewal(seen),
        won_back=_won_back(seen, offer),
    )


def _template(alert: Alert) -> Template:
    return KINDS[Ahead(alert.kind)].template


def _means(method: Method | None) -> Means:
    return means_of(method.brand) if method else Means.NONE


def page_of(alert: Alert) -> str:
    """Where the message leads: to the page of the card, to that of the subscription, or to where they come back."""
    if alert.kind == Ahead.CARD:
        return f"{public_address()}/card/{card_token(alert.pk)}"
    if alert.kind in WINBACKS:
        return f"{public_address()}/back/{back_token(alert.pk)}"
    return f"{public_address()}/plan/{plan_token(alert.pk)}"


def _renews_on(seen: Look) -> date:
    return local_day(seen.renews_at, zone(seen.zone))


def _card_ends(seen: Look, now: datetime) -> CardEnds | None:
    ends = seen.alert.expires_on
    return CardEnds(on=ends, renews_on=_renews_on(seen), is_over=ends < day_of(now)) if ends else None


def _renewal(seen: Look) -> Renewal | None:
    return Renewal(on=_renews_on(seen), by_hand=seen.plan.sent) if seen.alert.kind in NOTICES else None


def _won_back(seen: Look, offer: Offer | None) -> WonBack | None:
    return WonBack(_renews_on(seen), offered(offer, seen.zone)) if seen.alert.kind in WINBACKS else None

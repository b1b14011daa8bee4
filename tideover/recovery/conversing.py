"""The other failed invoices of a customer: who speaks for whom, and what a message tells of besides its own."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Exists, Min, OuterRef, Q, QuerySet

from tideover.core.catalogue import TEMPLATES
from tideover.core.conversation import Joined, Said, ToCome, Waits, turn
from tideover.core.declines import Family
from tideover.core.steps import MESSAGES
from tideover.messages.keyed import address_hash
from tideover.messages.models import Message
from tideover.messages.suppression import MAY_HAVE_LEFT, PREVIEWED
from tideover.recovery.effects import Effects
from tideover.recovery.intake import take_reading
from tideover.recovery.models import Action, Case
from tideover.recovery.plans.standing import has_a_plan
from tideover.recovery.ways.returning import is_back

ALONE: Final = tuple(template for template, about in TEMPLATES.items() if about.alone)
MOST_TOLD: Final = 20  # invoices in one message
LOOKS_BACK: Final = timedelta(days=60)
# Of a debit that came back no message tells: its invoice is paid at Stripe. Of what is paid in parts only its own do.
OPEN: Final = Q(state=Case.State.FAILING, processing=False) & ~is_back() & ~has_a_plan()


def has_others() -> Exists:
    """Whether there are more open invoices of the same customer and currency, as a column of a case that is read."""
    same = Case.objects.filter(
        OPEN,
        connection_id=OuterRef("connection_id"),
        customer_id=OuterRef("customer_id"),
        currency=OuterRef("currency"),
    )
    return Exists(same.exclude(pk=OuterRef("pk")).exclude(customer_id=""))


def alike(case: Case) -> Q:
    """Of other cases those of its sort: what is overdue is not told of, or paid, along with what failed."""
    overdue = Q(family=Family.OVERDUE)
    return overdue if case.is_overdue else ~overdue


def _others(case: Case) -> QuerySet[Case]:
    """Every other case of the conversation, ended ones too. Of what failed and of what is overdue one message each."""
    same = Case.objects.filter(connection_id=case.connection_id, customer_id=case.customer_id, currency=case.currency)
    return same.filter(alike(case)).exclude(pk=case.pk).exclude(customer_id="").order_by("opened_at", "pk")


def turn_of(case: Case, now: datetime) -> Joined | Waits | None:
    """Whether a message about this case that is due goes out by itself: None."""
    others = {other.pk: other for other in _others(case).filter(opened_at__gt=now - LOOKS_BACK)}
    # Where no address is kept, it is those about the customer's invoices.
    theirs = Q(to_hash=address_hash(case.customer_email)) if case.customer_email else Q(about__in=[case.pk, *others])
    written = Message.objects.filter(
        theirs,
        organization_id=case.organization_id,
        data_started_at__gt=now - LOOKS_BACK,
        state__in=PREVIEWED if case.hangs_on_a_clock else MAY_HAVE_LEFT,
    ).only("about", "also_about", "data_started_at")
    said, told = list[Said](), False
    for message in written:
        tells = str(case.pk) in message.also_about
        told = told or tells or message.about == case.pk
        about = others.get(message.about)
        if about is not None and message.data_started_at is not None:
            said.append(Said(message.data_started_at, _number(about), _is_older(about, case), tells))
    return turn(said, _to_come(case), told=told, now=now)


def _is_older(other: Case, case: Case) -> bool:
    return (other.opened_at, other.pk) < (case.opened_at, case.pk)


def _to_come(case: Case) -> list[ToCome]:
    """The next message of each older case that is open; what is about one invoice tells of no other."""
    waiting = ~Q(actions__template__in=ALONE) & Q(
        promised_on=case.promised_on,
        actions__do__in=MESSAGES,
        actions__state__in=[Action.State.PLANNED, Action.State.CLAIMED],
    )
    rows = _others(case).filter(OPEN).annotate(at=Min("actions__due_at", filter=waiting))
    return [ToCome(other.at, _number(other)) for other in rows if other.at is not None and _is_older(other, case)]


def _number(case: Case) -> str:
    return case.invoice_number or case.invoice_id


def told_with(case: Case, effects: Effects, now: datetime) -> list[Case]:
    """The customer's other invoices that are open at Stripe at this moment, the oldest first.

    Of what is promised for a day only the reminder of that day tells. Raises as reading at Stripe does: a message that
    cannot be true is not written.
    """
    stripe, still = effects.stripe_for(case.connection), list[Case]()
    same_day = Q(promised_on=case.promised_on)
    for other in _others(case).filter(OPEN, same_day, Q(paused_until=None) | Q(paused_until__lte=now))[:MOST_TOLD]:
        read = stripe.read_invoice(other.invoice_id)
        taken = take_reading(case.connection, read, now) if read is not None else None
        if taken is not None and taken.state == Case.State.FAILING and not taken.processing:
            still.append(taken)
    return still
